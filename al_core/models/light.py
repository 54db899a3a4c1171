"""A decoder with few weights, for an encoder that stays as it was pretrained.

Every feature map of the encoder, and the statistics of the bands, go through one layer at the
map's own resolution and are added up; a second layer sees the sum. An eighth of a U-Net's time a
step, and with few labels there is less to learn.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from .local import LocalStatistics

WIDTH = 64
LIGHT_OUT = 32


class LightDecoder(nn.Module):
    """Adds up the maps of an encoder, half as fine as the image."""

    def __init__(self, channels: Sequence[int]) -> None:
        """Build the layers with random weights.

        Args:
            channels: Of the image and of each feature map; every map is half the one before.
        """
        super().__init__()
        self.statistics = LocalStatistics(channels[0])
        inputs = [self.statistics.out_channels, *channels[1:]]
        self.maps = nn.ModuleList(_layer(count, WIDTH) for count in inputs)
        self.last = nn.Sequential(*_layer(WIDTH, LIGHT_OUT), nn.ReLU(inplace=True))

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Return (N, 32, H, W) for the image (N, B, H, W) and its feature maps."""
        image, *maps = features
        # Statistics of the halved image reach twice as far, at a quarter of the cost.
        near = self.statistics(functional.avg_pool2d(image, 2))[-1]
        total: Tensor = self.maps[-1](maps[-1])
        for layer, values in zip(reversed(self.maps[1:-1]), reversed(maps[:-1]), strict=True):
            total = layer(values) + _resized(total, values)
        hidden: Tensor = self.last(functional.relu(total + self.maps[0](near)))
        return _resized(hidden, image)


def _layer(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))


def _resized(values: Tensor, like: Tensor) -> Tensor:
    """Return a map at the height and width of another one."""
    return functional.interpolate(values, size=like.shape[-2:], mode="bilinear")
