"""Rows that point the same way as a given one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .distances import Places, Singles, unit_rows


def likeness(features: ArrayLike, row: int) -> Singles:
    """Return the cosine of the angle to one row, seen from the mean of all.

    Args:
        features: (N, d).
        row: The row to compare with.

    Returns:
        float32 (N,), -1 to 1; 1 for the row itself unless it is the mean; NaN for rows
        that are not finite.
    """
    directions = unit_rows(features)
    return np.asarray(np.clip(directions @ directions[row], -1.0, 1.0))


def most_alike(features: ArrayLike, row: int) -> Places:
    """Return the other rows, the most alike first.

    Args:
        features: (N, d).
        row: The row to compare with.

    Returns:
        int64 (≤ N - 1,), ties to the lowest row; without rows that are not finite.
    """
    cosines = likeness(features, row)
    cosines[row] = np.nan
    places = np.flatnonzero(np.isfinite(cosines))
    return places[np.argsort(-cosines[places], kind="stable")]
