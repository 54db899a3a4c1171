"""Cross-validation over the labelled tiles: class gaps where no validation label is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..config import TrainConfig
from ..errors import TrainingError
from ..inference import Forward, Validation, validate
from ..models import ChosenDevice
from ..progress import Part, Progress
from ..project import Project, TileTable
from ..training import LabelSnapshot, TrainingData, fit
from ..training.schedule import planned_steps
from .beginning import fresh

FOLDS = 3
BLOCK_TILES = 4  # neighbours look alike, so a fold holds whole blocks of them
_BATCH = 8
_FIT_SHARE = 0.9

Ids = NDArray[np.int64]


def cross_validate(
    project: Project,
    data: TrainingData,
    config: TrainConfig,
    device: ChosenDevice,
    progress: Progress,
) -> Validation | None:
    """Train three short times, each without one third of the tiles, and look at that third.

    Args:
        project: Gives labels and seed.
        data: All that may be learned from.
        config: Its steps and minutes are shared by the three; all start cold.
        device: Where to train.
        progress: Hears of every step.

    Returns:
        The tables of all tiles that were left out once; None if no third can be left out.

    Raises:
        TrainingError: The weights do not fit, or training failed.
        Cancelled: The user cancelled.
    """
    share = dataclasses.replace(
        config,
        steps=max(planned_steps(config, len(data.labels.ids)) // FOLDS, 1),
        minutes=config.minutes / FOLDS,
    )
    tables = []
    for number, (rest, held) in enumerate(_parts(project.tiles, data, config.seed)):
        part = Part(progress, number / FOLDS, (number + 1) / FOLDS)
        network = fresh(project, config, part).network
        fit(rest, network, share, device.device, Part(part, 0.0, _FIT_SHARE))
        forward = Forward(network, device.device)
        looked = Part(part, _FIT_SHARE, 1.0)
        found = validate(forward, data.inputs, held, project.labels.read, _BATCH, looked)
        tables.append(found.tile_confusions)
    if not tables:
        return None
    joined = np.concatenate(tables)
    return Validation(joined.sum(axis=0), joined)


def folds(tiles: TileTable, ids: Ids, seed: int) -> NDArray[np.int64]:
    """Divide tiles into spatial folds.

    Args:
        tiles: All tiles.
        ids: int64 (M,) the tiles to divide.
        seed: Deals the blocks out.

    Returns:
        int64 (M,), 0 to 2; blocks are as large as leaves a block for every fold.
    """
    rng = np.random.default_rng(seed)
    height, width = int(tiles.height.max()), int(tiles.width.max())
    for size in (BLOCK_TILES, 2, 1):
        rows, cols = tiles.row[ids] // (height * size), tiles.col[ids] // (width * size)
        places = np.stack([tiles.image[ids], rows, cols], axis=1)
        _, block, sizes = np.unique(places, axis=0, return_inverse=True, return_counts=True)
        if sizes.size >= FOLDS:
            break
    fold_of = np.zeros(sizes.size, dtype=np.int64)
    filled = np.zeros(FOLDS)
    shuffled = rng.permutation(sizes.size)
    for number in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        fold_of[number] = filled.argmin()
        filled[fold_of[number]] += sizes[number]
    return fold_of[block.ravel()]


def _parts(tiles: TileTable, data: TrainingData, seed: int) -> Iterator[tuple[TrainingData, Ids]]:
    """Yield what is learned from and what is held back, where there is enough of both."""
    labels = data.labels
    fold = folds(tiles, labels.ids, seed)
    for number in range(FOLDS):
        kept = fold != number
        ids = labels.ids[kept]
        snapshot = LabelSnapshot(
            ids, labels.counts[kept], {tile: labels.masks[tile] for tile in ids.tolist()}
        )
        rest = dataclasses.replace(data, labels=snapshot)
        if not kept.all() and _can_learn(rest):
            yield rest, labels.ids[~kept]


def _can_learn(data: TrainingData) -> bool:
    try:
        data.check()
    except TrainingError:
        return False
    return True
