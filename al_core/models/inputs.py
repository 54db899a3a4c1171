"""What the network reads: normalised windows of a project's images."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..coords import Window
from ..geo.reader import ImageReader
from ..project import ImageRecord, ProjectSettings, TileTable

_OPEN_FILES = 16

Pixels = NDArray[np.float32]
Valid = NDArray[np.bool_]


class Reader(Protocol):
    """Reads windows of one image: an ImageReader, or what stands in for it."""

    def read(self, window: Window) -> tuple[Pixels, Valid]:
        """Return float32 (B, h, w), 0 where invalid, and bool (h, w)."""

    def close(self) -> None:
        """Close the file."""


@dataclass(frozen=True, eq=False)
class NetworkInputs:
    """The images and tiles that a network is trained on or looks at.

    `open_reader` is called in the thread that reads; None opens an ImageReader.
    """

    images: tuple[ImageRecord, ...]
    settings: ProjectSettings
    tiles: TileTable
    open_reader: Callable[[ImageRecord], Reader] | None = None

    @property
    def bands(self) -> int:
        """The number of input channels."""
        return len(self.settings.bands)

    def image(self, image_id: int) -> ImageRecord:
        """Return the image with this id."""
        return next(image for image in self.images if image.id == image_id)

    def window(self, tile_id: int) -> Window:
        """Return what the network sees of a tile, in the pixels of its image."""
        image = self.image(int(self.tiles.image[tile_id]))
        grid = image.grid(self.settings.tile_size_px, self.settings.halo_px)
        return grid.window(tile_id - image.first_tile)

    def open(self, image: ImageRecord) -> Reader:
        """Open one image for the calling thread."""
        if self.open_reader is not None:
            return self.open_reader(image)
        return ImageReader(image, self.settings.bands, self.settings.normalisation)


class OpenImages:
    """Reads windows of any of the images; belongs to one thread."""

    def __init__(self, inputs: NetworkInputs) -> None:
        """Open nothing yet."""
        self._inputs = inputs
        self._readers: OrderedDict[int, Reader] = OrderedDict()

    def __enter__(self) -> OpenImages:
        """Enter."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close what was opened."""
        while self._readers:
            self._readers.popitem()[1].close()

    def read(self, image_id: int, window: Window) -> tuple[Pixels, Valid]:
        """Return float32 (B, h, w), 0 where invalid, and bool (h, w).

        Raises:
            RasterError: The file is gone or can no longer be read.
        """
        if image_id in self._readers:
            self._readers.move_to_end(image_id)
        else:
            if len(self._readers) == _OPEN_FILES:
                self._readers.popitem(last=False)[1].close()
            self._readers[image_id] = self._inputs.open(self._inputs.image(image_id))
        return self._readers[image_id].read(window)
