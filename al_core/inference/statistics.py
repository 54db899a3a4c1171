"""The statistics of the tiles in a batch, computed on the device (METHODS 1.2, 8.1)."""

from __future__ import annotations

import torch
from torch import Tensor

_TOP_PART = 5


def batch_statistics(logits: Tensor, mask: Tensor) -> dict[str, Tensor]:
    """Return the sums of each tile over its masked pixels.

    Args:
        logits: float32 (n, K, h, w).
        mask: bool (n, h, w), the pixels that count.

    Returns:
        By name of a column of PoolStatistics: tensors (n,) or (n, K) on the device.
    """
    flat = logits.float().flatten(2).contiguous()  # (n, K, P): fastest with the pixels last
    counted = mask.flatten(1)
    logp = flat.log_softmax(dim=1)
    p = logp.exp()
    entropy = -(p * logp).sum(dim=1) * counted
    first, place = p.max(dim=1)
    second = p.scatter(1, place.unsqueeze(1), -1.0).amax(dim=1)
    ones = counted.float()
    sums = torch.bmm(p, torch.stack((entropy, ones), dim=2))  # (n, K, 2)
    return {
        "n": counted.sum(dim=1),
        "sum_entropy": entropy.sum(dim=1),
        "sum_entropy_p": sums[..., 0],
        "sum_p": sums[..., 1],
        "histogram": torch.zeros_like(p[..., 0]).scatter_add(1, place, ones).long(),
        "sum_margin": ((first - second) * ones).sum(dim=1),
        "sum_least_confidence": ((1 - first) * ones).sum(dim=1),
        "top20_entropy": _mean_of_top(entropy, counted),
    }


def head_gradients(logits: Tensor, mask: Tensor, inputs: Tensor) -> Tensor:
    """Return the mean gradient of the head's weights if the prediction were the truth.

    Args:
        logits: float32 (n, K, h, w).
        mask: bool (n, h, w), the pixels that count.
        inputs: float (n, c, h, w), what the head's convolution is given.

    Returns:
        float32 (n, K·c), the mean of (one-hot of the prediction - p) times the inputs; 0 for
        a tile without pixels.
    """
    flat = logits.float().flatten(2)  # (n, K, P)
    counted = mask.flatten(1)
    surplus = -flat.softmax(dim=1)
    surplus.scatter_add_(1, flat.argmax(dim=1, keepdim=True), torch.ones_like(flat[:, :1]))
    surplus *= counted.unsqueeze(1)
    sums = torch.bmm(surplus, inputs.float().flatten(2).transpose(1, 2))  # (n, K, c)
    return sums.flatten(1) / counted.sum(dim=1, keepdim=True).clamp(min=1)


def discrepancy(p: Tensor, before: Tensor, mask: Tensor) -> Tensor:
    """Return how far the probabilities of two networks lie apart (TPD).

    Args:
        p: float32 (n, C, P), of the classes that both know.
        before: float32 (n, C, P), by the other network.
        mask: bool (n, P), the pixels that count.

    Returns:
        float32 (n,), the sum over the pixels of the Euclidean distance.
    """
    distances = (p - before).square().sum(dim=1).sqrt()
    return (distances * mask).sum(dim=1)


def _mean_of_top(entropy: Tensor, counted: Tensor) -> Tensor:
    """Return (n,) the mean of the highest fifth; 0 for a tile without pixels.

    Pixels that do not count have entropy 0 here, so they never come before one that does.
    """
    most = -(-entropy.shape[1] // _TOP_PART)
    taken = -(-counted.sum(dim=1, keepdim=True) // _TOP_PART)  # (n, 1)
    highest = entropy.topk(most, dim=1).values
    highest = highest * (torch.arange(most, device=entropy.device) < taken)
    return highest.sum(dim=1) / taken.squeeze(1).clamp(min=1)
