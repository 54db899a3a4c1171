"""Take tags of whole tiles from reference labels, or from what is painted."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..config import TagConfig
from ..errors import ConfigError, LabelError
from ..legend import UNLABELLED
from ..progress import Part, Progress, checkpoint
from ..project import PRESENT, Project, tags_from_counts
from ..strategies.standing import open_tiles
from .references import READ_SHARE, Lottery, chosen_tiles, reference_masks
from .results import TagResult

Tiles = NDArray[np.int64]


def tag_tiles(project: Project, config: TagConfig, progress: Progress) -> TagResult:
    """Give tags to the tiles that the config names; all of them or none.

    A tile of which too little is labelled keeps what it has.
    """
    _check(config)
    checkpoint(progress, 0.0, "Reading the labels")
    tiles = chosen_tiles(project, config, _lottery(project, config))
    counts = (
        _referenced(project, config, tiles, Part(progress, 0.0, READ_SHARE))
        if config.source
        else _painted(project, tiles)
    )
    shapes = project.tiles.height[tiles].astype(np.int64) * project.tiles.width[tiles]
    judged, states = tags_from_counts(
        counts, shapes, project.settings.task, config.coverage, config.least_labelled
    )
    judged &= project.tiles.valid_px[tiles] > 0
    if not judged.any():
        raise LabelError(_nothing_sentence(config, len(tiles)))
    checkpoint(progress, READ_SHARE, "Writing the tags")
    project.tags.write(dict(zip(tiles[judged].tolist(), states[judged], strict=True)))
    shown = (states[judged] == PRESENT).sum(axis=0)
    return TagResult(int(judged.sum()), tuple(shown.tolist()), _notes(config, judged))


def _check(config: TagConfig) -> None:
    if not (math.isfinite(config.coverage) and 0 <= config.coverage < 1):
        raise ConfigError(
            f"The coverage is {config.coverage:g}; choose a share from 0 to below 1, such as 0.07."
        )
    if not (math.isfinite(config.least_labelled) and 0 <= config.least_labelled <= 1):
        raise ConfigError(
            f"The least share of labelled pixels is {config.least_labelled:g}; choose a number "
            "from 0 to 1, such as 0.25."
        )


def _lottery(project: Project, config: TagConfig) -> Lottery:
    """Return the tiles without tags; if tags come from paint, those that are painted."""
    done = np.flatnonzero(project.tags.judged()).astype(np.int64)
    usable = open_tiles(project, project.tags)
    if not config.source:
        usable &= project.labels.labelled_px() > 0
    return Lottery(usable, done)


def _painted(project: Project, tiles: Tiles) -> Tiles:
    """Return (N, K) pixels of each class in the masks of N tiles."""
    ids, table = project.labels.counts()
    counts = np.zeros((len(project.tiles), len(project.legend)), dtype=np.int64)
    counts[ids] = table
    return counts[tiles]


def _referenced(project: Project, config: TagConfig, tiles: Tiles, progress: Progress) -> Tiles:
    """Return (N, K) pixels of each class of the reference in N tiles."""
    counts = np.zeros((len(tiles), len(project.legend)), dtype=np.int64)
    row_of = {tile: row for row, tile in enumerate(tiles.tolist())}
    for tile, mask in reference_masks(project, config, tiles, progress):
        found = np.bincount(mask.ravel(), minlength=UNLABELLED + 1)
        counts[row_of[tile]] = found[: counts.shape[1]]
    return counts


def _nothing_sentence(config: TagConfig, tiles: int) -> str:
    where = f"In {config.source}" if config.source else "By what is painted,"
    return (
        f"{where} less than {_percent(config)} of each of these {tiles} tiles is labelled; choose "
        "other tiles or other labels."
    )


def _notes(config: TagConfig, judged: NDArray[np.bool_]) -> tuple[str, ...]:
    left = int((~judged).sum())
    if not left:
        return ()
    return (
        f"{left} of {judged.size} tiles got no tags: less than {_percent(config)} of "
        f"{'it is' if left == 1 else 'each is'} labelled, or there is no data.",
    )


def _percent(config: TagConfig) -> str:
    return f"{100 * config.least_labelled:g} %"
