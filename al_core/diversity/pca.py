"""The directions in which features differ most, and the plane of the first two."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .distances import Places, Singles, blocks

PLANE = 2
SAMPLE_ROWS = 10_000

_EXTRA = 10  # directions beyond those asked for; with them few steps are enough
_STEPS = 12
_SEED = 0  # of the first guess, which leaves no trace


def principal_plane(features: ArrayLike) -> Singles:
    """Return each row's place in the plane in which the rows are spread most.

    Args:
        features: (N, d); above 10 000 rows every n-th of them decides on the plane.

    Returns:
        float32 (N, 2), about 0; NaN for a row that is not finite.
    """
    return principal_parts(features, PLANE)


def principal_parts(features: ArrayLike, number: int) -> Singles:
    """Return the coordinates of each row along the directions of greatest spread.

    Args:
        features: (N, d); see `principal_plane`.
        number: How many directions.

    Returns:
        float32 (N, number), about 0, the widest first; 0 beyond the d-th, NaN for a row that is
        not finite.
    """
    table = np.asarray(features)
    finite = np.concatenate(
        [np.isfinite(table[part]).all(axis=1) for part in blocks(len(table))] or [np.zeros(0, bool)]
    )
    known = np.flatnonzero(finite)
    parts = np.zeros((len(table), number), dtype=np.float32)
    parts[~finite] = np.nan
    if not known.size or not table.shape[1]:
        return parts
    sample = known[:: max(1, -(-known.size // SAMPLE_ROWS))]
    middle, axes = _axes(table, sample, min(number, table.shape[1]))
    for block in blocks(known.size):
        rows = known[block]
        parts[rows, : axes.shape[1]] = (table[rows].astype(np.float32) - middle) @ axes
    return parts


def _axes(table: np.ndarray, sample: Places, number: int) -> tuple[Singles, Singles]:
    """Return the middle float32 (d,) of some rows and their widest directions (d, number).

    By subspace iteration; the sign of a direction is that its largest entry is positive.
    """
    points = table[sample].astype(np.float32)
    middle = points.mean(axis=0, dtype=np.float64).astype(np.float32)
    points -= middle
    width = min(number + _EXTRA, points.shape[1])
    basis = np.random.default_rng(_SEED).normal(size=(points.shape[1], width))
    for _ in range(_STEPS):
        spread = points.T @ (points @ np.linalg.qr(basis)[0].astype(np.float32))
        basis = spread.astype(np.float64)
    frame = np.linalg.qr(basis)[0]
    seen = (points @ frame.astype(np.float32)).astype(np.float64)
    _, turned = np.linalg.eigh(seen.T @ seen)
    axes = frame @ turned[:, ::-1][:, :number]
    axes *= np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1.0, 1.0)
    return middle, axes.astype(np.float32)
