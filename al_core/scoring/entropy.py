"""Shannon entropy of class probabilities, exact at zero and stable for any logits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.floating[Any]]


def entropy(p: ArrayLike, axis: int = -1) -> FloatArray:
    """Return the Shannon entropy, with 0·log 0 = 0.

    Args:
        p: Array of any shape; probabilities along `axis` sum to 1.
        axis: The axis of the K classes.

    Returns:
        The shape of `p` without `axis`; nats, 0 to log(K). float32 stays float32.
    """
    probabilities = as_float(p)
    logs = np.log(probabilities, out=np.zeros_like(probabilities), where=probabilities > 0)
    return np.asarray(0.0 - np.sum(probabilities * logs, axis=axis))


def entropy_from_logits(z: ArrayLike, axis: int = -1) -> FloatArray:
    """Return the Shannon entropy of softmax(z) without ever taking log(0).

    Args:
        z: Array of any shape; logits along `axis`, -inf for an impossible class.
        axis: The axis of the K classes.

    Returns:
        The shape of `z` without `axis`; nats, 0 to log(K). float16 is computed in
        float32, where its entropy is useless otherwise.
    """
    logits = as_float(z)
    shifted = logits - logits.max(axis=axis, keepdims=True)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=axis, keepdims=True)
    log_p = shifted - np.log(total)
    terms = np.multiply(
        exponentials / total, log_p, out=np.zeros_like(log_p), where=exponentials > 0
    )
    return np.asarray(0.0 - np.sum(terms, axis=axis))


def as_float(values: ArrayLike) -> FloatArray:
    """Return the values as float32 if they are half or single precision, else float64."""
    array = np.asarray(values)
    single = array.dtype in (np.float16, np.float32)
    return array.astype(np.float32 if single else np.float64, copy=False)
