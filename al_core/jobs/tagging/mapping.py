"""Make the maps of a round of a project whose tiles are labelled as a whole."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ... import __version__
from ...config import Task
from ...export.style import write_legend_sidecars
from ...export.tile_maps import (
    UNKNOWN,
    TileMaps,
    TileRaster,
    leading_class,
    write_measures,
    write_prediction,
)
from ...geo.writer import map_path
from ...progress import Progress, checkpoint
from ...project import ImageRecord, Project
from ...scoring import TagPredictions, predicted_tags
from ..mapping import Maps

KINDS = ("prediction", "uncertainty", "confidence")


@dataclass(frozen=True, eq=False)
class Whole:
    """Predictions by tile id, one row for every tile of a project.

    `states` is uint8 (T, K), 255 where no network has looked; `p` float32 (T, K) and
    `uncertainty` float32 (T,), NaN there.
    """

    p: NDArray[np.float32]
    uncertainty: NDArray[np.float32]
    states: NDArray[np.uint8]

    @classmethod
    def of(cls, project: Project, found: TagPredictions) -> Whole:
        """Lay predictions out over all tiles."""
        tiles, classes = len(project.tiles), len(project.legend)
        p = np.full((tiles, classes), np.nan, dtype=np.float32)
        uncertainty = np.full(tiles, np.nan, dtype=np.float32)
        states = np.full((tiles, classes), UNKNOWN, dtype=np.uint8)
        p[found.tile_ids] = found.p
        uncertainty[found.tile_ids] = found.uncertainty
        states[found.tile_ids] = predicted_tags(found.p, project.settings.task)
        return cls(p, uncertainty, states)

    def maps(self, project: Project, image: ImageRecord, tags: dict[str, str]) -> TileMaps:
        """Return what is written about the tiles of an image."""
        tiles = slice(image.first_tile, image.first_tile + image.tile_count)
        p, states = self.p[tiles], self.states[tiles]
        return TileMaps(
            TileRaster.of(image, project.grid(image.id)),
            states,
            leading_class(np.nan_to_num(p), states),
            self.uncertainty[tiles],
            confidence(p, project.settings.task).astype(np.float32),
            tags,
        )


def confidence(p: NDArray[np.float32], task: Task) -> NDArray[np.float32]:
    """Return how probable the predicted tags are, (N,): of several classes their mean."""
    if not len(p):
        return np.zeros(0, dtype=np.float32)
    likely = p.max(axis=1) if task is Task.SCENE else np.maximum(p, 1 - p).mean(axis=1)
    return np.asarray(likely)


def write_maps(target: Path, project: Project, found: TagPredictions, progress: Progress) -> Maps:
    """Write prediction, uncertainty and confidence of each image into a folder.

    Raises:
        StorageError: The disk is full.
    """
    started = time.monotonic()
    whole = Whole.of(project, found)
    about = {"LANDLOOP_VERSION": __version__, "LANDLOOP_MODEL_HASH": found.model_hash}
    for number, image in enumerate(project.images):
        checkpoint(progress, number / len(project.images), f"Writing the maps of {image.name}")
        paths = [map_path(target, kind, image.id, len(project.images)) for kind in KINDS]
        maps = whole.maps(project, image, about)
        write_prediction(paths[0], maps, project.legend, project.settings.task)
        write_measures(paths[1], paths[2], maps)
        write_legend_sidecars(paths[0], project.legend)
    return Maps(time.monotonic() - started, ())
