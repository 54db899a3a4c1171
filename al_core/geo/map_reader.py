"""The maps that a round has made, read window by window."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from ..coords import Window
from ..errors import RasterError
from .rasters import GDAL_ERRORS, gdal_window, open_raster


class MapReader:
    """Reads one uint8 map; belongs to one thread."""

    def __init__(self, path: Path) -> None:
        """Open the map.

        Raises:
            RasterError: It is missing or damaged.
        """
        self._path = path
        self._dataset = open_raster(path)
        self.height, self.width = self._dataset.shape
        self.nodata = self._dataset.nodata

    def __enter__(self) -> MapReader:
        """Enter."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._dataset.close()

    def read(self, window: Window) -> NDArray[np.uint8]:
        """Return uint8 (h, w) values of a window inside the map.

        Raises:
            RasterError: The file can no longer be read.
        """
        try:
            values: NDArray[np.uint8] = self._dataset.read(1, window=gdal_window(window))
        except GDAL_ERRORS as error:
            raise RasterError(f"The map {self._path} is damaged; predict again.") from error
        return values
