"""Batches by k-means++ over gradients (BADGE).

After Ash et al., “Deep batch active learning by diverse, uncertain gradient lower bounds”
(2020). A gradient is residual ⊗ feature; distances come from the two factors, so that the
product is never made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .distances import Places, Singles, slack, squared_norms


def badge(
    residuals: ArrayLike, features: ArrayLike, count: int, rng: np.random.Generator
) -> Places:
    """Return rows with large and different gradients.

    Args:
        residuals: (N, K) one-hot of the prediction minus the probabilities, all finite.
        features: (N, d) what the last layer sees, all finite.
        count: How many to return.
        rng: Draws all but the first.

    Returns:
        int64 (≤ count,) in the order of choice: the longest gradient, ties to the lowest
        row, then each drawn in proportion to the squared distance from those chosen. Once
        all that is left coincides with a chosen row, the rest goes by descending length.
    """
    left, right = (np.asarray(part, dtype=np.float32) for part in (residuals, features))
    norms = squared_norms(left) * squared_norms(right)
    order: list[int] = []
    distances = np.full(norms.shape, np.inf)
    open_ = np.ones(len(left), dtype=np.bool_)
    least = slack(norms)
    while len(order) < min(count, len(left)):
        weights = np.where(open_ & (distances > least), distances, 0.0)
        if order and not weights.any():
            break
        pick = _drawn(weights, rng) if order else int(norms.argmax())
        order.append(pick)
        open_[pick] = False
        np.minimum(distances, _to(pick, left, right, norms), out=distances)
    longest = np.argsort(-norms, kind="stable")
    rest = longest[open_[longest]][: max(count, 0) - len(order)]
    return np.concatenate([np.array(order, dtype=np.int64), rest])


def _to(pick: int, left: Singles, right: Singles, norms: Singles) -> Singles:
    """Return the squared distance of every gradient to one of them, float32 (N,)."""
    gaps = (left @ left[pick]) * (right @ right[pick])
    return np.asarray(norms + norms[pick] - 2 * gaps)


def _drawn(weights: NDArray[np.float64], rng: np.random.Generator) -> int:
    total = weights.cumsum()
    return int(np.searchsorted(total, rng.random() * total[-1], side="right"))
