"""The maps of whole tiles: one pixel a tile, so that any GIS shows them like other maps."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..config import Task
from ..coords import GeoTransform, TileGrid, Window
from ..geo.writer import MapFormat, MapWriter
from ..legend import Legend
from ..project import ImageRecord

PRESENT, ABSENT, UNKNOWN = 1, 0, 255

Table = NDArray[np.uint8]


@dataclass(frozen=True)
class TileRaster:
    """The grid of an image's tiles as a raster of its own.

    The last row and column may reach beyond the image: a smaller tile makes no smaller pixel.
    """

    path: str
    name: str
    height: int
    width: int
    crs_wkt: str
    transform: GeoTransform

    @classmethod
    def of(cls, image: ImageRecord, grid: TileGrid) -> TileRaster:
        """Return the raster over the tiles of an image."""
        place = image.transform
        transform = GeoTransform(
            place.x0, place.y0, place.dx * grid.core_px, place.dy * grid.core_px
        )
        return cls(image.path, image.name, grid.rows, grid.cols, image.crs_wkt, transform)


@dataclass(frozen=True, eq=False)
class TileMaps:
    """What is written about the tiles of an image, one row a tile of its grid.

    Attributes:
        raster: The grid.
        states: uint8 (n, K), 1 present, 0 absent, 255 where nothing is known.
        leading: int64 (n,) the class that is shown, -1 for none.
        uncertainty: float32 (n,), NaN where unknown.
        confidence: float32 (n,), NaN where unknown.
        tags: Metadata of all files.
    """

    raster: TileRaster
    states: Table
    leading: NDArray[np.int64]
    uncertainty: NDArray[np.float32]
    confidence: NDArray[np.float32]
    tags: dict[str, str] = field(default_factory=dict)


def leading_class(p: NDArray[np.floating], states: Table) -> NDArray[np.int64]:
    """Return the most probable of the classes that are present, -1 where none is, int64 (n,).

    Args:
        p: (n, K) probabilities.
        states: uint8 (n, K).
    """
    shown = np.where(states == PRESENT, p, -1.0)
    return np.where((states == PRESENT).any(axis=1), shown.argmax(axis=1), -1)


def write_prediction(path: Path, maps: TileMaps, legend: Legend, task: Task) -> None:
    """Write the classes: band 1 the leading one, as legend value; then 0 or 1 for each class.

    Scenes have only band 1. Where there is nothing to say, all bands hold a value that no class
    uses.

    Raises:
        StorageError: The disk is full or gone.
    """
    many = task is Task.MULTILABEL
    nodata = _free_value(legend, many=many)
    form = MapFormat(
        "uint8",
        count=1 + len(legend) * many,
        nodata=nodata,
        colors=None if many else {entry.value: entry.rgb for entry in legend},
        tags=maps.tags,
        band_names=("class", *(legend.names if many else ())),
    )
    values = np.where(maps.leading >= 0, legend.values[maps.leading], nodata).astype(np.uint8)
    bands = [values]
    if many:
        bands += [np.where(column == UNKNOWN, nodata, column) for column in maps.states.T]
    _write(path, maps.raster, form, np.stack(bands).astype(np.uint8))


def write_measures(uncertainty: Path, confidence: Path, maps: TileMaps) -> None:
    """Write uncertainty and confidence, float32, NaN where there is no data.

    Raises:
        StorageError: The disk is full or gone.
    """
    form = MapFormat("float32", nodata=math.nan, tags=maps.tags)
    with ExitStack() as stack:
        for path, values in ((uncertainty, maps.uncertainty), (confidence, maps.confidence)):
            writer = stack.enter_context(MapWriter(path, maps.raster, form))
            writer.write(_whole(maps.raster), _gridded(maps.raster, values[None])[0])


def _write(path: Path, raster: TileRaster, form: MapFormat, bands: NDArray[np.uint8]) -> None:
    pixels = _gridded(raster, bands)
    with MapWriter(path, raster, form) as writer:
        writer.write(_whole(raster), pixels if form.count > 1 else pixels[0])


def _gridded(raster: TileRaster, bands: NDArray[np.generic]) -> NDArray[np.generic]:
    return bands.reshape(len(bands), raster.height, raster.width)


def _whole(raster: TileRaster) -> Window:
    return Window(0, 0, raster.height, raster.width)


def _free_value(legend: Legend, *, many: bool) -> int:
    """Return a value that neither a class nor, where these bands are there, 0 and 1 use."""
    used = set(legend.values.tolist()) | ({PRESENT, ABSENT} if many else set())
    free: int = next(value for value in (255, 0, *range(254, 0, -1)) if value not in used)
    return free
