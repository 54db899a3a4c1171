"""What LandLoop draws on the map: labels being painted, the brush, its layers."""
