"""How far the probabilities of a network can be believed, and one number to mend them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .entropy import as_float

LOWEST, HIGHEST = 0.05, 20.0
BINS = 15

_STEPS = 60
_CLOSE = 1e-7

Bin = tuple[float, float, int]


def fit_temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """Return the temperature that makes the logits fit the labels best.

    The negative log-likelihood is convex in 1/T; its derivative is followed by Newton steps
    that never leave the bracket. Dividing logits by T > 0 changes no predicted class.

    Args:
        logits: (n, K) of labelled pixels that the network has not learned from; rows that
            are not finite are passed over.
        labels: int (n,) class indices.

    Returns:
        T between 0.05 and 20; 1 without a pixel.
    """
    z = as_float(logits)
    usable = np.isfinite(z).all(axis=1)
    z, y = z[usable], np.asarray(labels, dtype=np.int64)[usable]
    if not y.size:
        return 1.0
    z = z - z.max(axis=1, keepdims=True)
    target = z[np.arange(y.size), y].mean(dtype=np.float64)
    low, high = 1.0 / HIGHEST, 1.0 / LOWEST
    inverse = 1.0
    for _ in range(_STEPS):
        slope, curvature = _slope(z, inverse, float(target))
        low, high = (low, inverse) if slope > 0 else (inverse, high)
        step = inverse - slope / curvature if curvature > 0 else np.inf
        after = step if low < step < high else float(np.sqrt(low * high))
        if abs(after - inverse) < _CLOSE * inverse:
            break
        inverse = after
    return float(np.clip(1.0 / inverse, LOWEST, HIGHEST))


def reliability_bins(
    confidence: ArrayLike, correct: ArrayLike, bins: int = BINS
) -> tuple[Bin, ...]:
    """Return mean confidence, accuracy and number of pixels of every bin that is used.

    Args:
        confidence: (n,) probability of the predicted class, 0 to 1.
        correct: bool (n,) whether the prediction was right.
        bins: Bins of equal width, closed on the right: with ten, 0.1 is in the first.
    """
    p, hit = np.ravel(confidence).astype(np.float64), np.ravel(correct).astype(np.float64)
    place = np.clip(np.ceil(p * bins).astype(np.int64) - 1, 0, bins - 1)
    pixels = np.bincount(place, minlength=bins)
    sums = (np.bincount(place, values, bins) for values in (p, hit))
    rows = zip(*sums, pixels.tolist(), strict=True)
    return tuple((float(c / n), float(a / n), int(n)) for c, a, n in rows if n)


def expected_calibration_error(
    confidence: ArrayLike, correct: ArrayLike, bins: int = BINS
) -> float:
    """Return the mean distance between confidence and accuracy, over bins of confidence.

    Args:
        confidence: (n,) probability of the predicted class, 0 to 1.
        correct: bool (n,) whether the prediction was right.
        bins: See `reliability_bins`.

    Returns:
        0 to 1; NaN without a pixel.
    """
    used = np.array(reliability_bins(confidence, correct, bins))  # (B, 3)
    if not used.size:
        return float("nan")
    return float(np.average(np.abs(used[:, 0] - used[:, 1]), weights=used[:, 2]))


def _slope(z: NDArray[np.floating], inverse: float, target: float) -> tuple[float, float]:
    """Return the first and second derivative of the mean NLL with respect to 1/T."""
    p = np.exp(z * z.dtype.type(inverse))
    p /= p.sum(axis=1, keepdims=True)
    first = (p * z).sum(axis=1, dtype=np.float64)
    second = (p * z * z).sum(axis=1, dtype=np.float64)
    return float(first.mean() - target), float((second - first**2).mean())
