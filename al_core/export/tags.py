"""The finished map of whole tiles: a raster of tiles, polygons, or a table."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas
import numpy as np
import shapely
from numpy.typing import NDArray

from .. import __version__
from ..config import ExportConfig, Task
from ..errors import ExportError, explain_disk_errors
from ..legend import UNSURE
from ..progress import Progress, checkpoint
from ..project import ImageRecord, Project, RoundRecord
from ..scoring import TagPredictions, predicted_tags
from .destination import output_files
from .style import write_legend_sidecars
from .tile_maps import (
    PRESENT,
    UNKNOWN,
    TileMaps,
    TileRaster,
    leading_class,
    write_prediction,
)

PREDICTIONS = "tags.npz"
ANALYST, NETWORK = "analyst", "network"
SEPARATOR = ";"
DRIVERS: Mapping[str, str] = {".gpkg": "GPKG", ".geojson": "GeoJSON"}
SUFFIXES = (".gpkg", ".geojson", ".csv", ".tif", ".tiff")


@dataclass(frozen=True, eq=False)
class FinalTags:
    """What is known of every tile of a project, by tile id.

    Attributes:
        states: uint8 (T, K), 1 present, 0 absent, 255 where nothing is known.
        p: float32 (T, K) by the network, NaN where it has not looked.
        by_analyst: bool (T,), whether the states are the analyst's.
    """

    states: NDArray[np.uint8]
    p: NDArray[np.float32]
    by_analyst: NDArray[np.bool_]

    @classmethod
    def of(cls, project: Project, found: TagPredictions, *, labels_win: bool) -> FinalTags:
        """Lay the analyst's tags over the predictions; where she was unsure these stay."""
        tiles, classes = len(project.tiles), len(project.legend)
        p = np.full((tiles, classes), np.nan, dtype=np.float32)
        states = np.full((tiles, classes), UNKNOWN, dtype=np.uint8)
        p[found.tile_ids] = found.p
        states[found.tile_ids] = predicted_tags(found.p, project.settings.task)
        by_analyst = np.zeros(tiles, dtype=np.bool_)
        if labels_win:
            ids, given = project.tags.table()
            known = given != UNSURE
            states[ids] = np.where(known, given, states[ids])
            by_analyst[ids] = known.all(axis=1)
        return cls(states, p, by_analyst)

    def of_image(self, image: ImageRecord) -> FinalTags:
        """Return the part of one image."""
        tiles = slice(image.first_tile, image.first_tile + image.tile_count)
        return FinalTags(self.states[tiles], self.p[tiles], self.by_analyst[tiles])


def export_tags(
    project: Project, of_round: RoundRecord | None, config: ExportConfig, progress: Progress
) -> tuple[Path, ...]:
    """Write what is known of the tiles: the network's tags and, over them, the analyst's.

    The name says what is written: `.tif` one pixel a tile, its leading class and, of several,
    a band of 0 and 1 for each; `.gpkg` and `.geojson` a polygon a tile with its tags and the
    probability of each class; `.csv` the same as a table with the centres of the tiles. Older
    files of that name stay until all new ones are whole.

    Args:
        project: Gives images, legend and tags.
        of_round: The round whose predictions they are.
        config: See `output_files` for the names.
        progress: Told about each image.

    Returns:
        The files, one an image.

    Raises:
        ExportError: There is nothing to export, or the name makes no sense.
        StorageError: The disk is full or protected.
        Cancelled: The user cancelled; nothing has changed.
    """
    if of_round is None or not (of_round.folder / PREDICTIONS).is_file():
        raise ExportError("There is no prediction to export yet; press Retrain, or predict first.")
    files = output_files(project, config, SUFFIXES)
    found = TagPredictions.load(of_round.folder / PREDICTIONS)
    whole = FinalTags.of(project, found, labels_win=config.labels_win)
    temporary = [file.with_name(f".{file.stem}.{os.getpid()}.part{file.suffix}") for file in files]
    writer = _writers()[files[0].suffix.lower()]
    with explain_disk_errors(files[0]):
        try:
            for number, (image, file) in enumerate(zip(project.images, temporary, strict=True)):
                checkpoint(progress, number / len(files), f"Writing the tiles of {image.name}")
                writer(file, project, image, whole.of_image(image))
            checkpoint(progress, 1.0, "Keeping the files")
            for file, out in zip(temporary, files, strict=True):
                file.replace(out)
        finally:
            for file in temporary:
                file.unlink(missing_ok=True)
    if files[0].suffix.lower() in {".tif", ".tiff"}:
        for out in files:
            write_legend_sidecars(out, project.legend)
    return files


_Writer = Callable[[Path, Project, ImageRecord, FinalTags], None]


def _writers() -> dict[str, _Writer]:
    vector = dict.fromkeys(DRIVERS, _write_polygons)
    return {**vector, ".csv": _write_table, ".tif": _write_raster, ".tiff": _write_raster}


def _write_raster(path: Path, project: Project, image: ImageRecord, part: FinalTags) -> None:
    p = np.where(part.states == PRESENT, np.nan_to_num(part.p) + part.by_analyst[:, None], 0.0)
    unknown = np.full(len(p), np.nan, dtype=np.float32)
    raster = TileRaster.of(image, project.grid(image.id))
    about = {"LANDLOOP_VERSION": __version__}
    maps = TileMaps(raster, part.states, leading_class(p, part.states), unknown, unknown, about)
    write_prediction(path, maps, project.legend, project.settings.task)


def _write_polygons(path: Path, project: Project, image: ImageRecord, part: FinalTags) -> None:
    rows = list(_rows(project, image, part))
    frame = geopandas.GeoDataFrame(
        rows, geometry=_boxes(project, image)[_known(part)], crs=image.crs_wkt or None
    )
    frame.to_file(path, driver=DRIVERS[path.suffix.lower()], layer="tiles", engine="pyogrio")


def _write_table(path: Path, project: Project, image: ImageRecord, part: FinalTags) -> None:
    centres = shapely.centroid(_boxes(project, image)[_known(part)])
    places = zip(shapely.get_x(centres).tolist(), shapely.get_y(centres).tolist(), strict=True)
    text = io.StringIO()
    writer: csv.DictWriter[str] | None = None
    for row, (x, y) in zip(_rows(project, image, part), places, strict=True):
        line = {"tile": row["tile"], "x": x, "y": y, **row}
        if writer is None:
            writer = csv.DictWriter(text, list(line), lineterminator="\n")
            writer.writeheader()
        writer.writerow(line)
    path.write_text(text.getvalue(), encoding="utf-8")


def _rows(project: Project, image: ImageRecord, part: FinalTags) -> Iterator[dict[str, object]]:
    """Yield what is said of each tile of which anything is known."""
    names, task = project.legend.names, project.settings.task
    for index in np.flatnonzero(_known(part)).tolist():
        present = np.flatnonzero(part.states[index] == PRESENT).tolist()
        row: dict[str, object] = {
            "tile": image.first_tile + index,
            "tags": SEPARATOR.join(names[place] for place in present),
            "source": ANALYST if part.by_analyst[index] else NETWORK,
        }
        if task is Task.MULTILABEL:
            row |= {_column(name): int(place in present) for place, name in enumerate(names)}
        probabilities = np.round(part.p[index].astype(float), 4).tolist()
        yield row | {f"p_{name}": value for name, value in zip(names, probabilities, strict=True)}


def _column(name: str) -> str:
    """Return the column of a class; not that of anything else, whatever the class is called."""
    taken = {"tile", "tags", "source", "x", "y", "fid", "geom", "geometry"}
    return f"class_{name}" if name.lower() in taken else name


def _known(part: FinalTags) -> NDArray[np.bool_]:
    return np.asarray((part.states != UNKNOWN).any(axis=1))


def _boxes(project: Project, image: ImageRecord) -> NDArray[np.object_]:
    """Return the outlines of the cores of an image's tiles, on the map."""
    table = project.tiles
    tiles = slice(image.first_tile, image.first_tile + image.tile_count)
    place = image.transform
    left, top = table.col[tiles].astype(float), table.row[tiles].astype(float)
    right, bottom = left + table.width[tiles], top + table.height[tiles]
    boxes: NDArray[np.object_] = shapely.box(
        place.x0 + left * place.dx,
        place.y0 + bottom * place.dy,
        place.x0 + right * place.dx,
        place.y0 + top * place.dy,
    )
    return boxes
