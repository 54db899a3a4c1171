"""Where inside a tile it pays most to paint."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..coords import Window

COUNTED_SHARE = 0.5
_DIGITS = 9  # sums of the same values in another order must tie


def region_hints(
    values: NDArray[np.float32], window_px: int, count: int
) -> tuple[tuple[Window, float], ...]:
    """Return the square windows of highest mean, none touching a pixel of another.

    Args:
        values: float32 (H, W), such as the uncertainty of a tile; NaN where a pixel does
            not count, being labelled already or without data.
        window_px: Side of a window; cut to the tile's.
        count: How many to return at most.

    Returns:
        Windows by descending mean over their counted pixels, each with that mean; only
        windows of which at least half is counted. Ties go to the upper, then the left one.
    """
    height, width = values.shape
    side = min(window_px, height, width)
    if side < 1:
        return ()
    counted = ~np.isnan(values)
    pixels = _box_sums(counted.astype(np.float64), side)
    sums = _box_sums(np.where(counted, values, 0.0).astype(np.float64), side)
    means = np.full(sums.shape, -np.inf)
    np.divide(sums, pixels, out=means, where=pixels >= COUNTED_SHARE * side * side)
    means = np.round(means, _DIGITS)
    hints: list[tuple[Window, float]] = []
    while len(hints) < count and np.isfinite(best := means.max()):
        row, col = (int(place) for place in np.unravel_index(means.argmax(), means.shape))
        hints.append((Window(row, col, side, side), float(best)))
        top, left = max(0, row - side + 1), max(0, col - side + 1)
        means[top : row + side, left : col + side] = -np.inf
    return tuple(hints)


def _box_sums(values: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Return the sum of every `side` x `side` window, by its upper left pixel."""
    total = np.pad(values, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    tall = total[side:] - total[:-side]
    return np.asarray(tall[:, side:] - tall[:, :-side])
