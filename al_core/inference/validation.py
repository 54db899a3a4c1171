"""How far a network can be trusted: accuracy and calibration over labelled tiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..legend import UNLABELLED
from ..models import NetworkInputs
from ..progress import Progress
from ..scoring import expected_calibration_error, fit_temperature, reliability_bins
from .forward import Forward
from .windows import TileBatch, bounds, watched_batches

SAMPLED_PX = 100_000  # whose logits the calibration looks at
BINS = 15

Mask = NDArray[np.uint8]
Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Validation:
    """What a network made of labelled tiles.

    Attributes:
        confusion: int64 (K, K) over all labelled pixels, rows truth.
        tile_confusions: int64 (n, K, K), one a tile, in the order of the ids.
        temperature: What the logits are divided by to make the probabilities honest.
        ece_before: Expected calibration error at temperature 1; NaN without labels.
        ece: The same at `temperature`.
        bins: Confidence, accuracy and pixels of each of 15 bins that holds any, at
            `temperature`, over the sampled pixels.
    """

    confusion: Counts
    tile_confusions: Counts
    temperature: float = 1.0
    ece_before: float = float("nan")
    ece: float = float("nan")
    bins: tuple[tuple[float, float, int], ...] = ()


def validate(
    forward: Forward,
    inputs: NetworkInputs,
    ids: NDArray[np.int64],
    read_labels: Callable[[int], Mask],
    batch_size: int,
    progress: Progress,
) -> Validation:
    """Compare what a network predicts with the labels of tiles.

    The calibration looks at SAMPLED_PX pixels at most, drawn with a fixed seed, as many
    from each tile.

    Args:
        forward: The network.
        inputs: Images and tiles.
        ids: (n,) tiles; those without labels count for nothing.
        read_labels: Returns the mask of a tile's core; called in this thread.
        batch_size: Tiles at a time.
        progress: Hears of every batch.

    Raises:
        RasterError: An image is gone.
        Cancelled: The user cancelled.
    """
    tables: list[Tensor] = []
    logits: list[Tensor] = []
    labels: list[NDArray[np.int64]] = []
    size = forward.batch_size(batch_size, inputs.settings.tile_size_px)
    for batch in watched_batches(inputs, ids, size, progress):
        part = bounds(batch.cores)
        truth = _truth(batch, read_labels, forward.classes)[:, part.rows, part.cols]
        found = forward.run(batch.pixels)[0][:, :, part.rows, part.cols]
        tables.append(_confusions(found, torch.from_numpy(truth).to(forward.device)))
        at = _sample(batch.ids, truth, max(SAMPLED_PX // len(ids), 1))
        flat = found.movedim(1, -1).reshape(-1, forward.classes)
        logits.append(flat[torch.from_numpy(at).to(forward.device)])
        labels.append(truth.reshape(-1)[at])
    if not tables:
        nothing = np.zeros((0, forward.classes, forward.classes), dtype=np.int64)
        return Validation(nothing.sum(axis=0), nothing)
    confusions = torch.cat(tables).cpu().numpy()
    return _calibrated(confusions, torch.cat(logits).cpu().numpy(), np.concatenate(labels))


def _calibrated(
    confusions: Counts, logits: NDArray[np.float32], labels: NDArray[np.int64]
) -> Validation:
    confusion = confusions.sum(axis=0)
    if not labels.size:
        return Validation(confusion, confusions)
    temperature = fit_temperature(logits, labels)
    before, right = _confidence(logits, labels, 1.0)
    after, _ = _confidence(logits, labels, temperature)
    return Validation(
        confusion,
        confusions,
        temperature,
        expected_calibration_error(before, right, BINS),
        expected_calibration_error(after, right, BINS),
        tuple(reliability_bins(after, right, BINS)),
    )


def _confidence(
    logits: NDArray[np.float32], labels: NDArray[np.int64], temperature: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return float64 (n,) the highest probability, and bool (n,) whether its class is right."""
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    return 1.0 / np.exp(scaled).sum(axis=1), logits.argmax(axis=1) == labels


def _truth(batch: TileBatch, read_labels: Callable[[int], Mask], classes: int) -> NDArray[np.int64]:
    """Return int64 (n, T, T), the labels of the cores; -1 where there is none, or no data."""
    result = np.full(batch.valid.shape, UNLABELLED, dtype=np.int64)
    for place, (tile_id, core) in enumerate(zip(batch.ids.tolist(), batch.cores, strict=True)):
        result[place, core.rows, core.cols] = read_labels(tile_id)
    result[~batch.valid | (result >= classes)] = -1
    return result


def _sample(ids: Counts, truth: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return the places, counted through the batch, of up to `most` labelled pixels a tile."""
    pixels = truth[0].size
    places = []
    for number, tile_id in enumerate(ids.tolist()):
        there = np.flatnonzero(truth[number] >= 0)
        if there.size > most:
            there = np.random.default_rng(tile_id).choice(there, most, replace=False)
        places.append(np.sort(there) + number * pixels)
    return np.concatenate(places)


def _confusions(logits: Tensor, truth: Tensor) -> Tensor:
    """Return int64 (n, K, K), the confusion of each tile; truth is int64 (n, h, w)."""
    tiles, classes = logits.shape[:2]
    tile = torch.arange(tiles, device=truth.device).reshape(-1, 1, 1)
    cell = (tile * classes + truth) * classes + logits.argmax(dim=1)
    cells = tiles * classes**2
    # Pixels without a label go to a cell of their own: choosing them would stop a GPU.
    cell = torch.where(truth >= 0, cell, cells).flatten()
    counts = torch.zeros(cells + 1, dtype=torch.int64, device=truth.device)
    counts.scatter_add_(0, cell, torch.ones_like(cell))
    return counts[:-1].reshape(tiles, classes, classes)
