"""How unsure a network is of the tags of a whole tile, by the letter on LL, TPD and MGE.

Möllenbrok, Sumbul and Demir, “Deep active learning for multi-label classification of remote
sensing images” (2023); the numbers of equations are theirs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

PRESENT = 0.5  # a class of this probability counts as predicted


def tpd(p_now: ArrayLike, p_before: ArrayLike) -> Floats:
    """Return the temporal discrepancy of the predictions (eq. 5).

    Args:
        p_now: (N, C) probabilities by the network.
        p_before: (N, C) by the network of the round before.

    Returns:
        float64 (N,) Euclidean distances, 0 to √C.
    """
    steps = np.asarray(p_now, dtype=np.float64) - np.asarray(p_before, dtype=np.float64)
    return np.asarray(np.sqrt(np.square(steps).sum(axis=-1)))


def mge(p: ArrayLike, h: ArrayLike, bias: bool = True) -> Floats:  # noqa: FBT001, FBT002 - as published
    """Return the magnitude of the approximated gradient embedding (eq. 6 and 7).

    The gradient of the binary cross-entropy with respect to the last layer, if the prediction
    were true, is (p - ŷ) ⊗ (h, 1); its length needs neither the product nor autograd.

    Args:
        p: (N, C) probabilities; a class is predicted from 0.5.
        h: (N, d) inputs of the last layer.
        bias: Whether the layer has a bias, whose gradient counts too.

    Returns:
        float64 (N,), at most √C / 2 · √(|h|² + 1).
    """
    values = np.asarray(p, dtype=np.float64)
    return gradient_lengths(values - (values >= PRESENT), h, bias=bias)


def gradient_lengths(residuals: ArrayLike, features: ArrayLike, *, bias: bool = True) -> Floats:
    """Return the length of residual ⊗ (feature, 1) of each row.

    Args:
        residuals: (N, C).
        features: (N, d) inputs of the last layer.
        bias: Whether the 1 is there.

    Returns:
        float64 (N,).
    """
    left, right = (
        np.einsum("nk,nk->n", part, part, dtype=np.float64)
        for part in (np.asarray(residuals), np.asarray(features))
    )
    return np.asarray(np.sqrt(left * (right + bias)))


def learning_loss(predicted: ArrayLike, true: ArrayLike, margin: float = 1.0) -> float:
    """Return how badly predicted losses put pairs of tiles in order (eq. 2).

    Args:
        predicted: (P, 2) predicted losses, in any unit.
        true: (P, 2) true losses; a pair of equal ones costs the margin.
        margin: ξ, by how much the predictions of a pair should differ.

    Returns:
        The mean over the pairs; 0 without any.
    """
    said, known = (np.asarray(pair, dtype=np.float64).reshape(-1, 2) for pair in (predicted, true))
    if not len(said):
        return 0.0
    order = np.sign(known[:, 0] - known[:, 1])
    return float(np.maximum(0.0, margin - order * (said[:, 0] - said[:, 1])).mean())
