"""The way to the engine: its environment, its clients, its tasks."""
