"""Confusion counts of both kinds: (K, K) over pixels, and (K, 2, 2) over tiles with tags."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .weights import Floats, iou, ratio

Counts = NDArray[np.int64]

_BY_TAG = 3  # axes: class, truth, prediction


def tag_confusion(truth: ArrayLike, predicted: ArrayLike) -> Counts:
    """Count for each class how often its tag was right.

    Args:
        truth: (N, K) 1 where a tile shows the class, 0 where not; any other value, such as
            “unsure”, is not counted.
        predicted: (N, K) 1 or True where the network says so.

    Returns:
        int64 (K, 2, 2) tiles: rows truth (absent, present), columns prediction.
    """
    states, said = np.asarray(truth), np.asarray(predicted).astype(np.bool_)
    cells = [[(states == row) & (said == col) for col in (False, True)] for row in (0, 1)]
    return np.asarray(np.array(cells).sum(axis=2, dtype=np.int64).transpose(2, 0, 1))


def class_scores(confusion: ArrayLike) -> Floats:
    """Return how well each class is known: its IoU over pixels, its F1 over tiles with tags.

    Args:
        confusion: (K, K) or (K, 2, 2), rows truth.

    Returns:
        float64 (K,), 0 to 1; NaN for a class that is neither there nor predicted.
    """
    counts = np.asarray(confusion, dtype=np.float64)
    return ratio(*hits_and_wholes(counts)) if counts_tiles(counts) else iou(counts)


def hits_and_wholes(confusion: ArrayLike) -> tuple[Floats, Floats]:
    """Return what `class_scores` is the ratio of.

    Args:
        confusion: (K, K) or (K, 2, 2), rows truth.

    Returns:
        float64 (K,) hits; float64 (K,) the union for pixels, and for tiles the mean of
        those that are tagged with the class and those predicted so.
    """
    counts = np.asarray(confusion, dtype=np.float64)
    if counts_tiles(counts):
        hits = counts[:, 1, 1]
        return hits, hits + (counts[:, 1, 0] + counts[:, 0, 1]) / 2
    return np.diag(counts), class_unions(counts).astype(np.float64)


def class_unions(confusion: ArrayLike) -> Counts:
    """Return in how many pixels, or tiles, truth or prediction names each class, int64 (K,).

    Args:
        confusion: (K, K) or (K, 2, 2), rows truth.
    """
    counts = np.asarray(confusion, dtype=np.int64)
    if counts_tiles(counts):
        return np.asarray(counts.sum(axis=(1, 2)) - counts[:, 0, 0])
    return np.asarray(counts.sum(axis=0) + counts.sum(axis=1) - np.diag(counts))


def truth_counts(confusion: ArrayLike) -> Counts:
    """Return how many pixels, or tiles, show each class, int64 (K,).

    Args:
        confusion: (K, K) or (K, 2, 2), rows truth.
    """
    counts = np.asarray(confusion, dtype=np.int64)
    return np.asarray(counts[:, 1].sum(axis=1) if counts_tiles(counts) else counts.sum(axis=1))


def counts_tiles(confusion: ArrayLike) -> bool:
    """Tell whether the counts are (K, 2, 2), of tiles with tags."""
    return np.ndim(confusion) == _BY_TAG
