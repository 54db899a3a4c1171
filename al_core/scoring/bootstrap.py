"""How sure an IoU is: bootstrap over the validation tiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .weights import iou

DRAWS = 200

Floats = NDArray[np.float64]


def iou_errors(tile_confusions: ArrayLike, rng: np.random.Generator, draws: int = DRAWS) -> Floats:
    """Return one standard error of the IoU of each class.

    Pixels of a tile resemble each other, so tiles are drawn with replacement, not pixels.

    Args:
        tile_confusions: (n, K, K) pixel counts of each tile, rows truth.
        rng: Draws the tiles.
        draws: How often.

    Returns:
        float64 (K,); NaN for a class that fewer than two tiles hold or predict, about
        which the draws cannot tell.
    """
    counts = _counts(tile_confusions)
    errors = _spread(_drawn(counts, rng, draws))
    seen = (counts.sum(axis=1) + counts.sum(axis=2) > 0).sum(axis=0)  # (K,) tiles
    return np.where(seen > 1, errors, np.nan)


def miou_error(tile_confusions: ArrayLike, rng: np.random.Generator, draws: int = DRAWS) -> float:
    """Return one standard error of the mean IoU over the classes that have one.

    Args:
        tile_confusions: (n, K, K) pixel counts of each tile, rows truth.
        rng: Draws the tiles.
        draws: How often.

    Returns:
        NaN with fewer than two tiles that hold a pixel.
    """
    counts = _counts(tile_confusions)
    if (counts.sum(axis=(1, 2)) > 0).sum() < 2:  # noqa: PLR2004 - one tile has no spread
        return float("nan")
    return float(_spread(_mean(_drawn(counts, rng, draws))[:, None])[0])


def _counts(tile_confusions: ArrayLike) -> Floats:
    return np.asarray(tile_confusions, dtype=np.float64)


def _drawn(counts: Floats, rng: np.random.Generator, draws: int) -> Floats:
    """Return the IoU of each class in each draw, float64 (draws, K)."""
    tiles, classes = counts.shape[:2]
    if not tiles:
        return np.full((draws, classes), np.nan)
    times = rng.multinomial(tiles, np.full(tiles, 1 / tiles), draws).astype(np.float64)
    together = (times @ counts.reshape(tiles, -1)).reshape(draws, classes, classes)
    return np.stack([iou(confusion) for confusion in together])


def _mean(values: Floats) -> Floats:
    """Return the mean of each row over what is not NaN, float64 (draws,)."""
    known = np.isfinite(values)
    means = np.full(len(values), np.nan)
    sums, number = np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1)
    np.divide(sums, number, out=means, where=number > 0)
    return means


def _spread(values: Floats) -> Floats:
    """Return the standard deviation of each column over what is not NaN."""
    mean = _mean(values.T)
    squares = _mean(np.square(values - mean).T)
    return np.sqrt(squares)
