"""Whole seats in proportion to weights (Hamilton's method of the largest remainder)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_DIGITS = 9  # a remainder must not win by rounding


def apportion(weights: ArrayLike, seats: int) -> NDArray[np.int64]:
    """Return how many seats each class gets.

    Args:
        weights: (K,) none negative; all 0 counts as all equal.
        seats: How many there are.

    Returns:
        int64 (K,), sums to `seats`; a class of weight 0 gets none unless all are 0. Equal
        remainders go to the lowest class.
    """
    shares = np.asarray(weights, dtype=np.float64)
    if not shares.size or seats <= 0:
        return np.zeros(shares.size, dtype=np.int64)
    if shares.sum() <= 0:
        shares = np.ones(shares.size)
    exact = np.round(shares / shares.sum() * seats, _DIGITS)
    given: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    order = np.argsort(-np.round(exact - given, _DIGITS), kind="stable")
    given[order[: seats - int(given.sum())]] += 1
    return given
