"""Squared distances without a matrix of all pairs.

|a|² + |b|² - 2ab is fast but cancels if the features lie far from the origin, so they are
centred first. What is left of a distance below `slack` is rounding.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

BLOCK_ROWS = 8192

_SLACK = 2e-6  # of the largest squared norm: some roundings of float32

Singles = NDArray[np.float32]
Places = NDArray[np.int64]


def blocks(rows: int) -> Iterator[slice]:
    """Yield slices of at most BLOCK_ROWS that cover `rows` rows."""
    for start in range(0, rows, BLOCK_ROWS):
        yield slice(start, min(start + BLOCK_ROWS, rows))


def centred(features: ArrayLike, rows: Places | None = None) -> Singles:
    """Return a copy of the features with their mean at the origin.

    Args:
        features: (N, d); rows that are not finite do not count for the mean.
        rows: int64 (M,) the rows to take; None takes all.

    Returns:
        float32 (M, d); a row that is not finite is NaN throughout.
    """
    source = np.asarray(features)
    number = len(source) if rows is None else len(rows)
    points = np.empty((number, source.shape[1]), dtype=np.float32)
    total, counted = np.zeros(source.shape[1]), 0
    for part in blocks(number):
        points[part] = source[part] if rows is None else source[rows[part]]
        finite = np.asarray(np.isfinite(points[part]).all(axis=1))
        points[part][~finite] = np.nan
        total += points[part].sum(axis=0, dtype=np.float64, where=finite[:, None])
        counted += int(finite.sum())
    points -= (total / max(counted, 1)).astype(np.float32)
    return points


def unit_rows(features: ArrayLike, rows: Places | None = None) -> Singles:
    """Return the features centred and then brought to length 1, so that light counts less.

    Args:
        features: (N, d).
        rows: int64 (M,) the rows to take; None takes all.

    Returns:
        float32 (M, d); a row at the very centre stays 0, one that is not finite is NaN.
    """
    points = centred(features, rows)
    lengths = np.sqrt(squared_norms(points))
    points /= np.where(lengths > 0, lengths, np.float32(1.0))[:, None]
    return points


def squared_norms(points: Singles) -> Singles:
    """Return |a|² of each row, float32 (N,)."""
    return np.asarray(np.einsum("ij,ij->i", points, points))


def slack(norms: Singles) -> float:
    """Return the squared distance that is no more than rounding.

    Args:
        norms: float32 (N,) squared norms; those that are not finite do not count.
    """
    return _SLACK * float(norms[np.isfinite(norms)].max(initial=0.0))


def nearest(points: Singles, others: Singles) -> Singles:
    """Return the squared distance from each point to the nearest of the others.

    Args:
        points: float32 (N, d), about the origin.
        others: float32 (L, d), in the same space.

    Returns:
        float32 (N,), 0 where it is rounding; +inf without others.
    """
    result = np.full(len(points), np.inf, dtype=np.float32)
    if not len(others):
        return result
    norms, other_norms = squared_norms(points), squared_norms(others)
    for part in blocks(len(points)):
        gaps = points[part] @ others.T
        gaps *= -2
        gaps += other_norms
        result[part] = gaps.min(axis=1) + norms[part]
    least = slack(np.concatenate([norms, other_norms]))
    result[result <= least] = 0.0
    return result
