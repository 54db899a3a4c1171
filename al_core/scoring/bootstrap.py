"""How sure the score of a class is: bootstrap over the validation tiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .confusions import class_scores, class_unions

DRAWS = 200

Floats = NDArray[np.float64]


def iou_errors(tile_confusions: ArrayLike, rng: np.random.Generator, draws: int = DRAWS) -> Floats:
    """Return one standard error of the IoU of each class, or of its F1 where tiles are tagged.

    Pixels of a tile resemble each other, so tiles are drawn with replacement, not pixels.

    Args:
        tile_confusions: (n, K, K) pixel counts of each tile, rows truth, or (n, K, 2, 2) with
            a 1 in each table of a class that is judged.
        rng: Draws the tiles.
        draws: How often.

    Returns:
        float64 (K,); NaN for a class that fewer than two tiles hold or predict, about
        which the draws cannot tell.
    """
    counts = _counts(tile_confusions)
    errors = _spread(_drawn(counts, rng, draws))
    return np.where(_seen(counts) > 1, errors, np.nan)


def miou_error(tile_confusions: ArrayLike, rng: np.random.Generator, draws: int = DRAWS) -> float:
    """Return one standard error of the mean IoU, or F1, over the classes that have one.

    Args:
        tile_confusions: See `iou_errors`.
        rng: Draws the tiles.
        draws: How often.

    Returns:
        NaN with fewer than two tiles that are judged.
    """
    counts = _counts(tile_confusions)
    judged = np.any(counts > 0, axis=tuple(range(1, counts.ndim)))
    if judged.sum() < 2:  # noqa: PLR2004 - one tile has no spread
        return float("nan")
    return float(_spread(_mean(_drawn(counts, rng, draws))[:, None])[0])


def _counts(tile_confusions: ArrayLike) -> Floats:
    return np.asarray(tile_confusions, dtype=np.float64)


def _seen(counts: Floats) -> NDArray[np.int64]:
    """Return how many tiles hold, or predict, each class, int64 (K,)."""
    nowhere = np.zeros(counts.shape[1], dtype=np.int64)
    return sum(((class_unions(table) > 0).astype(np.int64) for table in counts), nowhere)


def _drawn(counts: Floats, rng: np.random.Generator, draws: int) -> Floats:
    """Return the score of each class in each draw, float64 (draws, K)."""
    tiles, classes, *cells = counts.shape
    if not tiles:
        return np.full((draws, classes), np.nan)
    times = rng.multinomial(tiles, np.full(tiles, 1 / tiles), draws).astype(np.float64)
    together = (times @ counts.reshape(tiles, -1)).reshape(draws, classes, *cells)
    return np.stack([class_scores(confusion) for confusion in together])


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
