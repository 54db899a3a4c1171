"""Which pixels a round brush covers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..coords import RowCol, Window

MIN_RADIUS_PX = 0.5  # thinner lines would have gaps
_PARALLEL = 1e-12  # a slope this small moves nothing by a pixel on any raster


@dataclass(frozen=True, eq=False)
class Spans:
    """The covered pixels row by row: row first_row + i covers left[i] ≤ column < right[i].

    `left` and `right` are int64 (rows,); a row with left ≥ right covers nothing.
    """

    first_row: int
    left: NDArray[np.int64]
    right: NDArray[np.int64]


def capsule_mask(start: RowCol, end: RowCol, radius_px: float) -> tuple[Window, NDArray[np.bool_]]:
    """Return the pixels whose centre lies within a radius of a segment.

    Args:
        start: Where the segment begins, in pixels; (0.5, 0.5) is the first pixel's centre.
        end: Where it ends; may equal `start`.
        radius_px: At least 0.5, which is one pixel; less counts as 0.5. The pixels under
            both ends always belong.

    Returns:
        The bounding window, which may reach outside the raster, and a bool mask
        (window.height, window.width).
    """
    spans = capsule_spans(start, end, radius_px)
    filled = spans.left < spans.right
    first_col, end_col = int(spans.left[filled].min()), int(spans.right[filled].max())
    cols = np.arange(first_col, end_col)
    mask = (cols >= spans.left[:, None]) & (cols < spans.right[:, None])
    window = Window(spans.first_row, first_col, len(spans.left), end_col - first_col)
    return window, mask


def capsule_spans(
    start: RowCol, end: RowCol, radius_px: float, within: range | None = None
) -> Spans:
    """Return the same pixels as capsule_mask, row by row; only rows `within`, if given.

    A capsule is convex, so each row of it is one interval, and the work grows with the
    number of rows instead of pixels.
    """
    radius = max(radius_px, MIN_RADIUS_PX)
    top, bottom = sorted((start.row, end.row))
    first = min(math.ceil(top - radius - 0.5), math.floor(top))
    last = max(math.floor(bottom + radius - 0.5), math.floor(bottom))
    if within is not None:
        first, last = max(first, within.start), min(last, within.stop - 1)
    y: NDArray[np.float64] = np.arange(first, last + 1, dtype=np.float64) + 0.5
    low, high = _beside(y, start, end, radius)
    for point in (start, end):
        squared = radius**2 - (y - point.row) ** 2
        half = np.where(squared < 0, -np.inf, np.sqrt(np.maximum(squared, 0)))
        low = np.minimum(low, point.col - half)
        high = np.maximum(high, point.col + half)
    filled = low <= high
    left = np.ceil(np.where(filled, low, 0) - 0.5).astype(np.int64)
    right = np.floor(np.where(filled, high, -1) - 0.5).astype(np.int64) + 1
    for point in (start, end):
        row, col = math.floor(point.row) - first, math.floor(point.col)
        if not 0 <= row < len(y):
            continue
        is_empty = left[row] >= right[row]
        left[row] = col if is_empty else min(left[row], col)
        right[row] = col + 1 if is_empty else max(right[row], col + 1)
    return Spans(first, left, right)


def _beside(
    y: NDArray[np.float64], start: RowCol, end: RowCol, radius: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the interval of each row whose foot on the line lies within the segment.

    (rows,) float64 low and high; low > high where there is none.
    """
    dy, dx = end.row - start.row, end.col - start.col
    length = math.hypot(dy, dx)
    low, high = np.full_like(y, -np.inf), np.full_like(y, np.inf)
    if length == 0:
        return high, low
    above = y - start.row
    # |(x - x0)·dy - above·dx| ≤ radius·length and 0 ≤ (x - x0)·dx + above·dy ≤ length²
    for factor, offset, least, most in (
        (dy, -above * dx, -radius * length, radius * length),
        (dx, above * dy, 0.0, length**2),
    ):
        if abs(factor) < _PARALLEL * length:  # every x, or none
            outside = (offset < least) | (offset > most)
            low[outside], high[outside] = np.inf, -np.inf
            continue
        ends = (least - offset) / factor, (most - offset) / factor
        low = np.maximum(low, start.col + np.minimum(*ends))
        high = np.minimum(high, start.col + np.maximum(*ends))
    return np.where(low <= high, low, np.inf), np.where(low <= high, high, -np.inf)
