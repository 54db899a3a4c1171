"""The windows of tiles, read in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..coords import Window
from ..geo.pipeline import Prefetcher
from ..models import NetworkInputs, OpenImages
from ..progress import Progress, checkpoint


@dataclass(frozen=True, eq=False)
class TileBatch:
    """Windows of n tiles.

    `ids` is int64 (n,); `pixels` float32 (n, B, T, T); `valid` bool (n, T, T); `cores`
    are the tiles' cores counted from the corners of their windows.
    """

    ids: NDArray[np.int64]
    pixels: NDArray[np.float32]
    valid: NDArray[np.bool_]
    cores: tuple[Window, ...]


def tile_batches(
    inputs: NetworkInputs, ids: NDArray[np.int64], batch_size: int
) -> Iterator[TileBatch]:
    """Read the windows of tiles; to be run through by one thread.

    Args:
        inputs: Images and tiles.
        ids: (N,) tile ids, in the order in which they come.
        batch_size: Tiles in a batch; the last may be smaller.

    Raises:
        RasterError: An image is gone or can no longer be read.
    """
    with OpenImages(inputs) as images:
        for start in range(0, len(ids), batch_size):
            yield _read(inputs, images, ids[start : start + batch_size])


def watched_batches(
    inputs: NetworkInputs, ids: NDArray[np.int64], batch_size: int, progress: Progress
) -> Iterator[TileBatch]:
    """Yield the batches of tiles while the next ones are read; a cancel is heard at each.

    Args:
        inputs: Images and tiles.
        ids: (N,) tile ids.
        batch_size: Tiles in a batch.
        progress: Hears of every batch.

    Raises:
        RasterError: An image is gone.
        Cancelled: The user cancelled.
    """
    done = 0
    with Prefetcher(tile_batches(inputs, ids, batch_size)) as ahead:
        for batch in ahead:
            checkpoint(progress, done / len(ids), f"Looking at tile {done + 1} of {len(ids)}")
            yield batch
            done += len(batch.ids)


def bounds(cores: tuple[Window, ...]) -> Window:
    """Return the smallest window that holds all cores, to spare work on the halo."""
    row, col = min(core.row for core in cores), min(core.col for core in cores)
    bottom = max(core.row + core.height for core in cores)
    right = max(core.col + core.width for core in cores)
    return Window(row, col, bottom - row, right - col)


def _read(inputs: NetworkInputs, images: OpenImages, ids: NDArray[np.int64]) -> TileBatch:
    side = inputs.settings.tile_size_px
    pixels = np.empty((len(ids), inputs.bands, side, side), dtype=np.float32)
    valid = np.empty((len(ids), side, side), dtype=np.bool_)
    cores = []
    for place, tile_id in enumerate(ids.tolist()):
        window = inputs.window(tile_id)
        pixels[place], valid[place] = images.read(int(inputs.tiles.image[tile_id]), window)
        cores.append(inputs.tiles.core(tile_id).relative_to(window))
    return TileBatch(ids, pixels, valid, tuple(cores))
