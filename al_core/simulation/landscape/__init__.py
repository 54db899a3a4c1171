"""A procedural landscape: imagery that can be shipped, and its truth."""

from .scene import MIN_SIZE_PX, Landscape, landscape

__all__ = ["MIN_SIZE_PX", "Landscape", "landscape"]
