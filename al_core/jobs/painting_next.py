"""Go on from tags of whole tiles to painting: a segmentation project that starts from them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..config import PaintNextConfig, Task, to_json
from ..coords import halo_around_px
from ..errors import ConfigError, QueryError
from ..progress import Progress, checkpoint
from ..project import NewProject, PickRecord, Project, ProjectSettings, Role
from .creation import check_free, now
from .options import check_at_least
from .results import PaintNextResult
from .tag_queue import TAGGED, missing_note, tile_queue

_AT_ONCE = 200  # masks


def paint_next(project: Project, config: PaintNextConfig, progress: Progress) -> PaintNextResult:
    """Make a segmentation project over the images of one whose tiles are tagged."""
    folder = _checked(project, config)
    checkpoint(progress, 0.0, "Choosing the tiles to paint first")
    rng = np.random.default_rng([project.settings.seed, config.seed])
    picks = tile_queue(project, config.count, rng)
    if not picks:
        raise QueryError(
            "No tagged tile of the pool shows any class, so there is nothing to paint first; tag "
            "some tiles before."
        )
    painted = np.flatnonzero(project.labels.judged_px())

    def fill(new: Project) -> None:
        ids, table = project.tags.table()
        new.tags.write(dict(zip(ids.tolist(), table, strict=True)))
        _copy_masks(project, new, painted, progress)
        new.picks.replace(picks, TAGGED, None, to_json(config))
        checkpoint(progress, 1.0, "Writing the project")

    new = Project.create(folder, _as_segmentation(project), fill)
    new.close()
    return PaintNextResult(
        folder=new.folder,
        tiles=len(new.tiles),
        tagged_tiles=int(project.tags.judged().sum()),
        painted_tiles=len(painted),
        picks=picks,
        notes=_notes(project, config, picks),
    )


def _checked(project: Project, config: PaintNextConfig) -> Path:
    check_at_least(1, number_of_tiles_to_paint=config.count)
    check_at_least(0, seed=config.seed)
    if not project.settings.task.labels_tiles:
        raise ConfigError(
            "In this project pixels are painted already; “paint next” goes on from a project whose "
            "tiles are tagged."
        )
    if not config.folder:
        raise ConfigError("Say in which new folder the segmentation project is to be made.")
    folder = Path(config.folder).absolute()
    check_free(folder)
    if folder.is_relative_to(project.folder):
        raise ConfigError(
            f"{folder} lies inside the project it starts from; choose a folder beside it."
        )
    return folder


def _as_segmentation(project: Project) -> NewProject:
    """Return a project over the same images whose cores are the tiles of this one.

    Same cores mean same ids: tags, masks, validation tiles and pixel counts carry over as
    they are.
    """
    old = project.settings
    halo = halo_around_px(old.tile_size_px)
    settings: ProjectSettings = dataclasses.replace(
        old,
        tile_size_px=old.tile_size_px + 2 * halo,
        halo_px=halo,
        created=now(),
        task=Task.SEGMENTATION,
    )
    validation = np.flatnonzero(project.tiles.role == Role.VALIDATION).astype(np.int64)
    return NewProject(project.images, project.legend, settings, project.tiles.valid_px, validation)


def _copy_masks(
    project: Project, new: Project, tiles: NDArray[np.int64], progress: Progress
) -> None:
    for start in range(0, len(tiles), _AT_ONCE):
        checkpoint(progress, start / len(tiles), "Copying what is painted")
        part = tiles[start : start + _AT_ONCE].tolist()
        new.labels.write({tile: project.labels.read(tile) for tile in part})


def _notes(
    project: Project, config: PaintNextConfig, picks: tuple[PickRecord, ...]
) -> tuple[str, ...]:
    notes = []
    if len(picks) < config.count:
        notes.append(
            f"Only {len(picks)} of {config.count} tiles are in the queue: no other tagged tile "
            "of the pool shows a class."
        )
    return (*notes, *missing_note(project))
