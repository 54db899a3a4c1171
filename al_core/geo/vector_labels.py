"""Polygons with a class attribute, burnt onto the grid of an image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError
from rasterio.crs import CRS
from rasterio.features import rasterize
from shapely import STRtree

from ..coords import GeoTransform, RowCol, Window
from ..errors import LabelError
from .extent import Extent, extent_of, overlap
from .rasters import RasterSource, affine_of

_POLYGONS = ("Polygon", "MultiPolygon")
_LARGE = 500  # corners; a polygon with more is cut to the window before it is burnt
_NEVER_POLYGONS = ("Point", "LineString")


class VectorLabels:
    """Polygons whose `attribute` holds a legend value or a class name."""

    def __init__(self, path: Path, attribute: str) -> None:
        """Look at the file.

        Raises:
            LabelError: It is no vector file, or lacks the attribute, polygons or a CRS.
        """
        self._path = path
        self._attribute = attribute
        self._layer, info = _find_layer(path, attribute)
        if not info["crs"]:
            raise LabelError(
                f"The labels “{path.name}” have no coordinate reference system; assign one "
                "first (in QGIS: Vector > Data Management Tools > Define Projection)."
            )
        self._extent = Extent(CRS.from_user_input(info["crs"]), *info["total_bounds"])

    def touches(self, image: RasterSource) -> bool:
        """Tell whether the labels overlap an image."""
        return overlap(extent_of(image), self._extent)

    @contextmanager
    def onto(self, image: RasterSource) -> Iterator[PolygonsOnGrid]:
        """Bring the polygons around an image into its CRS."""
        frame = pyogrio.read_dataframe(
            self._path,
            layer=self._layer,
            columns=[self._attribute],
            bbox=extent_of(image).bounds_in(self._extent.crs),
        )
        frame = frame[frame.geometry.geom_type.isin(_POLYGONS) & frame[self._attribute].notna()]
        frame = frame.explode(ignore_index=True).to_crs(image.crs_wkt)
        keys = [_key(value) for value in frame[self._attribute]]
        yield PolygonsOnGrid(frame.geometry.to_numpy(), keys, image.transform)


class PolygonsOnGrid:
    """Polygons on the grid of one image; a later one covers an earlier one."""

    def __init__(
        self, polygons: NDArray[np.object_], keys: list[float | str], grid: GeoTransform
    ) -> None:
        """Take (N,) shapely polygons in the CRS of the grid and the value of each."""
        self._polygons = polygons
        self._tree = STRtree(polygons)
        self._values = list(dict.fromkeys(keys))
        places = {value: place for place, value in enumerate(self._values)}
        self._which = [places[key] for key in keys]
        self._grid = grid
        self._large = shapely.get_num_coordinates(polygons) > _LARGE
        self._large[self._large] = shapely.is_valid(polygons[self._large])

    def read(self, window: Window) -> tuple[list[float | str], NDArray[np.intp]]:
        """Return all values, and (h, w) which of them a pixel has, or -1."""
        around = window.grown(1)  # so that no cut runs through a pixel that is read
        left, top = self._grid.to_map(RowCol(around.row, around.col))
        right, bottom = self._grid.to_map(
            RowCol(around.row + around.height, around.col + around.width)
        )
        near = np.sort(self._tree.query(shapely.box(left, bottom, right, top)))
        pieces = self._polygons[near]
        large = self._large[near]
        pieces[large] = shapely.clip_by_rect(pieces[large], left, bottom, right, top)
        which = np.full((window.height, window.width), -1, dtype=np.int32)
        burnt = [(piece, self._which[at]) for piece, at in zip(pieces, near, strict=True)]
        burnt = [(piece, value) for piece, value in burnt if not piece.is_empty]
        if burnt:
            transform = affine_of(self._grid, window.row, window.col)
            rasterize(burnt, out=which, transform=transform)
        return self._values, which.astype(np.intp)


def _find_layer(path: Path, attribute: str) -> tuple[str, dict[str, Any]]:
    """Return the first layer of polygons that has the attribute, and pyogrio's facts."""
    try:
        names = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        layers = {name: pyogrio.read_info(path, name, force_total_bounds=True) for name in names}
    except (DataSourceError, DataLayerError) as error:
        raise LabelError(
            f"{path} is neither a raster nor a vector file that can be read; choose other labels."
        ) from error
    layers = {name: info for name, info in layers.items() if _may_hold_polygons(path, name, info)}
    if not layers:
        raise LabelError(
            f"The labels “{path.name}” hold no polygon; choose a raster or a polygon layer."
        )
    for name, info in layers.items():
        if attribute in info["fields"]:
            return name, info
    fields = ", ".join(next(iter(layers.values()))["fields"]) or "none at all"
    raise LabelError(
        f"The labels “{path.name}” have no attribute “{attribute}”; name the one that holds "
        f"the class (there is: {fields})."
    )


def _may_hold_polygons(path: Path, layer: str, info: dict[str, Any]) -> bool:
    kind = info["geometry_type"]
    if not info["features"] or any(word in kind for word in _NEVER_POLYGONS):
        return False
    if any(word in kind for word in _POLYGONS):
        return True
    frame = pyogrio.read_dataframe(path, layer=layer, columns=[])
    return bool(frame.geometry.geom_type.isin(_POLYGONS).any())


def _key(value: object) -> float | str:
    """Return an attribute as a number if it is one, else as text."""
    if isinstance(value, (bool, int, float, np.number)):
        return float(value)
    return str(value).strip()
