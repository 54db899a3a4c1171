"""Rasters: their grid, pixels, validity, labels and maps. The engine process only."""
