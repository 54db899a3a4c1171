"""The engine as a service: its messages, the engine itself, and the process around it."""
