"""Windows of an image as the network gets them: normalised, padded, with their validity."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..coords import Window
from .bands import BandReader
from .rasters import RasterSource


class Scaling(Protocol):
    """How raw values become network input, one number a band."""

    @property
    def low(self) -> tuple[float, ...]:
        """The raw value that becomes 0, and what is below it."""

    @property
    def high(self) -> tuple[float, ...]:
        """The raw value that becomes 1, and what is above it."""

    @property
    def mean(self) -> tuple[float, ...]:
        """The mean of the values after that, 0 to 1."""

    @property
    def std(self) -> tuple[float, ...]:
        """Their standard deviation."""


class _Steps(NamedTuple):
    low: float
    high: float
    offset: float
    factor: float


class ImageReader:
    """Reads normalised windows of one image, one reader a thread."""

    def __init__(self, image: RasterSource, bands: Sequence[int], scaling: Scaling) -> None:
        """Open the image.

        Args:
            image: The raster.
            bands: 1-based band numbers in the order in which the network gets them.
            scaling: One entry for each of `bands`.

        Raises:
            RasterError: The file is gone, no raster any more, or of another size.
        """
        self._bands = BandReader(image, bands)
        self._count = len(bands)
        self._steps = [
            _steps(*numbers)
            for numbers in zip(scaling.low, scaling.high, scaling.mean, scaling.std, strict=True)
        ]

    def __enter__(self) -> ImageReader:
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
        self._bands.close()

    def read(self, window: Window) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Read a window.

        Args:
            window: Any rectangle; what lies outside the raster is invalid.

        Returns:
            (B, h, w) float32, clipped to low…high, scaled to 0…1, minus mean, over std;
            0 where invalid. And (h, w) bool, where every band holds data (see BandReader).

        Raises:
            RasterError: The file can no longer be read.
        """
        inside = window.intersection(self._bands.bounds)
        if inside == window:
            return self._read_inside(window)
        pixels = np.zeros((self._count, window.height, window.width), dtype=np.float32)
        valid = np.zeros((window.height, window.width), dtype=np.bool_)
        if inside is not None:
            place = inside.relative_to(window)
            part = self._read_inside(inside)
            pixels[:, place.rows, place.cols], valid[place.rows, place.cols] = part
        return pixels, valid

    def _read_inside(self, window: Window) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        raw, valid = self._bands.read(window)
        pixels = self._scaled(raw)
        if valid is None:
            return pixels, np.ones((window.height, window.width), dtype=np.bool_)
        invalid = ~valid
        for band in pixels:
            band[invalid] = 0.0
        return pixels, valid

    def _scaled(self, raw: NDArray[np.generic]) -> NDArray[np.float32]:
        pixels = np.empty(raw.shape, dtype=np.float32)
        scale = _scale if raw.dtype == np.float32 else _scale_wide
        with np.errstate(invalid="ignore"):  # NaN where invalid
            for source, target, steps in zip(raw, pixels, self._steps, strict=True):
                scale(source, target, steps)
        return pixels


def _scale(source: NDArray[np.generic], target: NDArray[np.float32], steps: _Steps) -> None:
    np.clip(source, steps.low, steps.high, out=target)
    target -= steps.offset
    target *= steps.factor


def _scale_wide(source: NDArray[np.generic], target: NDArray[np.float32], steps: _Steps) -> None:
    """Scale 32-bit integers and doubles: subtract before the digits are lost."""
    values = source.astype(np.float64)
    np.clip(values, steps.low, steps.high, out=values)
    target[...] = (values - steps.offset) * steps.factor


def _steps(low: float, high: float, mean: float, std: float) -> _Steps:
    """Return ((clip(x) - low) / range - mean) / std as one subtraction and one product."""
    spread = high - low if high > low else 1.0
    factor = 1.0 / (spread * (std if std > 0 else 1.0))
    return _Steps(low, low + spread, low + mean * spread, factor)
