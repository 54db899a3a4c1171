"""The confusion matrix, from which every accuracy figure follows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def confusion(
    truth: NDArray[np.uint8], predicted: NDArray[np.uint8], classes: int
) -> NDArray[np.int64]:
    """Count pixels by true and predicted class.

    Args:
        truth: Class index of each pixel, any shape; unsure (254) and unlabelled (255)
            pixels do not count.
        predicted: Class index, same shape; 255 where the image has no data.
        classes: K.

    Returns:
        int64 (K, K), rows truth, columns prediction.

    Raises:
        ValueError: The shapes differ.
    """
    if truth.shape != predicted.shape:
        raise ValueError(f"truth is {truth.shape}, the prediction {predicted.shape}")
    known = (truth < classes) & (predicted < classes)
    pairs = truth[known].astype(np.int64) * classes + predicted[known]
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
