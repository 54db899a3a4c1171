"""Greedy coverage of all rows by a kernel (MaxHerding).

After Bae et al., “Generalized coverage for more robust low-budget active learning” (2024).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .distances import Places, Singles, blocks, centred, squared_norms

SAMPLE_ROWS = 10_000

_MEDIAN_ROWS = 1000


def herding(
    features: ArrayLike, count: int, sigma: float = 1.0, chosen: Sequence[int] | Places = ()
) -> Places:
    """Return the rows that together have a near relative for as many rows as possible.

    Each choice adds most to mean_n max_{s chosen} exp(-|x_n - x_s|² / 2σ²). Memory grows
    with N²: give it at most SAMPLE_ROWS rows.

    Args:
        features: (N, d), all finite.
        count: How many to return.
        sigma: Width of the kernel, in the units of the features; see `median_distance`.
        chosen: Rows whose relatives count as covered; they are not returned.

    Returns:
        int64 (≤ count,) in the order of choice, ties to the lowest row.
    """
    kernel = _kernel(centred(features), sigma)
    covered = np.zeros(len(kernel), dtype=np.float32)
    open_ = np.ones(len(kernel), dtype=np.bool_)
    for row in chosen:
        np.maximum(covered, kernel[row], out=covered)
        open_[row] = False
    # A gain only shrinks as others are chosen, so an old one is an upper bound.
    bounds = np.where(open_, np.inf, -np.inf)
    order: list[int] = []
    while len(order) < min(count, int(open_.sum())):
        order.append(_largest(kernel, covered, bounds))
        np.maximum(covered, kernel[order[-1]], out=covered)
        bounds[order[-1]] = -np.inf
    return np.array(order, dtype=np.int64)


def median_distance(features: ArrayLike) -> float:
    """Return the median distance between two rows, of at most 1000 of them.

    Args:
        features: (N, d), all finite.

    Returns:
        1 where all rows are the same, or there is but one.
    """
    points = centred(features)
    points = points[:: max(1, -(-len(points) // _MEDIAN_ROWS))]
    norms = squared_norms(points)
    gaps = norms[:, None] + norms - 2 * (points @ points.T)
    pairs = gaps[np.triu_indices(len(points), 1)]
    middle = float(np.sqrt(max(np.median(pairs), 0.0))) if pairs.size else 0.0
    return middle if middle > 0 else 1.0


def _kernel(points: Singles, sigma: float) -> Singles:
    norms = squared_norms(points)
    kernel = np.empty((len(points), len(points)), dtype=np.float32)
    for part in blocks(len(points)):
        np.matmul(points[part], points.T, out=kernel[part])
        kernel[part] *= -2
        kernel[part] += norms
        kernel[part] += norms[part, None]
        np.maximum(kernel[part], 0.0, out=kernel[part])
        kernel[part] *= -1 / (2 * sigma * sigma)
        np.exp(kernel[part], out=kernel[part])
    return kernel


def _largest(kernel: Singles, covered: Singles, bounds: NDArray[np.float64]) -> int:
    """Return the row of largest gain; `bounds` are made exact on the way."""
    fresh: set[int] = set()
    while (row := int(bounds.argmax())) not in fresh:
        gain = np.maximum(kernel[row] - covered, 0.0).sum(dtype=np.float64)
        bounds[row] = round(float(gain), 4)  # float32: equal rows must tie
        fresh.add(row)
    return row
