"""From a confusion matrix to the weight of each class (DCAU-AL, equations 1 to 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..config import UndefinedIou
from ..errors import ConfigError

Floats = NDArray[np.float64]


def iou(confusion: ArrayLike) -> Floats:
    """Return the intersection over union of each class.

    Args:
        confusion: (K, K) pixel counts, rows truth, columns prediction.

    Returns:
        float64 (K,), 0 to 1; NaN for a class that is neither there nor predicted.
    """
    counts = np.asarray(confusion, dtype=np.float64)
    hits = np.diag(counts)
    return ratio(hits, counts.sum(axis=0) + counts.sum(axis=1) - hits)


def shrink_iou(tp: ArrayLike, union: ArrayLike, kappa: float) -> Floats:
    """Pull the IoU of rarely seen classes towards the mean: (TP + κm) / (union + κ).

    Args:
        tp: (K,) pixels where truth and prediction agree on the class.
        union: (K,) pixels where truth or prediction names the class.
        kappa: Weight of the mean, in pixels; 0 returns the plain IoU.

    Returns:
        float64 (K,), 0 to 1; NaN where the union is empty: there is nothing to shrink,
        and `class_weights` has its own rule for it.
    """
    hits, pixels = np.asarray(tp, dtype=np.float64), np.asarray(union, dtype=np.float64)
    plain = ratio(hits, pixels)
    if np.isnan(plain).all():
        return plain
    shrunk = (hits + kappa * np.nanmean(plain)) / np.where(pixels > 0, pixels + kappa, 1.0)
    return np.where(pixels > 0, shrunk, np.nan)


def class_weights(
    iou: ArrayLike,
    alpha: float = 0.5,
    undefined: UndefinedIou | str = UndefinedIou.EXPLORE,
    labelled: ArrayLike | None = None,
) -> Floats:
    """Return the class weights w = gap^α / Σ gap^α with gap = 1 - IoU.

    After DCAU-AL (arXiv 2604.08965), which leaves open what an undefined IoU means.

    Args:
        iou: (K,) IoU of each class, NaN where undefined.
        alpha: How strongly the gaps matter; 0 gives uniform weights.
        undefined: The gap of a class without IoU: `explore` takes 1, `neutral` the mean
            of the others, `exclude` gives it no weight.
        labelled: (K,) bool, whether any pixel of the class has been labelled. A class
            without gets no weight: the network never learnt what its output means.

    Returns:
        float64 (K,), sums to 1; uniform if no gap is left.

    Raises:
        ConfigError: `alpha` is negative or `undefined` is no such rule.
    """
    if not alpha >= 0:
        raise ConfigError(f"alpha is {alpha}; choose 0 or more, such as 0.5.")
    rule = _rule(undefined)
    gaps = 1.0 - np.asarray(iou, dtype=np.float64)
    missing = np.isnan(gaps)
    counted = np.ones(gaps.shape, dtype=bool) if labelled is None else np.array(labelled, bool)
    if rule is UndefinedIou.EXCLUDE:
        counted &= ~missing
    neutral = gaps[~missing].mean() if (~missing).any() else 1.0
    gaps = np.where(missing, neutral if rule is UndefinedIou.NEUTRAL else 1.0, gaps)
    return _normalised(np.where(counted, gaps**alpha, 0.0), counted)


def _rule(undefined: UndefinedIou | str) -> UndefinedIou:
    try:
        return UndefinedIou(undefined)
    except ValueError as error:
        choices = ", ".join(choice.value for choice in UndefinedIou)
        raise ConfigError(
            f"“{undefined}” is no rule for an undefined IoU; choose one of {choices}."
        ) from error


def _normalised(powers: Floats, counted: NDArray[np.bool_]) -> Floats:
    """Return the powers divided by their sum; uniform over the counted if that is 0."""
    if powers.sum() <= 0:
        powers = (counted if counted.any() else np.ones(powers.shape)).astype(np.float64)
    return np.asarray(powers / powers.sum())


def ratio(part: Floats, whole: Floats) -> Floats:
    """Return part over whole, NaN where the whole is 0."""
    ratio = np.full(part.shape, np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio
