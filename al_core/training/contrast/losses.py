"""The losses of contrastive learning: two views of a tile are alike, those of others are not."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def contrast_logits(query: Tensor, key: Tensor, queue: Tensor, temperature: float) -> Tensor:
    """Return how like each query is its own key, and the keys of other tiles.

    Args:
        query: float (N, d), of length 1.
        key: float (N, d), of length 1; row i is another view of the tile of query i.
        queue: float (K, d), of length 1; keys of other tiles.
        temperature: τ; small ones look at the most alike of the others alone.

    Returns:
        float (N, 1 + K), the own key first.
    """
    own = (query * key).sum(dim=1, keepdim=True)
    return torch.cat([own, query @ queue.T], dim=1) / temperature


def info_nce(query: Tensor, key: Tensor, queue: Tensor, temperature: float = 0.2) -> Tensor:
    """Return the loss of each query (van den Oord et al. 2018; He et al., MoCo, 2020).

    Args:
        query: float (N, d), of length 1.
        key: float (N, d), of length 1; row i is another view of the tile of query i.
        queue: float (K, d), of length 1; keys of other tiles.
        temperature: τ; 0.2 in MoCo v2, 0.07 in v1.

    Returns:
        float (N,), -log of the softmax of the own key.
    """
    logits = contrast_logits(query, key, queue, temperature)
    first = torch.zeros(len(logits), dtype=torch.long, device=logits.device)
    return functional.cross_entropy(logits, first, reduction="none")


def nt_xent(features: Tensor, partner: Tensor, temperature: float = 0.5) -> Tensor:
    """Return the loss of each view against all others of a batch (Chen et al., SimCLR, 2020).

    Args:
        features: float (2N, d), of length 1.
        partner: int64 (2N,), the row that holds the other view of the same tile.
        temperature: τ.

    Returns:
        float (2N,), -log of the softmax of the partner; a view is not compared with itself.
    """
    logits = features @ features.T / temperature
    itself = torch.eye(len(features), dtype=torch.bool, device=features.device)
    return functional.cross_entropy(
        logits.masked_fill(itself, -torch.inf), partner, reduction="none"
    )
