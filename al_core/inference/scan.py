"""One pass of the network over tiles: statistics for queries, classes for validation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..coords import Window
from ..geo.pipeline import Prefetcher
from ..legend import UNLABELLED
from ..models import NetworkInputs
from ..progress import Progress, checkpoint
from ..scoring.pool import PoolStatistics
from .forward import Forward
from .statistics import batch_statistics
from .windows import TileBatch, tile_batches

Mask = NDArray[np.uint8]


def scan_tiles(
    forward: Forward,
    inputs: NetworkInputs,
    ids: NDArray[np.int64],
    read_labels: Callable[[int], Mask],
    batch_size: int,
    progress: Progress,
) -> PoolStatistics:
    """Return one row of statistics for each tile.

    What counts are the pixels of a tile's core that hold data and have no label.

    Args:
        forward: The network.
        inputs: Images and tiles.
        ids: (N,) tiles to look at; ascending order reads a file front to back.
        read_labels: Returns the mask of a tile's core; called in this thread.
        batch_size: Tiles at a time; the result does not depend on it beyond rounding.
        progress: Hears of every batch.

    Raises:
        RasterError: An image is gone.
        Cancelled: The user cancelled.
    """
    columns: dict[str, list[NDArray[np.generic]]] = {}
    for batch, logits, features in _passes(forward, inputs, ids, batch_size, progress):
        mask = batch.valid & _unlabelled(batch, read_labels)
        part = _bounds(batch.cores)
        inside = torch.from_numpy(mask[:, part.rows, part.cols]).to(forward.device)
        rows = batch_statistics(logits[:, :, part.rows, part.cols], inside)
        rows["features"] = features.half().cpu()
        for name, row in rows.items():
            columns.setdefault(name, []).append(row.numpy())
    if not columns:
        return PoolStatistics.unscanned(ids, forward.classes)
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    return PoolStatistics(tile_ids=ids, model_hash=forward.model_hash, **joined)


def predict_tiles(
    forward: Forward,
    inputs: NetworkInputs,
    ids: NDArray[np.int64],
    batch_size: int,
    progress: Progress,
) -> Iterator[tuple[int, Mask]]:
    """Yield the predicted classes of each tile's core.

    Args:
        forward: The network.
        inputs: Images and tiles.
        ids: (N,) tiles.
        batch_size: Tiles at a time.
        progress: Hears of every batch.

    Yields:
        Tile id, and uint8 (core height, core width): class index, UNLABELLED where the
        image has no data.

    Raises:
        RasterError: An image is gone.
        Cancelled: The user cancelled.
    """
    for batch, logits, _ in _passes(forward, inputs, ids, batch_size, progress):
        classes = logits.argmax(dim=1).to(torch.uint8).cpu().numpy()
        classes[~batch.valid] = UNLABELLED
        for tile_id, core, tile in zip(batch.ids.tolist(), batch.cores, classes, strict=True):
            yield tile_id, tile[core.rows, core.cols]


def _passes(
    forward: Forward,
    inputs: NetworkInputs,
    ids: NDArray[np.int64],
    batch_size: int,
    progress: Progress,
) -> Iterator[tuple[TileBatch, Tensor, Tensor]]:
    """Run the network over tiles while the next ones are read."""
    size = forward.batch_size(batch_size, inputs.settings.tile_size_px)
    done = 0
    with Prefetcher(tile_batches(inputs, ids, size)) as ahead:
        for batch in ahead:
            checkpoint(progress, done / len(ids), f"Looking at tile {done + 1} of {len(ids)}")
            yield batch, *forward.run(batch.pixels)
            done += len(batch.ids)


def _unlabelled(batch: TileBatch, read_labels: Callable[[int], Mask]) -> NDArray[np.bool_]:
    """Return bool (n, T, T), the unlabelled pixels of the cores."""
    result = np.zeros(batch.valid.shape, dtype=np.bool_)
    for place, (tile_id, core) in enumerate(zip(batch.ids.tolist(), batch.cores, strict=True)):
        result[place, core.rows, core.cols] = read_labels(tile_id) == UNLABELLED
    return result


def _bounds(cores: tuple[Window, ...]) -> Window:
    """Return the smallest window that holds all cores, to spare work on the halo."""
    row, col = min(core.row for core in cores), min(core.col for core in cores)
    bottom = max(core.row + core.height for core in cores)
    right = max(core.col + core.width for core in cores)
    return Window(row, col, bottom - row, right - col)
