"""The dock and its panels: they show state and emit wishes, and compute nothing."""
