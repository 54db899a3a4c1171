"""Maps of a small area at four rounds, to look at."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..coords import Window
from ..errors import explain_disk_errors
from ..inference import Forward, predict_tiles
from ..legend import UNLABELLED
from ..progress import Silent
from .splits import Use
from .teaching import Place

MAPS = "maps"
SIDE_PX = 512
ROUNDS = 4
_BAND = 3

Mask = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Preview:
    """The test tiles of one image, or of its block with most classes.

    `window` is their frame in the pixels of the image, `step` how many pixels become one.
    """

    place: Place
    image: int
    ids: NDArray[np.int64]
    window: Window
    step: int

    @classmethod
    def of(cls, place: Place) -> Preview:
        """Choose the area; it depends on the split alone."""
        world, split = place.world, place.split
        tiles = world.tiles
        best, ids = (-1, -1, 0), split.test
        for image in np.unique(tiles.image[split.test]).tolist():
            own = split.test[tiles.image[split.test] == image]
            everything = (tiles.image == image) & (world.valid_px > 0)
            if (split.use[everything] == Use.TEST).all():
                parts = [own]
            else:
                parts = [own[split.block[own] == block] for block in np.unique(split.block[own])]
            for part in parts:
                classes = int((world.counts[part].sum(axis=0) > 0).sum())
                if (classes, len(part), -int(part[0])) > best:
                    best, ids = (classes, len(part), -int(part[0])), part
        top, left = int(tiles.row[ids].min()), int(tiles.col[ids].min())
        bottom = int((tiles.row[ids] + tiles.height[ids]).max())
        right = int((tiles.col[ids] + tiles.width[ids]).max())
        window = Window(top, left, bottom - top, right - left)
        step = -(-max(window.height, window.width) // SIDE_PX)
        return cls(place, int(tiles.image[ids[0]]), ids, window, step)

    @property
    def rounds(self) -> tuple[int, ...]:
        """The rounds whose maps are kept: the first, the last, and two between."""
        last = self.place.config.rounds
        return tuple(sorted({round(last * part / (ROUNDS - 1)) for part in range(ROUNDS)}))

    def write(self, forward: Forward, slug: str, seed: int, number: int) -> None:
        """Let a network look at the area and keep what it sees: uint8, 255 elsewhere.

        Raises:
            StorageError: The disk is full.
        """
        world = self.place.world
        canvas = np.full((self.window.height, self.window.width), UNLABELLED, dtype=np.uint8)
        for tile_id, mask in predict_tiles(
            forward, world.inputs, self.ids, self.place.look_batch, Silent()
        ):
            at = world.tiles.core(tile_id).relative_to(self.window)
            canvas[at.rows, at.cols] = mask
        self._save(f"{slug}_s{seed}_r{number}", canvas[:: self.step, :: self.step])

    def inherit(self, first: str, slug: str, seed: int) -> None:
        """Take over the map of the round that all strategies of a seed share."""
        folder = self.place.folder / MAPS
        shared = folder / f"{first}_s{seed}_r0.npy"
        if shared.exists():
            with explain_disk_errors(folder):
                shutil.copyfile(shared, folder / f"{slug}_s{seed}_r0.npy")

    def write_truth(self) -> None:
        """Keep the truth of the area (uint8, 255 unlabelled) and the image (uint8 (h, w, 3)).

        Raises:
            StorageError: The disk is full.
        """
        world = self.place.world
        truth = np.full((self.window.height, self.window.width), UNLABELLED, dtype=np.uint8)
        for tile_id in self.ids.tolist():
            at = world.tiles.core(tile_id).relative_to(self.window)
            truth[at.rows, at.cols] = world.truth(tile_id)
        pixels = world.pixels_in(self.image, self.window)[:, :: self.step, :: self.step]
        self._save("truth", truth[:: self.step, :: self.step])
        self._save("image", seen(pixels, self.place))

    def _save(self, name: str, array: NDArray[np.uint8]) -> None:
        folder = self.place.folder / MAPS
        with explain_disk_errors(folder):
            folder.mkdir(exist_ok=True)
            temporary = folder / f".{name}.{os.getpid()}.npy"
            np.save(temporary, np.ascontiguousarray(array))
            temporary.replace(_file(folder, name))


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.npy"


def seen(pixels: NDArray[np.generic], place: Place) -> NDArray[np.uint8]:
    """Return uint8 (h, w, 3): red, green and blue as the eye expects, as far as that is known."""
    bands = len(place.world.settings.bands)
    # Four bands and more come from sensors that count from blue.
    order = (0, 1, 2) if bands == _BAND else (2, 1, 0) if bands > _BAND else (0, 0, 0)
    scaling = place.world.settings.normalisation
    low = np.array(scaling.low)[list(order), None, None]
    high = np.array(scaling.high)[list(order), None, None]
    chosen = pixels[list(order)].astype(np.float64)
    scaled = np.nan_to_num(np.clip((chosen - low) / (high - low), 0, 1))
    seen: NDArray[np.uint8] = (scaled * 255).round().astype(np.uint8).transpose(1, 2, 0)
    return seen
