"""Clusters by k-means, the first centres by k-means++ (Arthur and Vassilvitskii, 2007)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .distances import Places, Singles, blocks, squared_norms

RUNS = 10

_STEPS = 100  # of Lloyd's; far fewer are the rule
_TOLERANCE = 1e-4  # of the spread
_WORK = 2e10  # multiplications of the first step of all runs, some seconds in all

Weights = NDArray[np.int64]


def kmeans(points: Singles, clusters: int, rng: np.random.Generator, runs: int = RUNS) -> Places:
    """Return the cluster of each row.

    Equal rows count as one of that weight. The run whose rows lie closest to their centres is
    taken; where many clusters of many rows are asked for there are fewer runs.

    Args:
        points: float32 (N, d), all finite and about the origin.
        clusters: How many; no more than there are different rows.
        rng: Draws the first centres.
        runs: How often.

    Returns:
        int64 (N,), numbered by the lowest row of each cluster; each has a row.
    """
    return Distinct.of(points).clusters(clusters, rng, runs)


@dataclass(frozen=True, eq=False)
class Distinct:
    """Rows of which none equals another.

    Attributes:
        points: float32 (D, d), all finite and about the origin.
        weights: int64 (D,) how often each occurs.
        turn: int64 (N,) which of them each of the rows is that they were made of.
    """

    points: Singles
    weights: Weights
    turn: Places

    @classmethod
    def of(cls, points: Singles) -> Distinct:
        """Return the different ones of some rows, float32 (N, d)."""
        rows, turn, weights = np.unique(points, axis=0, return_inverse=True, return_counts=True)
        return cls(rows, weights, turn.reshape(-1))  # numpy 2.0 returns a column

    def clusters(self, number: int, rng: np.random.Generator, runs: int = RUNS) -> Places:
        """Return what `kmeans` does, of the rows that these were made of."""
        if number >= len(self.points):
            return by_first_row(self.turn)
        work = float(self.points.size) * number * runs
        labels, least = np.zeros(len(self.points), dtype=np.int64), np.inf
        for _ in range(max(1, int(runs * min(1.0, _WORK / max(work, 1.0))))):
            centres = _first_centres(self.points, self.weights, number, rng)
            found, spread = _lloyd(self.points, self.weights, centres)
            if spread < least:
                labels, least = found, spread
        return by_first_row(labels[self.turn])


def _lloyd(points: Singles, weights: Weights, centres: Singles) -> tuple[Places, float]:
    """Move centres to the middle of their rows until that brings them hardly nearer.

    Args:
        points: float32 (N, d), about the origin.
        weights: int64 (N,) how often each row counts.
        centres: float32 (C, d), C at most the number of different rows.

    Returns:
        int64 (N,) clusters, none empty, and the sum of squared distances to the centres.
    """
    labels, spread = np.zeros(len(points), dtype=np.int64), np.inf
    for _ in range(_STEPS):
        before = spread
        labels, gaps = nearest_centres(points, centres)
        _fill_empty(labels, gaps, len(centres))
        spread = float(weights @ gaps.astype(np.float64))
        if spread >= before * (1 - _TOLERANCE):
            break
        centres = _middles(points, weights, labels, len(centres))
    return labels, spread


def nearest_centres(points: Singles, centres: Singles) -> tuple[Places, Singles]:
    """Return the nearest centre of each row, int64 (N,), and the squared distance to it."""
    labels = np.empty(len(points), dtype=np.int64)
    gaps = np.empty(len(points), dtype=np.float32)
    lengths = squared_norms(centres)
    for part in blocks(len(points)):
        table = points[part] @ centres.T
        table *= -2
        table += lengths
        labels[part] = table.argmin(axis=1)
        gaps[part] = table[np.arange(len(table)), labels[part]]
    gaps += squared_norms(points)
    return labels, np.maximum(gaps, 0.0)


def _first_centres(
    points: Singles, weights: Weights, clusters: int, rng: np.random.Generator
) -> Singles:
    """Draw rows in proportion to the squared distance from those drawn before."""
    norms = squared_norms(points)
    chances = weights.astype(np.float64)
    gaps = np.full(len(points), np.inf)
    chosen: list[int] = []
    for _ in range(clusters):
        total = chances.cumsum()
        pick = int(np.searchsorted(total, rng.random() * total[-1], side="right"))
        chosen.append(min(pick, len(points) - 1))
        to_pick = norms + norms[chosen[-1]] - 2 * (points @ points[chosen[-1]])
        np.minimum(gaps, to_pick, out=gaps)
        gaps[chosen] = 0.0
        chances = weights * np.maximum(gaps, 0.0)
        if not chances.any():  # what is left differs by rounding only
            chances = np.ones(len(points))
            chances[chosen] = 0.0
    return points[chosen]


def _middles(points: Singles, weights: Weights, labels: Places, clusters: int) -> Singles:
    members = np.zeros((clusters, len(points)), dtype=np.float32)
    members[labels, np.arange(len(points))] = weights
    return np.asarray(members @ points / members.sum(axis=1, keepdims=True))


def _fill_empty(labels: Places, gaps: Singles, clusters: int) -> None:
    """Give each empty cluster the row that lies farthest from its centre, in place."""
    sizes = np.bincount(labels, minlength=clusters)
    for empty in np.flatnonzero(sizes == 0).tolist():
        far = int(np.where(sizes[labels] > 1, gaps, -1.0).argmax())
        sizes[labels[far]] -= 1
        labels[far], gaps[far], sizes[empty] = empty, 0.0, 1


def by_first_row(labels: Places) -> Places:
    """Return the same clusters, numbered in the order in which they appear."""
    _, first, turn = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[turn.reshape(-1)], dtype=np.int64)
