"""Farthest points within natural clusters (one-shot active learning).

After the baseline of MCFPS, arXiv 2405.13285, section IV. Other than there what is labelled
counts as chosen, so that a round goes on where the one before ended.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..config import ClusterShare
from .distances import Places, Singles, centred
from .farthest import Rows, spread_out
from .silhouette import natural_clusters

Counts = NDArray[np.int64]


def osal(
    features: ArrayLike,
    count: int,
    labelled: Rows,
    rng: np.random.Generator,
    share: ClusterShare = ClusterShare.EQUAL,
) -> tuple[Places, Places]:
    """Return rows that lie far apart within each of some clusters.

    Args:
        features: (N, d).
        count: How many to return.
        labelled: Rows to keep away from; they are not returned.
        rng: Draws the centres of the clusters.
        share: How the rows are divided among the clusters.

    Returns:
        int64 (≤ count,) rows, the first of every cluster before any second, and the cluster
        of each; never a row of which a feature is not finite.
    """
    return clustered_points(centred(features), count, labelled, rng, share)


def clustered_points(
    points: Singles,
    count: int,
    labelled: Rows,
    rng: np.random.Generator,
    share: ClusterShare = ClusterShare.EQUAL,
) -> tuple[Places, Places]:
    """Return what `osal` does, for points that lie about the origin already.

    Args:
        points: float32 (N, d).
        count: See `osal`.
        labelled: See `osal`.
        rng: See `osal`.
        share: See `osal`.
    """
    known = np.flatnonzero(np.isfinite(points[:, 0]))
    clusters = np.full(len(points), -1, dtype=np.int64)
    if known.size:
        all_known = known.size == len(points)  # as a rule, and then they need no copy
        clusters[known] = natural_clusters(points if all_known else points[known], rng)
    fixed = np.zeros(len(points), dtype=np.bool_)
    fixed[np.asarray(labelled, dtype=np.int64)] = True
    members = [
        np.flatnonzero(clusters == place) for place in range(int(clusters.max(initial=-1)) + 1)
    ]
    sizes = np.array([rows.size for rows in members], dtype=np.int64)
    room = np.array([int((~fixed[rows]).sum()) for rows in members], dtype=np.int64)
    seats = filled(cluster_seats(count, sizes, share), room, count)
    chosen = [
        rows[spread_out(points[rows], int(seats[place]), np.flatnonzero(fixed[rows]))]
        for place, rows in enumerate(members)
    ]
    turns = sorted((turn, row) for rows in chosen for turn, row in enumerate(rows.tolist()))
    order = np.array([row for _, row in turns], dtype=np.int64)
    return order, clusters[order]


def cluster_seats(count: int, sizes: ArrayLike, share: ClusterShare) -> Counts:
    """Return how many rows each cluster gives.

    Args:
        count: How many in all.
        sizes: int (C,) rows of each cluster.
        share: `equal`, as in the paper, or `proportional` to the sizes: rounded up, then one
            less for as many of the largest as are too many.

    Returns:
        int64 (C,), sums to `count`; of equal claims that of the larger cluster comes first.
    """
    numbers = np.asarray(sizes, dtype=np.int64)
    if not numbers.size:
        return numbers
    largest_first = np.argsort(-numbers, kind="stable")
    if share is ClusterShare.EQUAL:
        seats = np.full(numbers.size, count // numbers.size)
        seats[largest_first[: count % numbers.size]] += 1
        return seats
    seats = -(-count * numbers // max(int(numbers.sum()), 1))
    seats[largest_first[: int(seats.sum()) - count]] -= 1
    return seats


def filled(seats: Counts, room: Counts, count: int) -> Counts:
    """Return the seats with those that a cluster cannot fill passed on to the others.

    Args:
        seats: int64 (C,).
        room: int64 (C,) how many rows of each cluster may be chosen.
        count: How many in all.

    Returns:
        int64 (C,), none above the room; they sum to `count` or to all the room there is.
    """
    given = np.minimum(seats, room)
    while (left := min(count, int(room.sum())) - int(given.sum())) > 0:
        open_ = np.flatnonzero(given < room)
        given[open_[np.argsort(given[open_], kind="stable")][:left]] += 1
    return given
