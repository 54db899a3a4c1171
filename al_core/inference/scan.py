"""One pass of the network over tiles: statistics for queries, classes for validation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..legend import UNLABELLED
from ..models import NetworkInputs
from ..progress import Progress
from ..scoring.pool import PoolStatistics
from .before import Pixels
from .forward import Forward
from .rows import Rows, ScanOptions
from .windows import TileBatch, watched_batches

Mask = NDArray[np.uint8]


def scan_tiles(  # noqa: PLR0913 - the options follow from the query that will
    forward: Forward,
    inputs: NetworkInputs,
    ids: NDArray[np.int64],
    read_labels: Callable[[int], Mask],
    batch_size: int,
    progress: Progress,
    *,
    options: ScanOptions | None = None,
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
        options: What to look for beside what every scan looks for.

    Raises:
        QueryError: Dropout is needed and the network's head has none, or the ranks of losses
            and it did not learn them.
        RasterError: An image is gone.
        Cancelled: The user cancelled.
    """
    options = options or ScanOptions()
    rows_of = Rows(forward, options)
    columns: dict[str, list[Tensor]] = {}
    size = forward.batch_size(batch_size, inputs.settings.tile_size_px)
    batches = watched_batches(inputs, ids, size, progress)
    for batch, then in _beside(options, batches, inputs, ids, size):
        mask = batch.valid & _unlabelled(batch, read_labels)
        for name, row in rows_of(batch, then, mask).items():
            columns.setdefault(name, []).append(row)
    if not columns:
        return PoolStatistics.unscanned(ids, forward.classes)
    # Fetched once at the end: a GPU would have to stand still for every batch.
    joined = {name: torch.cat(parts).cpu().numpy() for name, parts in columns.items()}
    return PoolStatistics(
        tile_ids=ids, model_hash=forward.model_hash, before_hash=options.before_hash, **joined
    )


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
    size = forward.batch_size(batch_size, inputs.settings.tile_size_px)
    for batch in watched_batches(inputs, ids, size, progress):
        logits, _ = forward.run(batch.pixels)
        classes = logits.argmax(dim=1).to(torch.uint8).cpu().numpy()
        classes[~batch.valid] = UNLABELLED
        for tile_id, core, tile in zip(batch.ids.tolist(), batch.cores, classes, strict=True):
            yield tile_id, tile[core.rows, core.cols]


def _beside(
    options: ScanOptions,
    batches: Iterator[TileBatch],
    inputs: NetworkInputs,
    ids: NDArray[np.int64],
    size: int,
) -> Iterator[tuple[TileBatch, Pixels]]:
    """Yield the batches, each with what the network of the round before reads."""
    if options.compares is None:
        return ((batch, batch.pixels) for batch in batches)
    return options.compares.beside(batches, inputs, ids, size)


def _unlabelled(batch: TileBatch, read_labels: Callable[[int], Mask]) -> NDArray[np.bool_]:
    """Return bool (n, T, T), the unlabelled pixels of the cores."""
    result = np.zeros(batch.valid.shape, dtype=np.bool_)
    for place, (tile_id, core) in enumerate(zip(batch.ids.tolist(), batch.cores, strict=True)):
        result[place, core.rows, core.cols] = read_labels(tile_id) == UNLABELLED
    return result
