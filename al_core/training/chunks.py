"""Chunks: a labelled tile with enough around it for every window cut from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..coords import Window
from ..legend import UNSURE
from ..models import OpenImages
from .data import TrainingData

MIN_SCALE = 0.75
CACHE_BYTES = 1 << 30


@dataclass(frozen=True, eq=False)
class Chunk:
    """A square of S pixels around a labelled tile.

    `pixels` is float16 (B, S, S), normalised, 0 where invalid; `labels` is uint8 (S, S),
    UNSURE where invalid; `core` and `extent` are the tile's core and the part inside
    the image, both counted from the chunk's corner.
    """

    pixels: NDArray[np.float16]
    labels: NDArray[np.uint8]
    core: Window
    extent: Window

    @property
    def bytes(self) -> int:
        """The memory that the arrays take."""
        return self.pixels.nbytes + self.labels.nbytes


def chunk_px(tile_size_px: int, halo_px: int) -> int:
    """Return S: room for a window moved by the halo, and for one seen at MIN_SCALE."""
    return max(tile_size_px + 2 * halo_px, math.ceil(tile_size_px / MIN_SCALE))


class ChunkReader:
    """Reads chunks; keeps as many as fit the budget, so that each is read once."""

    def __init__(
        self, data: TrainingData, images: OpenImages, budget_bytes: int = CACHE_BYTES
    ) -> None:
        """Hold nothing yet; `images` belongs to the thread that will read."""
        self._data = data
        self._images = images
        self._left = budget_bytes
        self._kept: dict[int, Chunk] = {}

    def read(self, tile_id: int) -> Chunk:
        """Return the chunk of a tile.

        Raises:
            RasterError: The image is gone or can no longer be read.
        """
        if tile_id in self._kept:
            return self._kept[tile_id]
        chunk = self._load(tile_id)
        if chunk.bytes <= self._left:
            self._left -= chunk.bytes
            self._kept[tile_id] = chunk
        return chunk

    def _load(self, tile_id: int) -> Chunk:
        inputs = self._data.inputs
        image = inputs.image(int(inputs.tiles.image[tile_id]))
        side = chunk_px(inputs.settings.tile_size_px, inputs.settings.halo_px)
        core = inputs.tiles.core(tile_id)
        window = Window(
            _start(core.row, core.height, side, image.height),
            _start(core.col, core.width, side, image.width),
            side,
            side,
        )
        pixels, valid = self._images.read(image.id, window)
        labels = self._data.labels_in(image.id, window)
        labels[~valid] = UNSURE  # nothing is known there, and nothing is wanted
        inside = window.intersection(Window(0, 0, image.height, image.width)) or window
        return Chunk(
            pixels.astype(np.float16), labels, core.relative_to(window), inside.relative_to(window)
        )


def _start(core: int, size: int, side: int, length: int) -> int:
    """Return where a chunk starts: the core in its middle, but inside the image if it can be."""
    return min(max(core + (size - side) // 2, 0), max(length - side, 0))
