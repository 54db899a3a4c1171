"""The running average of the weights, which is what predicts."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class WeightAverage:
    """An exponential moving average of parameters and buffers.

    The decay grows with the number of updates, so that the random start is forgotten soon.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        """Start from the weights as they are."""
        self._decay = decay
        self._updates = 0
        self._source = _tensors(network)
        self._average = [tensor.detach().clone() for tensor in self._source]

    @torch.no_grad()
    def update(self) -> None:
        """Take the current weights in."""
        decay = min(self._decay, (1 + self._updates) / (10 + self._updates))
        for average, tensor in zip(self._average, self._source, strict=True):
            if average.is_floating_point():
                average.lerp_(tensor, 1 - decay)
            else:
                average.copy_(tensor)
        self._updates += 1

    @torch.no_grad()
    def apply(self) -> None:
        """Put the average into the network."""
        for average, tensor in zip(self._average, self._source, strict=True):
            tensor.copy_(average)


def _tensors(network: nn.Module) -> list[Tensor]:
    return [*network.parameters(), *network.buffers()]
