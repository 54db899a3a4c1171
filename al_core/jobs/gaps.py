"""From the validation of a round to the gap and the weight of each class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..config import QueryConfig, UndefinedIou
from ..project import RoundMetrics
from ..scoring import class_weights, iou, shrink_iou

FEW_PX = 200  # below this a class's IoU is pulled towards the mean
KAPPA_PX = 200.0

Floats = NDArray[np.float64]


def measured(
    confusion: NDArray[np.int64], labelled_px: NDArray[np.int64], config: QueryConfig
) -> RoundMetrics:
    """Return the metrics of a round.

    Args:
        confusion: int64 (K, K) over the labelled validation pixels, rows truth.
        labelled_px: int64 (K,) pixels of each class that are labelled anywhere.
        config: Says how the gaps become weights.
    """
    plain = iou(confusion)
    gap, weight = weighed(confusion, labelled_px, config)
    return RoundMetrics(
        confusion=confusion,
        iou=tuple(plain.tolist()),
        miou=float("nan") if np.isnan(plain).all() else float(np.nanmean(plain)),
        gap=tuple(gap.tolist()),
        weight=tuple(weight.tolist()),
    )


def weighed(
    confusion: NDArray[np.int64], labelled_px: NDArray[np.int64], config: QueryConfig
) -> tuple[Floats, Floats]:
    """Return the gap and the weight of each class.

    A class seen in fewer than FEW_PX validation pixels has an IoU that is mostly chance;
    it is pulled towards the mean of all before the gap is taken.

    Args:
        confusion: int64 (K, K) over the labelled validation pixels, rows truth.
        labelled_px: int64 (K,) pixels of each class that are labelled anywhere.
        config: Its `alpha` and its rule for undefined IoUs.

    Returns:
        float64 (K,) gaps, NaN where unknown; float64 (K,) weights that sum to 1. Without
        validation pixels the weights are the same for all classes that have labels.
    """
    hits = np.diag(confusion)
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - hits
    few = (union > 0) & (union < FEW_PX)
    steady = np.where(few, shrink_iou(hits, union, KAPPA_PX), iou(confusion))
    labelled = labelled_px > 0
    weight = class_weights(steady, config.alpha, config.undefined, labelled)
    gap = 1.0 - steady
    if union.any() and config.undefined is UndefinedIou.EXPLORE:
        gap[np.isnan(gap) & labelled] = 1.0
    return gap, weight
