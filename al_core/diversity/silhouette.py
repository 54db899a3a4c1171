"""How many clusters there are, by the mean silhouette (Rousseeuw, 1987)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .distances import Places, Singles, squared_norms
from .kmeans import Distinct, by_first_row, nearest_centres

FEWEST, MOST = 2, 15
SAMPLE_ROWS = 5000

_BLOCK = 512
_RUNS = 3  # of k-means for each number of clusters; all are tried
_DIGITS = 6  # equal silhouettes go to the smaller number


def natural_clusters(points: Singles, rng: np.random.Generator) -> Places:
    """Return the clusters, 2 to 15 of them, whose rows are most clearly told apart.

    Above 5000 rows the number and the first centres come from a sample.

    Args:
        points: float32 (N, d), all finite and about the origin.
        rng: Draws the sample and the centres.

    Returns:
        int64 (N,), numbered by the lowest row of each cluster; all 0 with fewer than three
        different rows.
    """
    sample = points
    if len(points) > SAMPLE_ROWS:
        sample = points[np.sort(rng.choice(len(points), SAMPLE_ROWS, replace=False))]
    distinct = Distinct.of(sample)
    numbers = range(FEWEST, min(MOST, len(distinct.points) - 1) + 1)
    if not numbers:
        return np.zeros(len(points), dtype=np.int64)
    found = [distinct.clusters(number, rng, _RUNS) for number in numbers]
    best = found[int(np.round(silhouettes(sample, found), _DIGITS).argmax())]
    if len(sample) == len(points):
        return best
    middles = [sample[best == place].mean(axis=0) for place in range(int(best.max()) + 1)]
    return by_first_row(nearest_centres(points, np.stack(middles).astype(np.float32))[0])


def silhouettes(points: Singles, clusterings: Sequence[Places]) -> NDArray[np.float64]:
    """Return the mean silhouette of each clustering.

    Args:
        points: float32 (N, d); the time grows with N².
        clusterings: int64 (N,) each, clusters from 0, at least two and none empty.

    Returns:
        float64, one each, -1 to 1; a row that is alone in its cluster counts 0.
    """
    norms = squared_norms(points)
    members = [np.eye(labels.max() + 1, dtype=np.float32)[labels] for labels in clusterings]
    sums = np.zeros(len(clusterings))
    for start in range(0, len(points), _BLOCK):
        part = slice(start, start + _BLOCK)
        gaps = norms[part, None] + norms - 2 * (points[part] @ points.T)
        np.sqrt(np.maximum(gaps, 0.0, out=gaps), out=gaps)
        gaps[np.arange(len(gaps)), np.arange(start, start + len(gaps))] = 0.0
        for place, labels in enumerate(clusterings):
            sums[place] += _widths(gaps @ members[place], labels[part], labels).sum()
    return sums / max(len(points), 1)


def _widths(sums: Singles, own: Places, labels: Places) -> NDArray[np.float64]:
    """Return the silhouettes of some rows.

    Args:
        sums: float32 (n, C) their distances to the rows of each cluster, added up.
        own: int64 (n,) their clusters.
        labels: int64 (N,) the clusters of all rows.
    """
    sizes = np.bincount(labels, minlength=sums.shape[1])
    rows = np.arange(len(own))
    inside = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    outside = sums / sizes
    outside[rows, own] = np.inf
    other = outside.min(axis=1)
    wider = np.maximum(inside, other)
    widths = np.zeros(len(own))
    np.divide(other - inside, wider, out=widths, where=(wider > 0) & (sizes[own] > 1))
    return widths
