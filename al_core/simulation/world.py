"""The world of a simulation: images, tiles and truth, mapped into memory."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import Task
from ..coords import Window
from ..geo.plain import PIXEL_GRID
from ..legend import UNLABELLED, Legend, LegendClass
from ..models import NetworkInputs
from ..project import ImageRecord, Normalisation, ProjectSettings, Role, TileTable
from ..project.tiles import tile_table
from ..training import LabelSnapshot, TrainingData
from .arrays import Arrays
from .readers import MappedReader

ABOUT = "world.json"

Mask = NDArray[np.uint8]


class WorldInputs(NetworkInputs):
    """Inputs whose images are numbered from 0, so that finding one takes no search."""

    def image(self, image_id: int) -> ImageRecord:
        """Return the image with this id."""
        return self.images[image_id]


@dataclass(frozen=True, eq=False)
class World:
    """Everything that the strategies compete over.

    Attributes:
        folder: Where the pixels and labels lie as arrays.
        images: Numbered from 0.
        settings: Tile size, halo, bands, normalisation.
        legend: The classes.
        held_out: bool (number of images,), True for those that never enter the pool.
        valid_px: int32 (N,) valid pixels of each tile's core.
        counts: int64 (N, K) truth pixels of each class in each tile's core; where whole tiles
            are labelled 1 for each class that a tile shows.
        notes: What was left out or changed when the images were read.
    """

    folder: Path
    images: tuple[ImageRecord, ...]
    settings: ProjectSettings
    legend: Legend
    held_out: NDArray[np.bool_]
    valid_px: NDArray[np.int32]
    counts: NDArray[np.int64]
    notes: tuple[str, ...] = ()
    _truth: dict[int, Mask] = field(default_factory=dict, repr=False)
    _packed: dict[int, bytes] = field(default_factory=dict, repr=False)
    _blank: dict[tuple[int, int], Mask] = field(default_factory=dict, repr=False)

    @cached_property
    def tiles(self) -> TileTable:
        """All tiles; every role is POOL, the split says what each is for."""
        roles = np.full(len(self.valid_px), Role.POOL, dtype=np.uint8)
        return tile_table(self.images, self.settings, self.valid_px, roles)

    @cached_property
    def arrays(self) -> Arrays:
        """Pixels and labels on the disk."""
        return Arrays(self.folder, self.images, len(self.settings.bands))

    @cached_property
    def inputs(self) -> NetworkInputs:
        """What networks read."""
        return WorldInputs(self.images, self.settings, self.tiles, self._open)

    @property
    def classes(self) -> int:
        """The number of classes, K."""
        return len(self.legend)

    @property
    def task(self) -> Task:
        """What a label says."""
        return self.settings.task

    @property
    def tile_px(self) -> int:
        """What is labelled of a whole tile: the pixels of its core, or the tile itself."""
        if self.task.labels_tiles:
            return 1
        return (self.settings.tile_size_px - 2 * self.settings.halo_px) ** 2

    def can_teach(self, ids: NDArray[np.int64]) -> bool:
        """Tell whether the labels of tiles differ in a way that can be learnt.

        Args:
            ids: int64 (M,).
        """
        seen = self.counts[ids].astype(np.bool_).sum(axis=0)  # (K,) tiles
        if self.task is Task.MULTILABEL:
            return bool(((seen > 0) & (seen < len(ids))).any())
        return int(np.count_nonzero(seen)) > 1

    def truth(self, tile_id: int) -> Mask:
        """Return the truth of a tile's core: class index, UNLABELLED where there is none."""
        core = self.tiles.core(tile_id)
        return self._mask_of(int(self.tiles.image[tile_id]))[core.rows, core.cols]

    def truth_in(self, image: int, window: Window) -> Mask:
        """Return the truth inside a window of an image."""
        return self._mask_of(image)[window.rows, window.cols]

    def pixels_in(self, image: int, window: Window) -> NDArray[np.generic]:
        """Return raw (B, h, w) pixels inside a window of an image."""
        return self.arrays.pixels(image)[:, window.rows, window.cols]

    def oracle(self, labelled: NDArray[np.bool_]) -> Callable[[int], Mask]:
        """Return what reads the labels that are known so far.

        Args:
            labelled: bool (N,), the tiles that the oracle has answered.
        """

        def read(tile_id: int) -> Mask:
            return self.truth(tile_id) if labelled[tile_id] else self._nothing(tile_id)

        return read

    def snapshot(self, ids: NDArray[np.int64]) -> LabelSnapshot:
        """Return the truth of tiles as labels to learn from.

        Args:
            ids: int64 (M,), any order.
        """
        known = np.sort(ids[self.counts[ids].any(axis=1)])
        return LabelSnapshot(
            known, self.counts[known], {tile: self._pack(tile) for tile in known.tolist()}
        )

    def lesson(self, ids: NDArray[np.int64]) -> TrainingData:
        """Return the training data of labelled tiles."""
        return TrainingData(self.inputs, self.snapshot(ids), self.legend.names)

    def _pack(self, tile_id: int) -> bytes:
        if tile_id not in self._packed:
            self._packed[tile_id] = zlib.compress(self.truth(tile_id).tobytes(), 1)
        return self._packed[tile_id]

    def _nothing(self, tile_id: int) -> Mask:
        shape = self.tiles.shape(tile_id)
        if shape not in self._blank:
            self._blank[shape] = np.full(shape, UNLABELLED, dtype=np.uint8)
        return self._blank[shape]

    def _mask_of(self, image: int) -> Mask:
        if image not in self._truth:
            self._truth[image] = self.arrays.labels(image)
        return self._truth[image]

    def _open(self, image: ImageRecord) -> MappedReader:
        pixels, valid = self.arrays.pixels(image.id), self.arrays.valid(image.id)
        return MappedReader(pixels, valid, self.settings.normalisation)

    def save(self) -> None:
        """Write what `load` needs beside the arrays; the last file of a whole world."""
        np.savez(self.folder / "tiles.npz", valid_px=self.valid_px, counts=self.counts)
        scaling = self.settings.normalisation
        about: dict[str, Any] = {
            "images": [
                [item.path, item.name, item.height, item.width, item.dtype] for item in self.images
            ],
            "held_out": self.held_out.tolist(),
            "tile_size_px": self.settings.tile_size_px,
            "halo_px": self.settings.halo_px,
            "bands": list(self.settings.bands),
            "normalisation": [scaling.low, scaling.high, scaling.mean, scaling.std],
            "legend": [[entry.value, entry.name, entry.color] for entry in self.legend],
            "task": self.task.value,
            "notes": list(self.notes),
        }
        temporary = self.folder / f"{ABOUT}.tmp"
        temporary.write_text(json.dumps(about), encoding="utf-8")
        temporary.replace(self.folder / ABOUT)

    @classmethod
    def load(cls, folder: Path) -> World:
        """Map the world that `save` left in a folder."""
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        with np.load(folder / "tiles.npz") as file:
            valid_px, counts = file["valid_px"], file["counts"]
        settings = world_settings(
            about["tile_size_px"],
            about["halo_px"],
            tuple(about["bands"]),
            Normalisation(*(tuple(part) for part in about["normalisation"])),
            Task(about.get("task", Task.SEGMENTATION.value)),
        )
        return cls(
            folder,
            number_images([ImageFacts(*row) for row in about["images"]], settings),
            settings,
            Legend(tuple(LegendClass(*row) for row in about["legend"])),
            np.array(about["held_out"], dtype=np.bool_),
            valid_px,
            counts,
            tuple(about.get("notes", ())),
        )


@dataclass(frozen=True)
class ImageFacts:
    """What a world keeps of an image file."""

    path: str
    name: str
    height: int
    width: int
    dtype: str


def world_settings(
    tile_size_px: int,
    halo_px: int,
    bands: tuple[int, ...],
    normalisation: Normalisation,
    task: Task = Task.SEGMENTATION,
) -> ProjectSettings:
    """Return the settings of a world in the form that networks know."""
    return ProjectSettings(tile_size_px, halo_px, bands, normalisation, 0, "", task)


def number_images(facts: list[ImageFacts], settings: ProjectSettings) -> tuple[ImageRecord, ...]:
    """Return the images with their ids from 0 and their stretches of tiles."""
    records: list[ImageRecord] = []
    first = 0
    for number, item in enumerate(facts):
        record = ImageRecord(
            id=number,
            path=item.path,
            name=item.name,
            height=item.height,
            width=item.width,
            crs_wkt="",
            transform=PIXEL_GRID,
            dtype=item.dtype,
            nodata=None,
            first_tile=first,
            tile_count=0,
        )
        count = len(record.grid(settings.tile_size_px, settings.halo_px))
        records.append(_with_count(record, count))
        first += count
    return tuple(records)


def _with_count(record: ImageRecord, count: int) -> ImageRecord:
    return ImageRecord(**{**vars(record), "tile_count": count})
