"""The losses of whole tiles."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from ...legend import UNSURE


def tag_losses(logits: Tensor, states: Tensor, *, has_one_class: bool) -> Tensor:
    """Return the loss of each tile.

    Args:
        logits: float (N, K).
        states: int64 (N, K), 1 present, 0 absent, 254 not known.
        has_one_class: Cross-entropy of the one present class; else binary cross-entropy, summed
            over the classes that are known (equation 1 of the letter on LL, TPD and MGE).

    Returns:
        float32 (N,).
    """
    values = logits.float()
    if has_one_class:
        return functional.cross_entropy(values, (states == 1).float().argmax(1), reduction="none")
    known = states != UNSURE
    truth = (states == 1).float()
    losses = functional.binary_cross_entropy_with_logits(values, truth, reduction="none")
    return (losses * known).sum(dim=1)
