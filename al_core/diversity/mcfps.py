"""Farthest points, and near each of them the row that is least sure (MCFPS).

After arXiv 2405.13285. Other than in its program nothing is skipped for good, no row comes
twice in a round, and what is labelled is never a neighbour.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .distances import Places, Singles, centred, slack, squared_norms
from .farthest import Rows, spread_out

NEIGHBOURS = 15
SKIP = 0.8

_TOGETHER = 64  # anchors whose distances to all rows are in memory at once


def mcfps(
    features: ArrayLike,
    certainty: ArrayLike,
    count: int,
    labelled: Rows,
    k: int = NEIGHBOURS,
    skip: float = SKIP,
) -> Places:
    """Return the least certain row near each of some rows that lie far apart.

    Args:
        features: (N, d).
        certainty: (N,), 0 to 1, of all rows but the labelled.
        count: How many to return.
        labelled: Rows to keep away from; they are not returned.
        k: How many nearest rows are compared, the far one itself among them.
        skip: Rows more certain than this are left out, unless too few are left; then the
            least certain of them come back.

    Returns:
        int64 (≤ count,) in the order of the far rows, ties to the lowest row; never a row of
        which the certainty or a feature is not finite.
    """
    sure = np.asarray(certainty, dtype=np.float64)
    return unsure_points(centred(features), sure, count, labelled, k, skip)


def unsure_points(
    points: Singles,
    sure: NDArray[np.float64],
    count: int,
    labelled: Rows,
    k: int = NEIGHBOURS,
    skip: float = SKIP,
) -> Places:
    """Return what `mcfps` does, for points that lie about the origin already.

    Args:
        points: float32 (N, d).
        sure: float64 (N,).
        count: See `mcfps`.
        labelled: See `mcfps`.
        k: See `mcfps`.
        skip: See `mcfps`.
    """
    open_ = np.isfinite(points[:, 0]) & np.isfinite(sure)
    open_[np.asarray(labelled, dtype=np.int64)] = False
    pool = np.flatnonzero(open_)
    wanted = min(max(count, 0), pool.size)
    by_doubt = pool[np.argsort(sure[pool], kind="stable")]
    unsure = int((sure[pool] <= skip).sum())
    near = np.sort(by_doubt[: max(unsure, wanted)])
    shut = np.ones(len(points), dtype=np.bool_)
    shut[near] = False
    anchors = spread_out(points, wanted, labelled, np.flatnonzero(shut))
    order: list[int] = []
    for neighbours in _neighbours(points, shut, anchors, k):
        open_[order[-1:]] = False
        left = neighbours[open_[neighbours]]
        order.append(int(left[sure[left].argmin()] if left.size else by_doubt[open_[by_doubt]][0]))
    return np.array(order, dtype=np.int64)


def _neighbours(
    points: Singles, shut: NDArray[np.bool_], anchors: Places, k: int
) -> Iterator[Places]:
    """Yield the k open rows nearest to each anchor, ascending; of equal distances the lowest."""
    norms = squared_norms(points)
    least = slack(norms)
    for start in range(0, anchors.size, _TOGETHER):
        some = anchors[start : start + _TOGETHER]
        gaps = points[some] @ points.T
        gaps *= -2
        gaps += norms
        gaps += norms[some, None]
        gaps[:, shut] = np.inf
        gaps[np.arange(some.size), some] = -1.0 - 4 * least  # itself
        yield from (_lowest(row, k, least) for row in gaps)


def _lowest(gaps: Singles, k: int, least: float) -> Places:
    k = max(1, min(k, int(np.isfinite(gaps).sum())))
    limit = np.partition(gaps, k - 1)[k - 1]
    inside = np.flatnonzero(gaps < limit - least)
    level = np.flatnonzero(np.abs(gaps - limit) <= least)[: k - inside.size]
    return np.sort(np.concatenate([inside, level]))
