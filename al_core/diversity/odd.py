"""Rows that are like no others: clouds, borders, damaged tiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .distances import Places, Singles, blocks, centred, squared_norms

NEIGHBOURS = 10
FEWEST_LANDMARKS, MOST_LANDMARKS = 512, 4096

_COMPARED = 50_000_000  # pairs of rows, about a second
_MIN_ROWS = 2


def odd_ones(
    features: ArrayLike, quantile: float = 0.995, neighbours: int = NEIGHBOURS
) -> NDArray[np.bool_]:
    """Tell which rows lie farther from their neighbours than nearly all others do.

    Args:
        features: (N, d).
        quantile: The share of the rows that is not odd, 0 to 1.
        neighbours: How many nearest rows a row is measured against.

    Returns:
        bool (N,); rows that are not finite are odd.
    """
    return outlying(loneliness(centred(features), neighbours), quantile)


def outlying(distances: Singles, quantile: float) -> NDArray[np.bool_]:
    """Tell which distances exceed a quantile of all that are finite.

    Args:
        distances: float32 (N,).
        quantile: 0 to 1.

    Returns:
        bool (N,); True too where a distance is not finite.
    """
    known = np.isfinite(distances)
    if known.sum() < _MIN_ROWS:
        return ~known
    return ~known | (distances > np.quantile(distances[known], quantile))


def loneliness(points: Singles, neighbours: int = NEIGHBOURS) -> Singles:
    """Return the mean distance to the nearest rows.

    Above 4096 rows only every n-th of them is compared with, and accordingly fewer
    neighbours count, so that the neighbourhood keeps its size.

    Args:
        points: float32 (N, d), about the origin.
        neighbours: How many nearest rows count.

    Returns:
        float32 (N,); NaN for rows that are not finite.
    """
    norms = squared_norms(points)
    finite = np.flatnonzero(np.isfinite(norms))
    most = np.clip(_COMPARED // max(finite.size, 1), FEWEST_LANDMARKS, MOST_LANDMARKS)
    step = max(1, -(-finite.size // int(most)))
    marks = finite[::step]
    near = min(max(1, round(neighbours / step)), marks.size - 1)
    result = np.full(len(points), np.nan, dtype=np.float32)
    if near < 1:
        result[finite] = 0.0
        return result
    turn = np.full(len(points), -1, dtype=np.int64)
    turn[marks] = np.arange(marks.size)
    others, other_norms = points[marks], norms[marks]
    for part in blocks(len(points)):
        gaps = points[part] @ others.T
        gaps *= -2
        gaps += other_norms
        gaps += norms[part, None]
        result[part] = _mean_of_least(gaps, turn[part], near)
    return result


def typicality(features: ArrayLike, neighbours: int) -> Singles:
    """Return one over the mean distance to the nearest rows (TypiClust).

    Args:
        features: (N, d), at most 4096 rows for an exact answer.
        neighbours: How many nearest rows count.

    Returns:
        float32 (N,); large where many rows are alike, +inf among duplicates.
    """
    with np.errstate(divide="ignore"):
        return np.asarray(1.0 / loneliness(centred(features), neighbours))


def _mean_of_least(gaps: Singles, own: Places, near: int) -> Singles:
    """Return the mean root of the `near` least of each row, its own column left out."""
    rows = np.flatnonzero(own >= 0)
    gaps[rows, own[rows]] = np.inf
    least = gaps.min(axis=1, keepdims=True) if near == 1 else np.partition(gaps, near - 1)[:, :near]
    return np.asarray(np.sqrt(np.maximum(least, 0.0)).mean(axis=1))
