"""The worst of each cluster among the worst of all, by the letter on LL, TPD and MGE.

Möllenbrok, Sumbul and Demir, “Deep active learning for multi-label classification of remote
sensing images” (2023), section II-B.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .distances import Places, centred
from .kmeans import kmeans


def cluster_pick(
    features: ArrayLike,
    scores: ArrayLike,
    count: int,
    multiple: int,
    rng: np.random.Generator,
) -> Places:
    """Return rows of high score that differ from each other.

    Of the `multiple`·`count` rows of highest score `count` clusters are made, and the row of
    highest score is taken from each. Where there are fewer different rows than clusters, the
    rest goes by score.

    Args:
        features: (N, d), what the clusters are made by.
        scores: (N,), higher for rows that are needed more.
        count: How many to return.
        multiple: m, how many times as many are looked at; 1 takes the highest scores.
        rng: Draws the first centres.

    Returns:
        int64 (≤ count,), best first, ties to the lowest row; never a row of which the score
        or a feature is not finite.
    """
    table, values = np.asarray(features), np.asarray(scores, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(values) & np.isfinite(table).all(axis=1))
    ranked = known[np.argsort(-values[known], kind="stable")]
    among = ranked[: max(multiple, 1) * max(count, 0)]
    if among.size <= count:
        return among
    clusters = kmeans(centred(table, among), count, rng)
    _, best = np.unique(clusters, return_index=True)  # the first of each: `among` is ranked
    rest = np.setdiff1d(np.arange(among.size), best)[: count - best.size]
    return np.asarray(among[np.sort(np.concatenate([best, rest]))])
