"""The statistics of whole tiles: what a scan leaves behind where a label belongs to a tile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..config import Averaging, Task
from .entropy import entropy
from .passes import Floats, certainty, pass_certainty, pass_disagreement
from .pool import PoolStatistics
from .tags import PRESENT, tpd
from .uncertainty import margin


@dataclass(frozen=True, eq=False)
class TagLook:
    """What networks say of N whole tiles; None was not asked for.

    Attributes:
        p: (N, K) probabilities; those of scenes sum to 1.
        features: (N, d) inputs of the last layer.
        passes: (T, N, K) logits of T passes with dropout.
        p_before: (N, K) probabilities by the network of the round before; NaN for a class
            that it does not know.
        predicted_loss: (N,) by the loss network.
        model_hash: The network.
        before_hash: That of the round before; "" if it was asked for and there is none.
    """

    p: ArrayLike
    features: ArrayLike
    passes: ArrayLike | None = None
    p_before: ArrayLike | None = None
    predicted_loss: ArrayLike | None = None
    model_hash: str = ""
    before_hash: str | None = None


def tagged_statistics(
    tile_ids: ArrayLike, look: TagLook, task: Task, average: Averaging = Averaging.LOGITS
) -> PoolStatistics:
    """Return one row a tile, each of one look as if a tile were one pixel.

    Args:
        tile_ids: int (N,).
        look: What the network says.
        task: Scenes or tags. The entropies of tags are those of each class by itself.
        average: What is averaged over the passes for the certainty.
    """
    p = np.asarray(look.p, dtype=np.float64)
    terms = class_entropies(p, task)
    total = terms.sum(axis=1)
    unasked = np.full(len(p), np.nan)
    passes = look.passes
    return PoolStatistics(
        tile_ids=np.asarray(tile_ids),
        n=np.ones(len(p), dtype=np.int64),
        sum_entropy=total,
        sum_entropy_p=terms,
        sum_p=p,
        histogram=predicted_tags(p, task).astype(np.int64),
        sum_margin=_margin(p, task),
        sum_least_confidence=1.0 - certainty(p, task),
        top20_entropy=total.astype(np.float32),
        features=np.asarray(look.features, dtype=np.float16),
        sum_bald=unasked if passes is None else pass_disagreement(passes, task),
        sum_certainty=unasked if passes is None else pass_certainty(passes, task, average),
        sum_discrepancy=unasked if look.p_before is None else _discrepancy(p, look.p_before),
        predicted_loss=unasked if look.predicted_loss is None else np.asarray(look.predicted_loss),
        residuals=residuals(p, task).astype(np.float32),
        model_hash=look.model_hash,
        before_hash=look.before_hash,
    )


def class_entropies(p: ArrayLike, task: Task) -> Floats:
    """Return what each class adds to the entropy.

    Args:
        p: (N, K) probabilities.
        task: Of scenes it is the entropy times the probability; of tags it is the entropy of
            yes or no.

    Returns:
        float64 (N, K) nats, at least 0.
    """
    values = np.asarray(p, dtype=np.float64)
    if task is Task.MULTILABEL:
        return np.asarray(entropy(np.stack([values, 1.0 - values], axis=-1)), dtype=np.float64)
    return np.asarray(entropy(values)[:, None] * values)


def tag_uncertainty(p: ArrayLike, task: Task) -> NDArray[np.float32]:
    """Return the entropy as a share of the highest there is, float32 (N,), 0 to 1.

    Args:
        p: (N, K) probabilities.
        task: Scenes or tags.
    """
    terms = class_entropies(p, task)
    classes = terms.shape[1]
    top = np.log(2) * classes if task is Task.MULTILABEL else np.log(max(classes, 2))
    shares = np.clip(terms.sum(axis=1) / top, 0.0, 1.0)
    return np.asarray(shares, dtype=np.float32)


def predicted_tags(p: ArrayLike, task: Task) -> NDArray[np.bool_]:
    """Return which classes a tile is predicted to show, bool (N, K).

    Args:
        p: (N, K) probabilities.
        task: Of scenes it is the most probable class, ties to the first; of tags each from 0.5.
    """
    values = np.asarray(p)
    if task is Task.MULTILABEL:
        return np.asarray(values >= PRESENT)
    first = values.argmax(axis=1)[:, None]
    return np.asarray(first == np.arange(values.shape[1]))


def residuals(p: ArrayLike, task: Task) -> Floats:
    """Return the probabilities less what they would be if the prediction were true.

    Args:
        p: (N, K) probabilities.
        task: Scenes or tags.

    Returns:
        float64 (N, K).
    """
    return np.asarray(np.asarray(p, dtype=np.float64) - predicted_tags(p, task))


def _margin(p: Floats, task: Task) -> Floats:
    if task is Task.MULTILABEL:
        return np.asarray(np.abs(2.0 * p - 1.0).mean(axis=1))
    return np.asarray(margin(p), dtype=np.float64)


def _discrepancy(p: Floats, before: ArrayLike) -> Floats:
    """Return the distance over the classes that both networks know, float64 (N,)."""
    known = np.asarray(before, dtype=np.float64)
    return tpd(p, np.where(np.isnan(known), p, known))
