"""The metrics of a round: accuracy over validation labels, gaps from the best source."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import QueryConfig
from ..project import RoundMetrics
from ..scoring import class_scores
from ..strategies.gaps import FEW_PX, evidence, weighed

__all__ = ["FEW_PX", "measured"]


def measured(
    validation: NDArray[np.int64],
    insight: dict[str, Any],
    labelled_px: NDArray[np.int64],
    config: QueryConfig,
) -> RoundMetrics:
    """Return the metrics of a round.

    Args:
        validation: int64 (K, K) over the labelled validation pixels, or (K, 2, 2) over the
            tagged validation tiles, rows truth.
        insight: Holds the other sources of gaps.
        labelled_px: int64 (K,) pixels of each class that are labelled anywhere.
        config: Says where the gaps come from and how they become weights.
    """
    plain = class_scores(validation)
    found = evidence(validation, insight, config.gap_source)
    gap, weight = weighed(found.confusion, labelled_px, config)
    return RoundMetrics(
        confusion=validation,
        iou=tuple(plain.tolist()),
        miou=float("nan") if np.isnan(plain).all() else float(np.nanmean(plain)),
        gap=tuple(gap.tolist()),
        weight=tuple(weight.tolist()),
    )
