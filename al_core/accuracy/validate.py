"""Accuracy over the labelled pixels of tiles that training never reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from .metrics import confusion

Mask = NDArray[np.uint8]


def tiles_confusion(
    predictions: Iterable[tuple[int, Mask]], read_labels: Callable[[int], Mask], classes: int
) -> NDArray[np.int64]:
    """Return the confusion of predicted tiles with their labels.

    Args:
        predictions: Tile id and class index of each core pixel, as uint8 (h, w).
        read_labels: Returns the labels of a tile's core, such as `LabelStore.read`.
        classes: K.

    Returns:
        int64 (K, K), rows truth, columns prediction.
    """
    total = np.zeros((classes, classes), dtype=np.int64)
    for tile_id, predicted in predictions:
        total += confusion(read_labels(tile_id), predicted, classes)
    return total
