"""Choosing tiles that differ: feature vectors in, row numbers out."""

from .badge import badge
from .distances import nearest, unit_rows
from .farthest import farthest_points, spread_out
from .herding import SAMPLE_ROWS, herding, median_distance
from .likeness import likeness, most_alike
from .odd import loneliness, odd_ones, outlying, typicality

__all__ = [
    "SAMPLE_ROWS",
    "badge",
    "farthest_points",
    "herding",
    "likeness",
    "loneliness",
    "median_distance",
    "most_alike",
    "nearest",
    "odd_ones",
    "outlying",
    "spread_out",
    "typicality",
    "unit_rows",
]
