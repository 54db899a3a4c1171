"""The tiles that a strategy picked, side by side in one picture."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import explain_disk_errors
from .journal import Choice
from .preview import MAPS, seen
from .teaching import Place

COLUMNS, MOST_ROWS = 8, 2
SIDE_PX, GAP_PX = 40, 2
PAPER = 255
_COARSE = 0xF8  # five bits a colour: half the bytes of a report


@dataclass(frozen=True, eq=False)
class Sheet:
    """Pictures of picked tiles, of the first seed and some of its rounds."""

    place: Place

    def write(self, name: str, number: int, picks: tuple[Choice, ...]) -> None:
        """Keep the first of the picked tiles, best first, row by row, as uint8 (h, w, 3).

        Raises:
            StorageError: The disk is full.
        """
        place = self.place
        if not (picks and place.is_pictured and number in self._rounds):
            return
        folder = place.folder / MAPS
        chosen = [pick.tile for pick in picks[: COLUMNS * MOST_ROWS]]
        path = folder / f"{name}_s{place.seed}_r{number}.npy"
        with explain_disk_errors(folder):
            folder.mkdir(exist_ok=True)
            temporary = folder / f".{name}.{os.getpid()}.npy"
            np.save(temporary, self._drawn(chosen))
            temporary.replace(path)

    @property
    def _rounds(self) -> set[int]:
        """The first round, and the last that is followed by another."""
        return {0, self.place.config.rounds - 1}

    def _drawn(self, ids: list[int]) -> NDArray[np.uint8]:
        step = SIDE_PX + GAP_PX
        rows = -(-len(ids) // COLUMNS)
        paper = np.full((rows * step - GAP_PX, COLUMNS * step - GAP_PX, 3), PAPER, dtype=np.uint8)
        for place, tile in enumerate(ids):
            row, col = divmod(place, COLUMNS)
            at = slice(row * step, row * step + SIDE_PX), slice(col * step, col * step + SIDE_PX)
            paper[at] = self._thumbnail(tile)
        return paper

    def _thumbnail(self, tile: int) -> NDArray[np.uint8]:
        """Return uint8 (SIDE_PX, SIDE_PX, 3), averaged; no tile is smaller than that."""
        world = self.place.world
        pixels = world.arrays.pixels(int(world.tiles.image[tile])).astype(np.float64)
        starts = np.arange(SIDE_PX) * pixels.shape[1] // SIDE_PX
        sums = np.add.reduceat(np.add.reduceat(pixels, starts, axis=1), starts, axis=2)
        sizes = np.diff(starts, append=pixels.shape[1])
        return seen(sums / (sizes[:, None] * sizes[None, :]), self.place) & np.uint8(_COARSE)
