"""A label raster of any grid and CRS, read onto the grid of an image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from ..coords import Window
from ..errors import LabelError
from .extent import Extent, extent_of, overlap
from .rasters import (
    GDAL_ERRORS,
    RasterSource,
    affine_of,
    alpha_band,
    crs_of,
    gdal_window,
    open_raster,
)


class RasterLabels:
    """One band of class values; nodata, masks and alpha mean unlabelled."""

    def __init__(self, path: Path) -> None:
        """Look at the raster.

        Raises:
            LabelError: It has no CRS, several bands, or complex values.
        """
        self._path = path
        with open_raster(path) as dataset:
            bands = dataset.count - (alpha_band(dataset) is not None)
            if bands != 1:
                raise LabelError(
                    f"The labels “{path.name}” have {bands} bands; choose a raster with a "
                    "single band of class values."
                )
            if not dataset.crs:
                raise LabelError(
                    f"The labels “{path.name}” have no coordinate reference system; assign "
                    "one first (in QGIS: Raster > Projections > Assign Projection)."
                )
            if np.dtype(dataset.dtypes[0]).kind == "c":
                raise LabelError(
                    f"The labels “{path.name}” hold complex numbers; choose a raster of class "
                    "values."
                )
            self._extent = Extent(dataset.crs, *dataset.bounds)

    def touches(self, image: RasterSource) -> bool:
        """Tell whether the labels overlap an image."""
        return overlap(extent_of(image), self._extent)

    @contextmanager
    def onto(self, image: RasterSource) -> Iterator[RasterLabelsOnGrid]:
        """Open the labels on the grid of an image."""
        with (
            open_raster(self._path) as dataset,
            WarpedVRT(
                dataset,
                crs=crs_of(image),
                transform=affine_of(image.transform),
                width=image.width,
                height=image.height,
                resampling=Resampling.nearest,
                add_alpha=alpha_band(dataset) is None,
            ) as warped,
        ):
            yield RasterLabelsOnGrid(warped, self._path)


class RasterLabelsOnGrid:
    """A label raster on the grid of one image."""

    def __init__(self, warped: WarpedVRT, path: Path) -> None:
        """Take an open virtual raster with an alpha band."""
        self._warped = warped
        self._path = path
        self._alpha = alpha_band(warped)

    def read(self, window: Window) -> tuple[list[float | str], NDArray[np.intp]]:
        """Return the values that occur, and (h, w) which of them a pixel has, or -1.

        Raises:
            LabelError: The file can no longer be read.
        """
        area = gdal_window(window)
        try:
            values = self._warped.read(1, window=area)
            labelled = self._warped.read(self._alpha, window=area) > 0
        except GDAL_ERRORS as error:
            raise LabelError(
                f"The labels {self._path} can no longer be read; the file was moved or is "
                "damaged. Put it back and try again."
            ) from error
        if values.dtype.kind == "f":
            labelled &= ~np.isnan(values)
        which = np.full(values.shape, -1, dtype=np.intp)
        found, which[labelled] = np.unique(values[labelled], return_inverse=True)
        return [float(value) for value in found], which
