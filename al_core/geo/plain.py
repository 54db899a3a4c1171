"""Rasters without a place on the map: photographs, chips and masks, read whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import Resampling

from ..coords import GeoTransform, Window
from ..errors import LabelError, RasterError
from .bands import BandReader
from .rasters import GDAL_ERRORS, RasterInfo, alpha_band, open_raster

PIXEL_GRID = GeoTransform(0.0, 0.0, 1.0, -1.0)


def inspect_plain(path: Path) -> RasterInfo:
    """Return what there is to know of a raster, wherever it lies.

    Raises:
        RasterError: It is missing, no raster, or holds complex numbers.
    """
    with open_raster(path) as dataset:
        dtype = np.result_type(*dataset.dtypes)
        if dtype.kind == "c":
            raise RasterError(
                f"“{path.name}” holds complex numbers; convert it to amplitude or intensity first."
            )
        alpha = alpha_band(dataset)
        return RasterInfo(
            path=str(path.resolve()),
            name=path.stem,
            height=dataset.height,
            width=dataset.width,
            count=dataset.count,
            bands=tuple(band for band in dataset.indexes if band != alpha) or (1,),
            crs_wkt="",
            transform=PIXEL_GRID,
            dtype=str(dtype),
            nodata=dataset.nodata,
            palette=None,
            block_shape=tuple(dataset.block_shapes[0]),
        )


def read_raw(
    info: RasterInfo, bands: tuple[int, ...]
) -> tuple[NDArray[np.generic], NDArray[np.bool_] | None]:
    """Return all pixels in the type of the file, and where they are valid.

    Args:
        info: The raster.
        bands: 1-based band numbers.

    Returns:
        (B, H, W) in the type of the file, and bool (H, W), or None where all are valid.

    Raises:
        RasterError: The file is gone or can no longer be read.
    """
    with BandReader(info, bands) as reader:
        values, valid = reader.read(Window(0, 0, info.height, info.width))
    return values.astype(info.dtype, copy=False), valid


def read_resized(info: RasterInfo, bands: tuple[int, ...], side: int) -> NDArray[np.generic]:
    """Return (B, side, side) pixels, averaged where the image shrinks, in the file's type.

    Raises:
        RasterError: The file can no longer be read.
    """
    return _resampled(info, bands, side, Resampling.average)


def read_scaled(info: RasterInfo, bands: tuple[int, ...], side: int) -> NDArray[np.generic]:
    """Return (B, side, side) pixels in the file's type, interpolated between those of the file.

    Raises:
        RasterError: The file can no longer be read.
    """
    return _resampled(info, bands, side, Resampling.bilinear)


def read_class_values(
    path: Path, side: int = 0
) -> tuple[NDArray[np.generic], NDArray[np.bool_] | None]:
    """Return the values of a label raster, and where they count.

    Args:
        path: A raster with one band of class values.
        side: Nearest neighbours on a square of this side; 0 keeps the pixels.

    Returns:
        (H, W) in the type of the file, and bool (H, W), False at nodata; None where all count.

    Raises:
        LabelError: It has several bands, or cannot be read.
    """
    shape = (side, side) if side else None
    try:
        with open_raster(path) as dataset:
            if dataset.count - (alpha_band(dataset) is not None) != 1:
                raise LabelError(
                    f"The labels “{path.name}” have {dataset.count} bands; choose a raster with "
                    "a single band of class values."
                )
            values: NDArray[np.generic] = dataset.read(
                1, out_shape=shape, resampling=Resampling.nearest
            )
            counted = dataset.read_masks(1, out_shape=shape, resampling=Resampling.nearest) > 0
    except (RasterError, *GDAL_ERRORS) as error:
        raise LabelError(
            f"The labels {path} cannot be read; choose a raster of class values."
        ) from error
    return values, None if counted.all() else counted


def _resampled(
    info: RasterInfo, bands: tuple[int, ...], side: int, how: Resampling
) -> NDArray[np.generic]:
    try:
        with open_raster(info.path) as dataset:
            values: NDArray[np.generic] = dataset.read(
                list(bands), out_shape=(len(bands), side, side), resampling=how
            )
    except GDAL_ERRORS as error:
        raise RasterError(
            f"“{info.name}” can no longer be read ({info.path}): the file was moved or is "
            "damaged. Put it back and try again."
        ) from error
    return values
