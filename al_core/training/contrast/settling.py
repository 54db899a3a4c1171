"""The statistics of an encoder's normalisations, taken anew from tiles as they are.

Those of training are of small views in other colours. Left as they are, an encoder that has learnt
well says little of whole tiles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from ...geo.pipeline import Prefetcher
from ...models import OpenImages, TaggingNetwork
from ...progress import Progress, checkpoint
from .batches import Ids, Pixels, Tiles

_TILES, _BATCH = 320, 32


@torch.no_grad()
def settle(
    network: TaggingNetwork, tiles: Tiles, device: torch.device, seed: int, progress: Progress
) -> None:
    """Replace the statistics of every batch normalisation of the encoder by those of tiles.

    Args:
        network: On the device; afterwards in eval mode.
        tiles: Of these 320 at most are looked at.
        device: Where.
        seed: Of which tiles.
        progress: Hears of every batch.

    Raises:
        RasterError: An image is gone.
        Cancelled: The user cancelled.
    """
    layers = [layer for layer in network.encoder.modules() if isinstance(layer, _BatchNorm)]
    momenta = [layer.momentum for layer in layers]
    network.eval()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # a plain average of all batches
        layer.train()
    try:
        _look(network, tiles, device, seed, progress)
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
        network.eval()


def _look(
    network: TaggingNetwork, tiles: Tiles, device: torch.device, seed: int, progress: Progress
) -> None:
    order = np.random.default_rng((seed, 2)).permutation(len(tiles))[:_TILES]
    parts = np.array_split(order, math.ceil(len(order) / _BATCH))  # each counts the same
    with Prefetcher(_pixels(tiles, parts)) as ahead:
        for number, pixels in enumerate(ahead):
            checkpoint(progress, number / len(parts), "Looking at whole tiles")
            network.pool(torch.from_numpy(pixels).to(device))


def _pixels(tiles: Tiles, parts: Sequence[Ids]) -> Iterator[Pixels]:
    with OpenImages(tiles.inputs) as images:
        for part in parts:
            yield tiles.read(part, images)
