"""The network that learns, beside another one, which tiles have the higher loss.

After Yoo and Kweon, “Learning loss for active learning” (2019), as Möllenbrok, Sumbul and Demir use
it for several labels a tile (IEEE GRSL 2023).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

LEVELS = 4  # of the encoder, that the loss network looks at
LOSS_WIDTH = 128


class LossNetwork(nn.Module):
    """Says how high the loss of a tile is, beside other tiles: a number without unit."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        """Build the layers with random weights.

        Args:
            widths: Channels of the levels of the encoder that it looks at.
        """
        super().__init__()
        self.widths = widths
        self.levels = nn.ModuleList(nn.Linear(width, LOSS_WIDTH) for width in widths)
        # No ReLU at the end: it would take the gradient from half of the pairs.
        self.last = nn.Linear(LOSS_WIDTH * len(widths), 1)

    def forward(self, pooled: Tensor) -> Tensor:
        """Return float (N,) for float (N, sum of widths), the pooled levels side by side."""
        parts = torch.split(pooled, list(self.widths), dim=1)
        hidden = [
            functional.relu(layer(part)) for layer, part in zip(self.levels, parts, strict=True)
        ]
        found: Tensor = self.last(torch.cat(hidden, dim=1)).squeeze(1)
        return found
