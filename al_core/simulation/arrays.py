"""The pixels, validity and labels of all images, in one file each that any process can map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..project import ImageRecord

PIXELS, VALID, LABELS = "pixels.npy", "valid.npy", "labels.npy"


@dataclass(frozen=True, eq=False)
class Arrays:
    """Arrays of images one after the other; thousands of files would be too many to hold open."""

    folder: Path
    images: tuple[ImageRecord, ...]
    bands: int

    def pixels(self, image: int) -> NDArray[np.generic]:
        """Return (B, H, W) in the type of the file."""
        record, start, end = self._place(image)
        part = self._pixels[self.bands * start : self.bands * end]
        return part.reshape(self.bands, record.height, record.width)

    def labels(self, image: int) -> NDArray[np.uint8]:
        """Return uint8 (H, W) class indices."""
        record, start, end = self._place(image)
        return self._labels[start:end].reshape(record.height, record.width)

    def valid(self, image: int) -> NDArray[np.bool_] | None:
        """Return bool (H, W), or None where every pixel of every image is valid."""
        if self._valid is None:
            return None
        record, start, end = self._place(image)
        return self._valid[start:end].reshape(record.height, record.width)

    def write_pixels(self, image: int, values: NDArray[np.generic]) -> None:
        """Keep the pixels of an image."""
        self._target(PIXELS, self.bands, values.dtype)
        _, start, end = self._place(image)
        target = np.load(self.folder / PIXELS, mmap_mode="r+")
        target[self.bands * start : self.bands * end] = values.ravel()

    def write_labels(self, image: int, values: NDArray[np.uint8]) -> None:
        """Keep the labels of an image."""
        self._target(LABELS, 1, values.dtype)
        _, start, end = self._place(image)
        np.load(self.folder / LABELS, mmap_mode="r+")[start:end] = values.ravel()

    def write_valid(self, image: int, values: NDArray[np.bool_]) -> None:
        """Keep which pixels of an image are valid; those of the others are all."""
        if self._target(VALID, 1, values.dtype):
            np.load(self.folder / VALID, mmap_mode="r+")[:] = True
        _, start, end = self._place(image)
        np.load(self.folder / VALID, mmap_mode="r+")[start:end] = values.ravel()

    def _target(self, name: str, bands: int, dtype: np.dtype[np.generic]) -> bool:
        """Make room for a kind of array, and tell whether there was none before."""
        if (self.folder / name).exists():
            return False
        shape = (bands * int(self._ends[-1]),)
        np.lib.format.open_memmap(self.folder / name, mode="w+", dtype=dtype, shape=shape)
        return True

    def _place(self, image: int) -> tuple[ImageRecord, int, int]:
        record = self.images[image]
        end = int(self._ends[image])
        return record, end - record.height * record.width, end

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        return _ends(self.images)

    @cached_property
    def _pixels(self) -> NDArray[np.generic]:
        found: NDArray[np.generic] = np.load(self.folder / PIXELS, mmap_mode="r")
        return found

    @cached_property
    def _labels(self) -> NDArray[np.uint8]:
        found: NDArray[np.uint8] = np.load(self.folder / LABELS, mmap_mode="r")
        return found

    @cached_property
    def _valid(self) -> NDArray[np.bool_] | None:
        path = self.folder / VALID
        return np.load(path, mmap_mode="r") if path.exists() else None


def _ends(images: Sequence[ImageRecord]) -> NDArray[np.int64]:
    return np.cumsum([image.height * image.width for image in images], dtype=np.int64)
