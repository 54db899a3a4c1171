"""The losses of whole tiles, and of the network that ranks them."""

from __future__ import annotations

import torch
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


def pair_loss(ranks: Tensor, losses: Tensor, margin: float) -> Tensor:
    """Return the loss of predicted ranks over pairs of a batch (equations 2 and 3).

    The batch comes in random order, so the first half is paired with the second, mirrored; of
    an odd number the one in the middle has no partner. A tie costs the margin.

    Args:
        ranks: float (N,), predicted.
        losses: float (N,), true; no gradient flows into them.
        margin: ξ.

    Returns:
        A float32 scalar, the mean over the pairs; 0 for a single tile.
    """
    pairs = len(ranks) // 2
    if not pairs:
        return ranks.float().sum() * 0
    order = torch.sign((losses - losses.flip(0))[:pairs].detach().float())
    gaps = (ranks - ranks.flip(0))[:pairs].float()
    return functional.relu(margin - order * gaps).mean()
