"""Windows of an image that lies in memory as an array."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..coords import Window
from ..project import Normalisation

Pixels = NDArray[np.float32]
Valid = NDArray[np.bool_]


class MappedReader:
    """Reads normalised windows of an array as an ImageReader reads those of a file."""

    def __init__(
        self, raw: NDArray[np.generic], valid: Valid | None, scaling: Normalisation
    ) -> None:
        """Take the arrays.

        Args:
            raw: (B, H, W) in the type of the file.
            valid: bool (H, W); None where all pixels are valid.
            scaling: One entry a band.
        """
        self._raw, self._valid = raw, valid
        self._bounds = Window(0, 0, raw.shape[1], raw.shape[2])
        low, high, mean, std = (
            np.array(part, dtype=np.float64).reshape(-1, 1, 1)
            for part in (scaling.low, scaling.high, scaling.mean, scaling.std)
        )
        self._low, self._high = low, high
        self._offset = low + mean * (high - low)
        self._factor = 1.0 / ((high - low) * std)
        self._exact = raw.dtype.itemsize <= 2 or raw.dtype == np.float32  # noqa: PLR2004 - bytes

    def read(self, window: Window) -> tuple[Pixels, Valid]:
        """Return float32 (B, h, w), 0 where invalid, and bool (h, w)."""
        inside = window.intersection(self._bounds)
        if inside == window:
            return self._read_inside(window)
        shape = (window.height, window.width)
        pixels = np.zeros((self._raw.shape[0], *shape), dtype=np.float32)
        valid = np.zeros(shape, dtype=np.bool_)
        if inside is not None:
            place = inside.relative_to(window)
            part = self._read_inside(inside)
            pixels[:, place.rows, place.cols], valid[place.rows, place.cols] = part
        return pixels, valid

    def close(self) -> None:
        """Hold nothing to close."""

    def _read_inside(self, window: Window) -> tuple[Pixels, Valid]:
        kind = np.float32 if self._exact else np.float64
        values: NDArray[Any] = self._raw[:, window.rows, window.cols].astype(kind)
        with np.errstate(invalid="ignore"):  # NaN where invalid
            np.clip(values, self._low.astype(kind), self._high.astype(kind), out=values)
            values -= self._offset.astype(kind)
            values *= self._factor.astype(kind)
        pixels: Pixels = values.astype(np.float32, copy=False)
        if self._valid is None:
            return pixels, np.ones(pixels.shape[1:], dtype=np.bool_)
        valid = np.array(self._valid[window.rows, window.cols])
        pixels[:, ~valid] = 0.0
        return pixels, valid
