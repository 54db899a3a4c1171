"""What the map of a round says about the round before, and about labels made since."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..accuracy import confusion
from ..coords import Window
from ..errors import RasterError
from ..geo.map_reader import MapReader
from ..geo.writer import map_path
from ..legend import UNLABELLED
from ..progress import Progress, checkpoint
from ..project import ImageRecord, Project, RoundRecord

_ROWS = 512

Counts = NDArray[np.int64]


def share_changed(
    project: Project, before: RoundRecord | None, folder: Path, progress: Progress
) -> float | None:
    """Return the share of map pixels that are predicted otherwise than in an earlier round.

    Args:
        project: Gives the images.
        before: The earlier round.
        folder: Where the new maps are.
        progress: Hears of every block.

    Returns:
        0 to 1; None if there is no earlier map, or one that does not fit.
    """
    if before is None or not before.predicted:
        return None
    other = pixels = 0
    with suppress(RasterError):
        for image in project.images:
            for differ, valid in _blocks(project, image, before.folder, folder, progress):
                other, pixels = other + differ, pixels + valid
        return other / pixels if pixels else None
    return None


def prequential(
    project: Project, current: RoundRecord | None, labelled: Counts, progress: Progress
) -> Counts:
    """Compare tiles labelled since a round with what its map had said about them.

    Args:
        project: Gives labels and legend.
        current: The round in force when the labels were made.
        labelled: int64 (M,) labelled pool tiles.
        progress: Hears of every tile.

    Returns:
        int64 (K, K), rows truth, added to what the round itself had found.
    """
    classes = len(project.legend)
    total = np.zeros((classes, classes), dtype=np.int64)
    if current is None:
        return total
    earlier = np.array(current.insight.get("prequential", total), dtype=np.int64)
    if not current.predicted:
        return earlier
    fresh = np.setdiff1d(labelled, current.config.get("tiles_trained_on", ()))
    index_of = np.full(256, UNLABELLED, dtype=np.uint8)
    index_of[project.legend.values] = np.arange(classes)
    with suppress(RasterError):
        for tile_id, values in _predicted(project, current.folder, fresh, progress):
            total += confusion(project.labels.read(tile_id), index_of[values], classes)
    return earlier + total


def _predicted(
    project: Project, folder: Path, ids: Counts, progress: Progress
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    for image in project.images:
        there = ids[project.tiles.image[ids] == image.id]
        if not there.size:
            continue
        with MapReader(map_path(folder, "prediction", image.id, len(project.images))) as source:
            _check_size(source, image)
            for tile_id in there.tolist():
                checkpoint(progress, 0.0, "Comparing the labels with the map")
                yield tile_id, source.read(project.tiles.core(tile_id))


def _blocks(
    project: Project, image: ImageRecord, before: Path, after: Path, progress: Progress
) -> Iterator[tuple[int, int]]:
    """Yield, block by block, how many pixels differ and how many both maps cover."""
    paths = (
        map_path(folder, "prediction", image.id, len(project.images)) for folder in (before, after)
    )
    old_path, new_path = paths
    with MapReader(old_path) as old, MapReader(new_path) as new:
        _check_size(old, image)
        _check_size(new, image)
        for row in range(0, image.height, _ROWS):
            checkpoint(progress, row / image.height, "Comparing with the map before")
            block = Window(row, 0, min(_ROWS, image.height - row), image.width)
            was, now = old.read(block), new.read(block)
            covered = (was != old.nodata) & (now != new.nodata)
            yield int((covered & (was != now)).sum()), int(covered.sum())


def _check_size(source: MapReader, image: ImageRecord) -> None:
    if (source.height, source.width) != (image.height, image.width):
        raise RasterError(f"The map of “{image.name}” has another size; predict again.")
