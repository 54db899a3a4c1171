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
from ..strategies import Need
from .forward import Forward
from .statistics import batch_statistics, head_gradients
from .windows import TileBatch, bounds, watched_batches

Mask = NDArray[np.uint8]


def scan_tiles(  # noqa: PLR0913 - three are options of the query that will follow
    forward: Forward,
    inputs: NetworkInputs,
    ids: NDArray[np.int64],
    read_labels: Callable[[int], Mask],
    batch_size: int,
    progress: Progress,
    *,
    needs: frozenset[Need] = frozenset(),
    temperature: float = 1.0,
    seed: int = 0,
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
        needs: DROPOUT and GRADIENTS ask for the columns that cost extra.
        temperature: Divides the logits before anything else is done with them.
        seed: Of the dropout.

    Raises:
        QueryError: Dropout is needed and the network's head has none.
        RasterError: An image is gone.
        Cancelled: The user cancelled.
    """
    rows_of = _Rows(forward, needs, temperature, seed)
    columns: dict[str, list[Tensor]] = {}
    size = forward.batch_size(batch_size, inputs.settings.tile_size_px)
    for batch in watched_batches(inputs, ids, size, progress):
        mask = batch.valid & _unlabelled(batch, read_labels)
        for name, row in rows_of(batch, mask).items():
            columns.setdefault(name, []).append(row)
    if not columns:
        return PoolStatistics.unscanned(ids, forward.classes)
    # Fetched once at the end: a GPU would have to stand still for every batch.
    joined = {name: torch.cat(parts).cpu().numpy() for name, parts in columns.items()}
    return PoolStatistics(tile_ids=ids, model_hash=forward.model_hash, before_hash=None, **joined)


class _Rows:
    """Looks at a batch and returns its rows of the statistics, still on the device."""

    def __init__(
        self, forward: Forward, needs: frozenset[Need], temperature: float, seed: int
    ) -> None:
        self._forward = forward
        self._temperature = temperature
        self._gradients = Need.GRADIENTS in needs
        self._dropout = forward.dropout_head(seed) if Need.DROPOUT in needs else None

    def __call__(self, batch: TileBatch, mask: NDArray[np.bool_]) -> dict[str, Tensor]:
        """Return tensors by name of a column; `mask` is bool (n, T, T)."""
        logits, features, inputs = self._look(batch.pixels)
        part = bounds(batch.cores)
        counted = torch.from_numpy(mask[:, part.rows, part.cols]).to(self._forward.device)
        cut = logits[:, :, part.rows, part.cols] / self._temperature
        rows = batch_statistics(cut, counted)
        rows["features"] = features.half()
        if inputs is not None and self._gradients:
            inside = inputs[:, :, part.rows, part.cols]
            rows["gradients"] = head_gradients(cut, counted, inside).half()
        if inputs is not None and self._dropout is not None:
            rows["sum_bald"] = self._dropout.bald(inputs, part, counted, self._temperature)
        return rows

    def _look(self, pixels: NDArray[np.float32]) -> tuple[Tensor, Tensor, Tensor | None]:
        if self._gradients or self._dropout is not None:
            return self._forward.look(pixels)
        return *self._forward.run(pixels), None


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


def _unlabelled(batch: TileBatch, read_labels: Callable[[int], Mask]) -> NDArray[np.bool_]:
    """Return bool (n, T, T), the unlabelled pixels of the cores."""
    result = np.zeros(batch.valid.shape, dtype=np.bool_)
    for place, (tile_id, core) in enumerate(zip(batch.ids.tolist(), batch.cores, strict=True)):
        result[place, core.rows, core.cols] = read_labels(tile_id) == UNLABELLED
    return result
