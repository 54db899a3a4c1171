"""The keys of earlier batches, which a query is compared with."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

MOST_KEYS = 4096


class KeyQueue:
    """The last K keys, float32 (K, d) of length 1; random ones until enough have come."""

    def __init__(self, count: int, width: int, seed: int, device: torch.device) -> None:
        """Fill the queue with random directions."""
        generator = torch.Generator().manual_seed(seed)
        keys = torch.randn((count, width), generator=generator)
        self.keys: Tensor = functional.normalize(keys, dim=1).to(device)
        self.place = 0  # where the next key goes

    @torch.no_grad()
    def push(self, keys: Tensor) -> None:
        """Put keys, float (n, d) with n ≤ K, in the place of the oldest."""
        places = (torch.arange(len(keys), device=self.keys.device) + self.place) % len(self.keys)
        self.keys[places] = keys.to(self.keys.dtype)
        self.place = (self.place + len(keys)) % len(self.keys)

    def spread(self) -> float:
        """Return how far the keys spread: 1 evenly over all directions, 0 if all are the same.

        It is the standard deviation a dimension, over the 1/√d of an even spread.
        """
        found = self.keys.std(dim=0).mean() * self.keys.shape[1] ** 0.5
        return float(found)


def queue_length(tiles: int, batch_size: int, wanted: int = 0) -> int:
    """Return how many keys to keep: whole batches, and of half the tiles at most.

    A longer queue would hold other views of the tile that is looked at, as if they were of
    another one.

    Args:
        tiles: N; at least twice the batch.
        batch_size: B.
        wanted: 0 leaves it to the rule, min(4096, N / 2).
    """
    longest = max(tiles // 2, batch_size)
    count = min(wanted or MOST_KEYS, longest)
    return max(count // batch_size, 1) * batch_size
