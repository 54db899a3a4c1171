"""The mathematics of choosing tiles: arrays in, arrays out."""

from .dcau import class_shares, dcau, dcau_pixels, reliability
from .entropy import entropy, entropy_from_logits
from .pool import PoolStatistics
from .selection import Moments, select_by_threshold, threshold
from .statistics import TileStatistics, tile_statistics, top_mean
from .uncertainty import least_confidence, margin
from .weights import class_weights, iou, shrink_iou

__all__ = [
    "Moments",
    "PoolStatistics",
    "TileStatistics",
    "class_shares",
    "class_weights",
    "dcau",
    "dcau_pixels",
    "entropy",
    "entropy_from_logits",
    "iou",
    "least_confidence",
    "margin",
    "reliability",
    "select_by_threshold",
    "shrink_iou",
    "threshold",
    "tile_statistics",
    "top_mean",
]
