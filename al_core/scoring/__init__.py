"""The mathematics of choosing tiles: arrays in, arrays out."""

from .bootstrap import iou_errors, miou_error
from .calibration import expected_calibration_error, fit_temperature, reliability_bins
from .confusions import class_scores, class_unions, tag_confusion, truth_counts
from .dcau import class_shares, dcau, dcau_pixels, reliability
from .entropy import entropy, entropy_from_logits
from .f1 import F1, UndefinedF1, f1_scores, multilabel_f1
from .pacing import Advice, beta_at, gamma_at, power_noise, stop_advice
from .passes import certainty, pass_certainty, pass_disagreement, probabilities
from .pool import PoolStatistics
from .predictions import TagPredictions
from .regions import region_hints
from .selection import Moments, above_threshold, select_by_threshold, threshold
from .statistics import TileStatistics, tile_statistics, top_mean
from .tagged import TagLook, class_entropies, predicted_tags, tag_uncertainty, tagged_statistics
from .tags import gradient_lengths, learning_loss, mge, tpd
from .uncertainty import bald, least_confidence, margin
from .weights import class_weights, iou, shrink_iou

__all__ = [
    "F1",
    "Advice",
    "Moments",
    "PoolStatistics",
    "TagLook",
    "TagPredictions",
    "TileStatistics",
    "UndefinedF1",
    "above_threshold",
    "bald",
    "beta_at",
    "certainty",
    "class_entropies",
    "class_scores",
    "class_shares",
    "class_unions",
    "class_weights",
    "dcau",
    "dcau_pixels",
    "entropy",
    "entropy_from_logits",
    "expected_calibration_error",
    "f1_scores",
    "fit_temperature",
    "gamma_at",
    "gradient_lengths",
    "iou",
    "iou_errors",
    "learning_loss",
    "least_confidence",
    "margin",
    "mge",
    "miou_error",
    "multilabel_f1",
    "pass_certainty",
    "pass_disagreement",
    "power_noise",
    "predicted_tags",
    "probabilities",
    "region_hints",
    "reliability",
    "reliability_bins",
    "select_by_threshold",
    "shrink_iou",
    "stop_advice",
    "tag_confusion",
    "tag_uncertainty",
    "tagged_statistics",
    "threshold",
    "tile_statistics",
    "top_mean",
    "tpd",
    "truth_counts",
]
