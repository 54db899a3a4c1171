"""A small network that sees a pixel and its near surroundings, trained in seconds.

Where a pixel is a field or a stand of trees, as at 10 to 30 m, colour and texture nearby say
nearly all there is to say; a deep encoder then costs a hundred times more and needs more labels.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

LOCAL = "local"  # as the name of an encoder
WIDTHS_PX = (5, 15)
HIDDEN = 64


class LocalStatistics(nn.Module):
    """The bands, and their mean and standard deviation in windows; nothing here is trained."""

    def __init__(self, in_channels: int) -> None:
        """Prepare for so many bands."""
        super().__init__()
        self.out_channels = in_channels * (1 + 2 * len(WIDTHS_PX))

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """Return the statistics as the only feature map.

        Args:
            pixels: float (N, B, H, W), normalised.

        Returns:
            One tensor (N, 5·B, H, W).
        """
        maps = [pixels]
        for width in WIDTHS_PX:
            mean = _mean(pixels, width)
            maps += [mean, (_mean(pixels**2, width) - mean**2).clamp(min=1e-4).sqrt()]
        return [torch.cat(maps, dim=1)]


class PixelLayers(nn.Module):
    """Two layers that look at every pixel by itself."""

    def __init__(self, in_channels: int) -> None:
        """Build the layers with random weights."""
        super().__init__()
        # Matrix products over the pixels: twice as fast on a CPU as convolutions of one pixel.
        self.layers = nn.Sequential(
            nn.Linear(in_channels, HIDDEN, bias=False),
            nn.BatchNorm1d(HIDDEN),
            nn.ReLU(inplace=True),
            nn.Linear(HIDDEN, HIDDEN, bias=False),
            nn.BatchNorm1d(HIDDEN),
            nn.ReLU(inplace=True),
        )

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Return (N, 64, H, W) for the last of the feature maps."""
        pixels = features[-1].permute(0, 2, 3, 1)  # (N, H, W, C)
        hidden: Tensor = self.layers(pixels.reshape(-1, pixels.shape[-1]))
        return hidden.view(*pixels.shape[:-1], HIDDEN).permute(0, 3, 1, 2)


def _mean(pixels: Tensor, width: int) -> Tensor:
    """Return the mean in a square window; beyond the edge only what is there counts.

    One direction after the other: 2·width additions a pixel instead of width².
    """
    half = width // 2
    rows = functional.avg_pool2d(pixels, (width, 1), 1, (half, 0), count_include_pad=False)
    return functional.avg_pool2d(rows, (1, width), 1, (0, half), count_include_pad=False)
