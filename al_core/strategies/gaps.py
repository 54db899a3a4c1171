"""From confusion matrices to the gap and the weight of each class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import GapSource, QueryConfig, UndefinedIou
from ..scoring import class_scores, class_unions, class_weights, shrink_iou, truth_counts
from ..scoring.confusions import counts_tiles, hits_and_wholes
from .base import Floats

FEW_PX = 200  # below this a class's IoU is pulled towards the mean
KAPPA_PX = 200.0
FEW_TILES = 5  # the same for the F1 of tags
KAPPA_TILES = 4.0
NO_SOURCE = "none"

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the class gaps are measured on.

    `source` is a value of GapSource or NO_SOURCE; `confusion` is int64 (K, K) over pixels or
    (K, 2, 2) over tiles with tags, rows truth; `errors` is float64 (K,), one standard error of
    each IoU or F1, NaN where unknown.
    """

    source: str
    confusion: Counts
    errors: Floats


def evidence(validation: Counts, insight: dict[str, Any], wanted: GapSource) -> Evidence:
    """Return the labels that the gaps of a round are measured on.

    Tiles that a query chose are harder than the map as a whole, so what was labelled after
    a map was made tells which classes are worse, not how good the map is; it is the second
    choice, and leaving labelled tiles out in turn the third.

    Args:
        validation: int64 (K, K) over the labelled validation pixels, rows truth, or (K, 2, 2)
            over the validation tiles with tags.
        insight: Of the round; see RoundRecord.
        wanted: The source asked for.

    Returns:
        What is there; without any pixels the source is NO_SOURCE.
    """
    choices: dict[GapSource, Callable[[], Evidence]] = {
        GapSource.VALIDATION: lambda: _from(
            GapSource.VALIDATION, validation, insight.get("iou_error")
        ),
        GapSource.PREQUENTIAL: lambda: _from(
            GapSource.PREQUENTIAL, insight.get("prequential"), None
        ),
        GapSource.CROSS_VALIDATION: lambda: _from(
            GapSource.CROSS_VALIDATION,
            insight.get("cross_validation"),
            insight.get("cross_validation_error"),
        ),
    }
    for source in _order(wanted, validation):
        found = choices[source]()
        if found.confusion.shape == validation.shape and found.confusion.any():
            return found
    classes = len(validation)
    return Evidence(NO_SOURCE, np.zeros_like(validation), np.full(classes, np.nan))


def _order(wanted: GapSource, validation: Counts) -> tuple[GapSource, ...]:
    if wanted is not GapSource.AUTO:
        return (wanted,)
    if is_enough(validation):
        return (GapSource.VALIDATION,)
    return GapSource.PREQUENTIAL, GapSource.CROSS_VALIDATION


def is_enough(validation: Counts) -> bool:
    """Tell whether validation labels say anything.

    They have to be FEW_PX pixels, or FEW_TILES tiles with tags, and show two classes at least.
    """
    classes = int((truth_counts(validation) > 0).sum())
    if counts_tiles(validation):
        tiles = validation.sum(axis=(1, 2)).max(initial=0)
        return bool(tiles >= FEW_TILES) and classes > 1
    return bool(validation.sum() >= FEW_PX) and classes > 1


def few_of(confusion: Counts) -> int:
    """Return below how many pixels, or tiles with tags, the score of a class is a guess."""
    return FEW_TILES if counts_tiles(confusion) else FEW_PX


def weighed(confusion: Counts, labelled_px: Counts, config: QueryConfig) -> tuple[Floats, Floats]:
    """Return the gap and the weight of each class.

    A class seen in fewer than FEW_PX pixels has an IoU that is mostly chance; it is pulled
    towards the mean of all before the gap is taken. So is the F1 of one that fewer than
    FEW_TILES tiles are tagged with or predicted to show.

    Args:
        confusion: int64 (K, K) over the pixels of the gap source, rows truth, or (K, 2, 2)
            over its tiles with tags.
        labelled_px: int64 (K,) pixels, or tiles, of each class that are labelled anywhere.
        config: Its `alpha` and its rule for undefined IoUs.

    Returns:
        float64 (K,) gaps, NaN where unknown; float64 (K,) weights that sum to 1. Without
        any pixels the weights are the same for all classes that have labels.
    """
    union = class_unions(confusion)
    few = (union > 0) & (union < few_of(confusion))
    kappa = KAPPA_TILES if counts_tiles(confusion) else KAPPA_PX
    pulled = shrink_iou(*hits_and_wholes(confusion), kappa)
    steady = np.where(few, pulled, class_scores(confusion))
    labelled = labelled_px > 0
    weight = class_weights(steady, config.alpha, config.undefined, labelled)
    gap = 1.0 - steady
    if union.any() and config.undefined is UndefinedIou.EXPLORE:
        gap[np.isnan(gap) & labelled] = 1.0
    return gap, weight


def _from(source: GapSource, confusion: Any, errors: Any) -> Evidence:
    table = np.array([] if confusion is None else confusion, dtype=np.int64)
    known = np.full(len(table), np.nan) if errors is None else numbers(errors)
    return Evidence(source.value, table, known)


def numbers(values: Any) -> Floats:
    """Return JSON numbers as float64, NaN in place of null."""
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
