"""The loss over labelled pixels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ..legend import UNLABELLED


def segmentation_loss(logits: Tensor, labels: Tensor, dice_weight: float) -> Tensor | None:
    """Return cross-entropy plus weighted soft Dice over the labelled pixels of a batch.

    Both are taken over the batch as a whole, so a tile with five labelled pixels does not
    weigh as much as a full one. Dice is averaged over the classes that are present.

    Args:
        logits: float (N, K, H, W).
        labels: int64 (N, H, W); what is not below K is ignored.
        dice_weight: Weight of the Dice part.

    Returns:
        A float32 scalar, or None if no pixel is labelled.
    """
    known = labels < logits.shape[1]
    count = int(known.sum())
    if count == 0:
        return None
    truth = torch.where(known, labels, 0)
    weight = known.float()
    logp = functional.log_softmax(logits.float().contiguous(), dim=1)
    own = logp.gather(1, truth.unsqueeze(1)).squeeze(1)
    loss = -(own * weight).sum() / count
    if dice_weight > 0:
        loss = loss + dice_weight * _dice_loss(logp.exp(), own.exp(), truth, weight)
    return loss


def instability(logits: Tensor, before: Tensor, labels: Tensor) -> Tensor:
    """Return how far the prediction has moved where nobody has said what is right.

    Maps that change far from the strokes confuse the analyst (after DISCA, Lenczner et al.).

    Args:
        logits: float (N, K, H, W).
        before: float (N, K, H, W), logits of the network that training started from.
        labels: int64 (N, H, W); only the pixels that are UNLABELLED count.

    Returns:
        A float32 scalar, the mean of the L1 distance of the probabilities; 0 where all is
        labelled.
    """
    counted = (labels == UNLABELLED).float()
    moved = (logits.float().softmax(dim=1) - before.float().softmax(dim=1)).abs().sum(dim=1)
    return (moved * counted).sum() / counted.sum().clamp(min=1)


def _dice_loss(p: Tensor, own: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Return 1 - Dice averaged over present classes.

    Args:
        p: float32 (N, K, H, W) probabilities.
        own: float32 (N, H, W), those of the true class.
        truth: int64 (N, H, W).
        weight: float32 (N, H, W), 1 where labelled, else 0.
    """
    nothing = p.new_zeros(p.shape[1])
    hits = nothing.index_add(0, truth.flatten(), (own * weight).flatten())
    pixels = nothing.index_add(0, truth.flatten(), weight.flatten())
    predicted = (p * weight.unsqueeze(1)).sum(dim=(0, 2, 3))
    dice = (2 * hits + 1) / (predicted + pixels + 1)
    return 1 - dice[pixels > 0].mean()
