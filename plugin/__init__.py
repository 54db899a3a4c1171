"""What the analyst sees: the QGIS side of LandLoop."""
