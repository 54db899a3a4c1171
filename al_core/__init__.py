"""The active-learning engine of LandLoop: no Qt, no QGIS."""

__version__ = "0.3.0"
