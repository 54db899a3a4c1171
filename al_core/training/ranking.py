"""The loss of the network that ranks windows or tiles by their loss."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def pair_loss(ranks: Tensor, losses: Tensor, margin: float) -> Tensor:
    """Return the loss of predicted ranks over pairs of a batch.

    Equations 2 and 3 of the letter by Möllenbrok, Sumbul and Demir (IEEE GRSL 2023). The batch
    comes in random order, so the first half is paired with the second, mirrored; of an odd number
    the one in the middle has no partner. A tie costs the margin.

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


@torch.no_grad()
def window_losses(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return the cross-entropy of each window, averaged over its labelled pixels.

    Args:
        logits: float (N, K, H, W).
        labels: int64 (N, H, W); what is not below K is ignored.

    Returns:
        float32 (N,), 0 for a window without labelled pixels, and bool (N,), whether it has any.
    """
    known = labels < logits.shape[1]
    truth = torch.where(known, labels, 0)
    losses = functional.cross_entropy(logits.float(), truth, reduction="none") * known
    counts = known.sum(dim=(1, 2))
    return losses.sum(dim=(1, 2)) / counts.clamp(min=1), counts > 0
