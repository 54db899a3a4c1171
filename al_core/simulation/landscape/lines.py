"""Rivers and roads as lines, and the way across a grid that they take."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Line = NDArray[np.float64]  # (points, 2): row, col in pixels
Cell = tuple[int, int]
_STEPS = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if (r, c) != (0, 0)]


@dataclass(frozen=True)
class Spread:
    """How cells of a grid were reached.

    Attributes:
        price: float64 (n, n) of reaching each cell.
        parent: The cell each was reached from; seeds have none.
        order: The cells, cheapest first.
    """

    price: NDArray[np.float64]
    parent: dict[Cell, Cell]
    order: list[Cell]

    def path_from(self, cell: Cell) -> list[Cell]:
        """Return the way from a cell back to the seed it was reached from."""
        path = [cell]
        while path[-1] in self.parent:
            path.append(self.parent[path[-1]])
        return path


def spread(
    side: int,
    seeds: Iterable[tuple[Cell, float]],
    price_of: Callable[[float, Cell, Cell], float],
) -> Spread:
    """Reach every cell of a grid as cheaply as can be (Dijkstra, with any price).

    Args:
        side: Cells along each side.
        seeds: Cells to start from and their price.
        price_of: Price of a cell, from the price of its neighbour, that and itself.
    """
    price = np.full((side, side), np.inf)
    parent: dict[Cell, Cell] = {}
    order: list[Cell] = []
    heap = []
    for cell, start in seeds:
        price[cell] = start
        heap.append((start, cell))
    heapq.heapify(heap)
    while heap:
        paid, cell = heapq.heappop(heap)
        if paid > price[cell]:
            continue
        order.append(cell)
        for down, right in _STEPS:
            to = (cell[0] + down, cell[1] + right)
            if not (0 <= to[0] < side and 0 <= to[1] < side):
                continue
            offer = price_of(paid, cell, to)
            if offer < price[to]:
                price[to] = offer
                parent[to] = cell
                heapq.heappush(heap, (offer, to))
    return Spread(price, parent, order)


def line_through(cells: Iterable[Cell], cell_px: float, smoothing: float) -> Line:
    """Return the centres of cells as a smooth line with a point every 2 pixels.

    Args:
        cells: Neighbouring cells, in order.
        cell_px: Side of a cell.
        smoothing: Standard deviation of the smoothing, in cells.
    """
    points = (np.array(list(cells), dtype=float) + 0.5) * cell_px
    return resampled(smoothed(points, smoothing), 2.0)


def smoothed(line: Line, sigma: float) -> Line:
    """Return the line with each point a Gaussian mean of its neighbours; ends stay."""
    reach = int(3 * sigma) + 1
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(line, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    columns = [np.convolve(padded[:, axis], weights / weights.sum(), "valid") for axis in (0, 1)]
    return np.stack(columns, axis=1)


def resampled(line: Line, step: float) -> Line:
    """Return points at even distances along the line."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.linspace(0, lengths[-1], max(2, round(lengths[-1] / step) + 1))
    return np.stack([np.interp(at, lengths, line[:, axis]) for axis in (0, 1)], axis=1)


def directions(line: Line) -> Line:
    """Return the unit tangent at each point."""
    tangents = np.gradient(line, axis=0)
    return np.asarray(tangents / np.maximum(np.hypot(*tangents.T), 1e-9)[:, None])


def imprint(
    field: NDArray[np.float32], line: Line, half_width: NDArray[np.float64] | float, reach: int
) -> None:
    """Lower a field to the distance from the edge of a line, negative inside.

    Args:
        field: float32 (H, W), changed in place.
        line: The line's points, 2 pixels apart or less than its width.
        half_width: Half of the width at each point, in pixels.
        reach: How far from the line to go, in pixels.
    """
    height, width = field.shape
    halves = np.broadcast_to(half_width, len(line))
    for (row, col), half in zip(line, halves, strict=True):
        top, left = max(int(row) - reach, 0), max(int(col) - reach, 0)
        bottom, right = min(int(row) + reach + 1, height), min(int(col) + reach + 1, width)
        if bottom <= top or right <= left:
            continue
        rows = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(row)
        cols = np.arange(left, right, dtype=np.float32)[None, :] - np.float32(col)
        part = field[top:bottom, left:right]
        np.minimum(part, np.sqrt(rows * rows + cols * cols) - np.float32(half), out=part)
