"""The mathematics of choosing tiles: arrays in, arrays out."""

from .bootstrap import iou_errors, miou_error
from .calibration import expected_calibration_error, fit_temperature, reliability_bins
from .dcau import class_shares, dcau, dcau_pixels, reliability
from .entropy import entropy, entropy_from_logits
from .pacing import Advice, beta_at, gamma_at, power_noise, stop_advice
from .pool import PoolStatistics
from .predictions import TagPredictions
from .regions import region_hints
from .selection import Moments, above_threshold, select_by_threshold, threshold
from .statistics import TileStatistics, tile_statistics, top_mean
from .uncertainty import bald, least_confidence, margin
from .weights import class_weights, iou, shrink_iou

__all__ = [
    "Advice",
    "Moments",
    "PoolStatistics",
    "TagPredictions",
    "TileStatistics",
    "above_threshold",
    "bald",
    "beta_at",
    "class_shares",
    "class_weights",
    "dcau",
    "dcau_pixels",
    "entropy",
    "entropy_from_logits",
    "expected_calibration_error",
    "fit_temperature",
    "gamma_at",
    "iou",
    "iou_errors",
    "least_confidence",
    "margin",
    "miou_error",
    "power_noise",
    "region_hints",
    "reliability",
    "reliability_bins",
    "select_by_threshold",
    "shrink_iou",
    "stop_advice",
    "threshold",
    "tile_statistics",
    "top_mean",
]
