"""The classic measures of how unsure a prediction is."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .entropy import FloatArray, as_float, entropy


def margin(p: ArrayLike, axis: int = -1) -> FloatArray:
    """Return the first minus the second probability; small means unsure.

    Args:
        p: Array of any shape; at least two class probabilities along `axis`.
        axis: The axis of the classes.

    Returns:
        The shape of `p` without `axis`; 0 to 1.
    """
    ordered = np.partition(as_float(p), -2, axis=axis)
    first, second = np.take(ordered, -1, axis=axis), np.take(ordered, -2, axis=axis)
    return np.asarray(first - second)


def least_confidence(p: ArrayLike, axis: int = -1) -> FloatArray:
    """Return one minus the first probability; large means unsure.

    Args:
        p: Array of any shape; class probabilities along `axis`.
        axis: The axis of the K classes.

    Returns:
        The shape of `p` without `axis`; 0 to 1 - 1/K.
    """
    return np.asarray(1.0 - as_float(p).max(axis=axis))


def bald(p_passes: ArrayLike, axis: int = -1) -> FloatArray:
    """Return what the passes of a stochastic network disagree about, H(mean p) - mean H(p).

    Args:
        p_passes: (T, …) class probabilities of T passes, the classes along `axis`.
        axis: The axis of the K classes, not the first.

    Returns:
        The shape of `p_passes` without its first axis and without `axis`; nats, at least 0.
    """
    passes = as_float(p_passes)
    axis = axis % passes.ndim
    together = entropy(passes.mean(axis=0), axis=axis - 1)
    apart = entropy(passes, axis=axis).mean(axis=0)
    return np.asarray(np.maximum(together - apart, 0.0))
