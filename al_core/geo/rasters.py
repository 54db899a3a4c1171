"""What a raster is: its grid, CRS and bands, or the sentence about why it cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import rasterio
from affine import Affine
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.env import get_gdal_config, set_gdal_config
from rasterio.errors import RasterioError
from rasterio.windows import Window as GdalWindow

from ..coords import GeoTransform, Window
from ..errors import RasterError

GDAL_ERRORS = (RasterioError, CPLE_BaseError)  # some of the latter escape rasterio's net
CACHE_BYTES = 64 << 20  # GDAL's default is 5 % of the memory: not flat on a large machine
MAX_CACHE_BYTES = 512 << 20
_CACHED_ROWS_PX = 640  # the rows of blocks that a row of windows touches, and a bit
_MAP_BYTES = 9  # a pixel of the maps that are written meanwhile: a class and two float32
_ROTATION_TOLERANCE = 1e-6


class RasterSource(Protocol):
    """What reading needs to know of a raster; a project's image record is one too."""

    @property
    def path(self) -> str:
        """Where the file is."""

    @property
    def name(self) -> str:
        """What the user calls it."""

    @property
    def height(self) -> int:
        """Rows."""

    @property
    def width(self) -> int:
        """Columns."""

    @property
    def crs_wkt(self) -> str:
        """The coordinate reference system as WKT."""

    @property
    def transform(self) -> GeoTransform:
        """The grid on the map."""


@dataclass(frozen=True)
class RasterInfo:
    """A raster that can be used.

    `bands` are the 1-based numbers of all bands but alpha; `count` includes alpha.
    `palette` is the colour table of band 1, without the filler at its end.
    """

    path: str
    name: str
    height: int
    width: int
    count: int
    bands: tuple[int, ...]
    crs_wkt: str
    transform: GeoTransform
    dtype: str
    nodata: float | None
    palette: dict[int, tuple[int, int, int]] | None
    block_shape: tuple[int, int]


def inspect(path: str | Path) -> RasterInfo:
    """Return what there is to know of a raster.

    Args:
        path: A file, or anything else that GDAL opens.

    Raises:
        RasterError: It is missing, no raster, complex, without CRS, or not north-up.
    """
    with open_raster(path) as dataset:
        name = Path(path).name
        dtype = np.result_type(*dataset.dtypes)
        if dtype.kind == "c":
            raise RasterError(
                f"“{name}” holds complex numbers; convert it to amplitude or intensity first."
            )
        return RasterInfo(
            path=str(Path(path).resolve()) if Path(path).exists() else str(path),
            name=Path(path).stem,
            height=dataset.height,
            width=dataset.width,
            count=dataset.count,
            bands=_data_bands(dataset),
            crs_wkt=_crs_wkt(dataset, name),
            transform=_grid_transform(dataset, name),
            dtype=str(dtype),
            nodata=dataset.nodata,
            palette=_palette(dataset),
            block_shape=tuple(dataset.block_shapes[0]),
        )


def open_raster(path: str | Path) -> rasterio.DatasetReader:
    """Open a raster for reading, with GDAL's block cache held small.

    Raises:
        RasterError: It is missing or no raster.
    """
    if get_gdal_config("GDAL_CACHEMAX") > MAX_CACHE_BYTES:
        set_gdal_config("GDAL_CACHEMAX", CACHE_BYTES)
    try:
        dataset = rasterio.open(path)
    except GDAL_ERRORS as error:
        raise RasterError(_cannot_open(Path(path))) from error
    if not dataset.count:
        dataset.close()
        raise RasterError(
            f"“{Path(path).name}” is a container of several rasters; export the one that you "
            "want as a GeoTIFF and choose that."
        )
    _widen_cache(dataset)
    return dataset


def check_same_bands(infos: Sequence[RasterInfo]) -> None:
    """Make sure that one network fits all images.

    Raises:
        RasterError: Two images differ in their number or type of bands.
    """
    first = infos[0]
    for info in infos[1:]:
        if (len(info.bands), info.dtype) != (len(first.bands), first.dtype):
            raise RasterError(
                f"“{info.name}” has {len(info.bands)} band(s) of {info.dtype}, but "
                f"“{first.name}” has {len(first.bands)} of {first.dtype}; choose images with "
                "the same bands."
            )


def choose_bands(infos: Sequence[RasterInfo], wanted: Sequence[int]) -> tuple[int, ...]:
    """Return the bands to read: those wanted, or all but alpha if none is named.

    Args:
        infos: The images of a project.
        wanted: 1-based band numbers in the order in which the network gets them.

    Raises:
        RasterError: There is no image, the images differ, or a band does not exist.
    """
    if not infos:
        raise RasterError("No image is chosen; choose at least one raster.")
    check_same_bands(infos)
    for info in infos:
        for band in wanted:
            if not 1 <= band <= info.count:
                raise RasterError(
                    f"“{info.name}” has {info.count} band(s), so there is no band {band}; "
                    f"choose among 1 to {info.count}."
                )
    return tuple(wanted) or infos[0].bands


def crs_of(source: RasterSource) -> CRS:
    """Return the CRS of a raster as rasterio's own type."""
    crs = CRS.from_wkt(source.crs_wkt)
    code = crs.to_epsg()
    # GeoTIFF garbles a compound CRS that is spelt out; by its number it comes through.
    plain = CRS.from_epsg(code) if code else crs
    return plain if plain == crs else crs


def affine_of(transform: GeoTransform, row: int = 0, col: int = 0) -> Affine:
    """Return the grid as rasterio's own type, counted from pixel (row, col)."""
    x0 = transform.x0 + col * transform.dx
    y0 = transform.y0 + row * transform.dy
    return Affine(transform.dx, 0.0, x0, 0.0, transform.dy, y0)


def gdal_window(window: Window) -> GdalWindow:
    """Return a window as rasterio's own type."""
    return GdalWindow(window.col, window.row, window.width, window.height)


def alpha_band(dataset: rasterio.DatasetReader) -> int | None:
    """Return the number of the alpha band, if there is one."""
    alphas = [i for i, c in enumerate(dataset.colorinterp, 1) if c == ColorInterp.alpha]
    return alphas[0] if alphas else None


def _data_bands(dataset: rasterio.DatasetReader) -> tuple[int, ...]:
    alpha = alpha_band(dataset)
    return tuple(band for band in dataset.indexes if band != alpha) or (1,)


def _widen_cache(dataset: rasterio.DatasetReader) -> None:
    """Let a row of windows stay in the cache, or blocks would be coded once a window."""
    pixel_bytes = _MAP_BYTES + sum(np.dtype(dtype).itemsize for dtype in dataset.dtypes)
    needed = min(dataset.width * _CACHED_ROWS_PX * pixel_bytes, MAX_CACHE_BYTES)
    if needed > get_gdal_config("GDAL_CACHEMAX"):
        set_gdal_config("GDAL_CACHEMAX", needed)


def _cannot_open(path: Path) -> str:
    if not path.exists():
        return f"There is no file {path}; put it back where it was, or choose another one."
    if path.is_dir():
        return f"{path} is a folder; choose a raster file."
    return f"{path} is not a raster that can be read; choose a GeoTIFF or another raster."


def _crs_wkt(dataset: rasterio.DatasetReader, name: str) -> str:
    if not dataset.crs:
        raise RasterError(
            f"“{name}” has no coordinate reference system; assign one first (in QGIS: Raster > "
            "Projections > Assign Projection)."
        )
    wkt: str = dataset.crs.to_wkt(version="WKT2_2019")
    return wkt


def _grid_transform(dataset: rasterio.DatasetReader, name: str) -> GeoTransform:
    grid = dataset.transform
    warp = "warp it to a north-up grid first (in QGIS: Raster > Projections > Warp)."
    if grid.is_identity:
        raise RasterError(f"“{name}” is not georeferenced; georeference it first.")
    if max(abs(grid.b), abs(grid.d)) > _ROTATION_TOLERANCE * max(abs(grid.a), abs(grid.e)):
        raise RasterError(f"The grid of “{name}” is rotated; {warp}")
    if grid.a <= 0 or grid.e >= 0:
        raise RasterError(f"The grid of “{name}” is not north-up; {warp}")
    return GeoTransform(grid.c, grid.f, grid.a, grid.e)


def _palette(dataset: rasterio.DatasetReader) -> dict[int, tuple[int, int, int]] | None:
    if dataset.colorinterp[0] != ColorInterp.palette:
        return None
    colors = [(value, color[:3]) for value, color in sorted(dataset.colormap(1).items())]
    while len(colors) > 1 and colors[-1][1] == colors[-2][1]:
        colors.pop()
    return dict(colors)
