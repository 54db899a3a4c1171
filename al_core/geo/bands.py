"""Raw bands of a raster, and which of its pixels hold data."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import MaskFlags

from ..coords import Window
from ..errors import RasterError
from .rasters import GDAL_ERRORS, RasterSource, alpha_band, gdal_window, open_raster


class BandReader:
    """Reads raw pixels of chosen bands, one reader a thread.

    A pixel is valid where every chosen band is finite and not nodata, the mask of the
    dataset is set and alpha is above 0, and none of its eight neighbours inside the
    raster fails this (METHODS 2.8: the edge of nodata is a mixture). One more pixel is
    read around a window, so that validity does not depend on how the raster is cut.
    """

    def __init__(self, source: RasterSource, bands: Sequence[int]) -> None:
        """Open the raster.

        Args:
            source: The raster; its size must be what the file has now.
            bands: 1-based band numbers, read in this order.

        Raises:
            RasterError: The file is gone, no raster any more, or of another size.
        """
        self._name = source.name
        self._dataset = open_raster(source.path)
        self._bands = list(bands)
        try:
            self._check_unchanged(source)
        except RasterError:
            self.close()
            raise
        self._bounds = Window(0, 0, source.height, source.width)
        self._alpha = alpha_band(self._dataset)
        flags = self._dataset.mask_flag_enums[bands[0] - 1]
        self._has_dataset_mask = MaskFlags.per_dataset in flags and MaskFlags.alpha not in flags
        self._has_band_masks = not flags
        native = np.result_type(*(self._dataset.dtypes[band - 1] for band in bands))
        fits = native.itemsize <= 2 or native == np.float32  # noqa: PLR2004 - bytes
        self._dtype = np.dtype(np.float32) if fits else native
        self._is_float = native.kind == "f"
        self._nodata = [self._nodata_of(band) for band in bands]

    def __enter__(self) -> BandReader:
        """Enter."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._dataset.close()

    @property
    def bounds(self) -> Window:
        """The whole raster."""
        return self._bounds

    @property
    def always_valid(self) -> bool:
        """Whether no pixel of the raster can be invalid, so that nobody needs to look."""
        return not (self._judges_values or self._has_masks)

    def read(self, window: Window) -> tuple[NDArray[np.generic], NDArray[np.bool_] | None]:
        """Read pixels.

        Args:
            window: A rectangle inside the raster.

        Returns:
            (B, h, w) values, float32 where that holds them exactly, else as in the file;
            and (h, w) bool, where they are valid, or None where all of them are.

        Raises:
            RasterError: The file can no longer be read.
        """
        if self.always_valid:
            return self._raw(window), None
        around = self._around(window)
        inner = window.relative_to(around)
        values = self._raw(around)
        valid = _eroded(self._valid(values, around))
        values = values[:, inner.rows, inner.cols]
        if valid is None:
            return values, None
        valid = valid[inner.rows, inner.cols]
        return values, None if valid.all() else valid

    def read_valid(self, window: Window) -> NDArray[np.bool_]:
        """Read where the pixels of a window inside the raster are valid, (h, w) bool."""
        if self._judges_values:
            valid = self.read(window)[1]
        else:
            around = self._around(window)
            inner = window.relative_to(around)
            valid = None if self.always_valid else _eroded(self._masks(around))
            valid = None if valid is None else valid[inner.rows, inner.cols]
        if valid is None:
            return np.ones((window.height, window.width), dtype=np.bool_)
        return valid

    @property
    def _judges_values(self) -> bool:
        return self._is_float or any(value is not None for value in self._nodata)

    @property
    def _has_masks(self) -> bool:
        return bool(self._alpha or self._has_dataset_mask or self._has_band_masks)

    def _check_unchanged(self, source: RasterSource) -> None:
        dataset = self._dataset
        if (dataset.height, dataset.width) != (source.height, source.width):
            raise RasterError(
                f"“{self._name}” is {dataset.width} × {dataset.height} px now, but the project "
                f"was made with {source.width} × {source.height} px. Put the old file back, or "
                "make a new project."
            )
        if max(self._bands) > dataset.count:
            raise RasterError(
                f"“{self._name}” has {dataset.count} band(s), so there is no band "
                f"{max(self._bands)}; choose among 1 to {dataset.count}."
            )

    def _nodata_of(self, band: int) -> np.generic | None:
        """Return a band's nodata as the values are read, or None where none can equal it."""
        nodata = self._dataset.nodatavals[band - 1]
        if nodata is None or nodata != nodata:  # noqa: PLR0124 - NaN is caught as not finite
            return None
        native = np.dtype(self._dataset.dtypes[band - 1])
        if native.kind in "iu":
            limits = np.iinfo(native)
            if nodata != int(nodata) or not limits.min <= nodata <= limits.max:
                return None
            return self._dtype.type(int(nodata))
        if abs(nodata) > np.finfo(native).max:
            return None
        return self._dtype.type(nodata)

    def _around(self, window: Window) -> Window:
        around = window.grown(1).intersection(self._bounds)
        return around or window

    def _raw(self, window: Window) -> NDArray[np.generic]:
        values = np.empty((len(self._bands), window.height, window.width), dtype=self._dtype)
        try:
            self._dataset.read(self._bands, window=gdal_window(window), out=values)
        except GDAL_ERRORS as error:
            raise self._unreadable() from error
        return values

    def _valid(self, values: NDArray[np.generic], window: Window) -> NDArray[np.bool_] | None:
        valid = self._masks(window) if self._has_masks else None
        for band, nodata in zip(values, self._nodata, strict=True):
            if nodata is not None:
                valid = _both(valid, band != nodata)
            if self._is_float and not _sum_is_finite(band):
                valid = _both(valid, np.isfinite(band))
        return valid

    def _masks(self, window: Window) -> NDArray[np.bool_] | None:
        area = gdal_window(window)
        valid: NDArray[np.bool_] | None = None
        try:
            if self._alpha:
                valid = self._dataset.read(self._alpha, window=area) > 0
            if self._has_dataset_mask:
                valid = _both(valid, self._dataset.read_masks(self._bands[0], window=area) > 0)
            if self._has_band_masks:
                masks = self._dataset.read_masks(self._bands, window=area) > 0
                valid = _both(valid, masks.all(axis=0))
        except GDAL_ERRORS as error:
            raise self._unreadable() from error
        return valid

    def _unreadable(self) -> RasterError:
        return RasterError(
            f"“{self._name}” can no longer be read ({self._dataset.name}): the file was moved "
            "or is damaged. Put it back and try again."
        )


def _both(left: NDArray[np.bool_] | None, right: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return right if left is None else np.logical_and(left, right, out=right)


def _sum_is_finite(values: NDArray[np.generic]) -> bool:
    """Tell cheaply that all values are finite; False says only that it is worth a look."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.add.reduce(values, axis=None)))


def _eroded(valid: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    """Return `valid` without the pixels that touch an invalid one; None where all are valid."""
    if valid is None or valid.all():
        return None
    tall = valid.copy()
    tall[1:] &= valid[:-1]
    tall[:-1] &= valid[1:]
    wide = tall.copy()
    wide[:, 1:] &= tall[:, :-1]
    wide[:, :-1] &= tall[:, 1:]
    return wide
