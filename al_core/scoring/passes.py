"""From logits of whole tiles to probabilities, over one pass or several with dropout."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..config import Averaging, Task
from .entropy import as_float
from .uncertainty import bald

Floats = NDArray[np.float64]


def probabilities(logits: ArrayLike, task: Task) -> Floats:
    """Return the probability of each class.

    Args:
        logits: (…, K).
        task: Of scenes the probabilities sum to 1; those of tags are independent.

    Returns:
        float64 (…, K).
    """
    z = as_float(logits).astype(np.float64)
    if task is Task.MULTILABEL:
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * z)))  # the sigmoid, which never overflows
    p = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(p / p.sum(axis=-1, keepdims=True))


def certainty(p: ArrayLike, task: Task) -> Floats:
    """Return how sure a prediction is.

    Args:
        p: (N, K) probabilities.
        task: Of scenes it is the highest probability, of tags the mean over the classes of
            that of the more likely answer.

    Returns:
        float64 (N,), up to 1.
    """
    values = np.asarray(p, dtype=np.float64)
    if task is Task.MULTILABEL:
        return np.asarray(np.maximum(values, 1.0 - values).mean(axis=-1))
    return np.asarray(values.max(axis=-1))


def pass_certainty(passes: ArrayLike, task: Task, average: Averaging = Averaging.LOGITS) -> Floats:
    """Return how sure a network with dropout is on average (MCFPS, arXiv 2405.13285).

    Args:
        passes: (T, N, K) logits of T passes.
        task: See `certainty`.
        average: What the mean is taken of; MCFPS takes it of the logits.

    Returns:
        float64 (N,), up to 1.
    """
    logits = as_float(passes).astype(np.float64)
    if average is Averaging.LOGITS:
        return certainty(probabilities(logits.mean(axis=0), task), task)
    return certainty(probabilities(logits, task).mean(axis=0), task)


def pass_disagreement(passes: ArrayLike, task: Task) -> Floats:
    """Return what the passes of a network with dropout disagree about (BALD).

    Args:
        passes: (T, N, K) logits of T passes.
        task: Of tags it is the sum over the classes of the disagreement about each.

    Returns:
        float64 (N,) nats, at least 0.
    """
    p = probabilities(passes, task)
    if task is Task.MULTILABEL:
        return np.asarray(bald(np.stack([p, 1.0 - p], axis=-1)).sum(axis=-1), dtype=np.float64)
    return np.asarray(bald(p), dtype=np.float64)
