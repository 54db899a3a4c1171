"""Copy reference labels into tiles, and say which tiles are meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..config import LabelConfig, TagConfig
from ..errors import ConfigError, LabelError
from ..geo.labels import LabelSource, LabelTarget, read_labels
from ..legend import UNLABELLED
from ..progress import Part, Progress, checkpoint
from ..project import Mask, Project, Role
from ..strategies.standing import open_tiles
from .options import check_at_least
from .results import LabelResult

READ_SHARE = 0.9  # of the progress; the rest is writing
Wish = LabelConfig | TagConfig

_CHOICES = "--tiles, --random, --validation, --picks or --everywhere"


@dataclass(frozen=True, eq=False)
class Lottery:
    """What tiles are drawn from: `open` is bool (T,) by tile id, less the ids in `done`."""

    open: NDArray[np.bool_]
    done: NDArray[np.int64]


def copy_labels(project: Project, config: LabelConfig, progress: Progress) -> LabelResult:
    """Copy reference labels into the tiles that the config names; all of them or none.

    Where the reference has no label, the tile keeps what it has.
    """
    labelled, _ = project.labels.counts()
    tiles = chosen_tiles(project, config, Lottery(open_tiles(project), labelled))
    masks = dict(reference_masks(project, config, tiles, Part(progress, 0.0, READ_SHARE)))
    return _write(project, masks, config.source, progress)


def reference_masks(
    project: Project, config: Wish, tiles: NDArray[np.int64], progress: Progress
) -> Iterator[tuple[int, Mask]]:
    """Read the reference labels of some tiles, each with the id of its tile.

    Raises:
        LabelError: The file holds no usable labels, lies elsewhere, or has values that
            the legend lacks.
    """
    targets = [
        LabelTarget(image, {int(tile): project.tiles.core(int(tile)) for tile in on_image})
        for image in project.images
        if (on_image := tiles[project.tiles.image[tiles] == image.id]).size
    ]
    source = LabelSource(Path(config.source), project.legend, config.unlabelled, config.attribute)
    return read_labels(source, targets, progress)


def chosen_tiles(project: Project, config: Wish, lottery: Lottery) -> NDArray[np.int64]:
    """Return the tiles that the config names, int64 ascending.

    Args:
        project: Gives tiles and queue.
        config: Names the tiles.
        lottery: Holds those that chance may choose.

    Raises:
        ConfigError: Not exactly one choice, or tiles that do not exist.
    """
    choices = (
        bool(config.tiles),
        config.random != 0,
        config.validation,
        config.picks,
        config.everywhere,
    )
    check_at_least(0, seed=config.seed)
    if sum(choices) != 1:
        raise ConfigError(f"Say once which tiles to label: {_CHOICES}.")
    if config.tiles:
        return _named(project, config.tiles)
    if config.random:
        return _drawn(project, config, lottery)
    if config.validation:
        return np.flatnonzero(project.tiles.role == Role.VALIDATION).astype(np.int64)
    if config.picks:
        return _picked(project)
    return project.tiles.ids


def _named(project: Project, tiles: Sequence[int]) -> NDArray[np.int64]:
    count = len(project.tiles)
    missing = sorted(tile for tile in set(tiles) if not 0 <= tile < count)
    if missing:
        listed = ", ".join(str(tile) for tile in missing[:8])
        raise ConfigError(f"There is no tile {listed}; the tiles are 0 to {count - 1}.")
    return np.unique(np.array(tiles, dtype=np.int64))


def _drawn(project: Project, config: Wish, lottery: Lottery) -> NDArray[np.int64]:
    free = np.setdiff1d(project.tiles.ids[lottery.open], lottery.done)
    if config.random < 0 or config.random > free.size:
        raise ConfigError(
            f"{config.random} tiles were asked for at random, but {free.size} unlabelled tiles "
            "are there to draw from; ask for 1 or more, and no more than that."
        )
    rng = np.random.default_rng([project.settings.seed, config.seed, len(lottery.done)])
    return np.sort(rng.choice(free, size=config.random, replace=False))


def _picked(project: Project) -> NDArray[np.int64]:
    picks = project.picks.current()
    if not picks:
        raise ConfigError("No tiles are picked yet; run a query first.")
    return np.array(sorted(pick.tile_id for pick in picks), dtype=np.int64)


def _write(
    project: Project, masks: dict[int, Mask], source: str, progress: Progress
) -> LabelResult:
    known = {tile: mask for tile, mask in masks.items() if (mask != UNLABELLED).any()}
    if not known:
        raise LabelError(
            f"{source} holds no label in these {len(masks)} tiles; choose other tiles or labels."
        )
    counts = np.zeros(len(project.legend), dtype=np.int64)
    for done, (tile_id, mask) in enumerate(known.items()):
        checkpoint(progress, READ_SHARE + 0.1 * done / len(known), "Writing the labels")
        counts += np.bincount(mask.ravel(), minlength=UNLABELLED + 1)[: counts.size]
        known[tile_id] = np.where(mask == UNLABELLED, project.labels.read(tile_id), mask)
    project.labels.write(known)
    return LabelResult(len(known), int(counts.sum()), tuple(counts.tolist()))
