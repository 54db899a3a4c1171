"""The active-learning engine of LandLoop: no Qt, no QGIS."""

__version__ = "0.2.0"
