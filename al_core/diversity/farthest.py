"""Greedy k-center: each choice is the row farthest from all chosen so far.

After Sener and Savarese, “Active learning for convolutional neural networks: a core-set
approach” (2018). Kept is one distance a row, never a matrix of all pairs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .distances import Places, Singles, centred, nearest, slack, squared_norms

Rows = Sequence[int] | Places

_ROUNDING = 1e-6


def farthest_points(
    features: ArrayLike, count: int, chosen: Rows = (), exclude: Rows = ()
) -> Places:
    """Return the rows that are farthest from the chosen ones and from each other.

    Args:
        features: (N, d), anywhere in space.
        count: How many to return.
        chosen: Rows to keep away from; they are not returned. Without any, the lowest row
            that may be returned comes first.
        exclude: Rows that are not returned.

    Returns:
        int64 (≤ count,) in the order of choice, ties to the lowest row. Once all that is
        left coincides with a chosen row, the rest is filled up by ascending row.
    """
    return spread_out(centred(features), count, chosen, exclude)


def spread_out(
    points: Singles,
    count: int,
    chosen: Rows = (),
    exclude: Rows = (),
    worth: Singles | None = None,
) -> Places:
    """Return what `farthest_points` does, for points that lie about the origin already.

    Args:
        points: float32 (N, d); rows that are not finite are not returned.
        count: How many to return.
        chosen: See `farthest_points`.
        exclude: See `farthest_points`.
        worth: float32 (N,) above 0; the distance of a row counts so many times. None counts
            all alike.
    """
    norms = squared_norms(points)
    seeds = np.asarray(chosen, dtype=np.int64)
    seeds = seeds[np.isfinite(norms[seeds])]
    open_ = np.isfinite(norms)
    open_[seeds] = False
    open_[np.asarray(exclude, dtype=np.int64)] = False
    distances = nearest(points, points[seeds])
    distances[~open_] = -np.inf
    least = slack(norms)
    weights = None if worth is None else np.square(worth)  # the distances are squared ones
    order: list[int] = []
    while len(order) < min(count, int(open_.sum())):
        if float(distances.max()) <= least:
            break
        pick = _farthest(distances, least, weights)
        order.append(pick)
        _approach(distances, points, norms, pick)
        distances[pick] = -np.inf
    open_[order] = False
    rest = np.flatnonzero(open_)[: max(count - len(order), 0)]
    return np.concatenate([np.array(order, dtype=np.int64), rest])


def _farthest(distances: Singles, least: float, weights: Singles | None) -> int:
    """Return the row whose distance counts most; the lowest of those that tie."""
    if weights is None:
        return int((distances >= distances.max() - least).argmax())
    gains = np.where(distances > least, distances * weights, -np.inf)
    return int((gains >= gains.max() * (1 - _ROUNDING)).argmax())


def _approach(distances: Singles, points: Singles, norms: Singles, pick: int) -> None:
    """Lower the distances to those from the new choice, in place."""
    gaps = points @ points[pick]
    gaps *= -2
    gaps += norms
    gaps += norms[pick]
    np.fmin(distances, gaps, out=distances)
