"""The batches of an epoch: tiles in an order of their own, each in one of its views."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...models import OpenImages
from ...models.views import Views, cropped, turned_each
from .lesson import TagLesson

CACHE_BYTES = 1 << 30


@dataclass(frozen=True, eq=False)
class TagBatch:
    """Some tiles: `values` are float32 (n, B, T, T) pixels, or (n, L) pooled; states (n, K)."""

    values: Tensor
    states: Tensor


def epoch_order(seed: int, epoch: int, tiles: int) -> NDArray[np.int64]:
    """Return the order of the tiles in an epoch, int64 (tiles,)."""
    return np.random.default_rng((seed, epoch, tiles)).permutation(tiles)


def batches(
    lesson: TagLesson, views: Views, size: int, first: tuple[int, int], seed: int, *, whole: bool
) -> Iterator[TagBatch]:
    """Yield batches without end; that of a step depends on nothing but seed, epoch and place.

    Args:
        lesson: Tiles and tags.
        views: What is seen of a tile; of pooled tiles, what was kept.
        size: Tiles in a batch.
        first: Epoch and place in it where to go on.
        seed: Of order and views.
        whole: Leave out the last batch of an epoch if it is smaller.
    """
    source = PooledTiles(lesson) if lesson.pooled is not None else _Pixels(lesson, views)
    tiles = len(lesson.ids)
    steps = steps_of(tiles, size, whole=whole)
    epoch, place = first
    with source:
        while True:
            order = epoch_order(seed, epoch, tiles)
            for number in range(place, steps):
                rows = order[number * size : (number + 1) * size]
                rng = np.random.default_rng((seed, epoch, number, 1))
                states = torch.from_numpy(lesson.states[rows].astype(np.int64))
                yield TagBatch(source.read(rows, rng), states)
            epoch, place = epoch + 1, 0


def steps_of(tiles: int, size: int, *, whole: bool) -> int:
    """Return the number of batches in an epoch; one at least."""
    return max(tiles // size if whole else -(-tiles // size), 1)


class PooledTiles:
    """Rows that an encoder left; as quick as a look into memory."""

    def __init__(self, lesson: TagLesson) -> None:
        """Read nothing yet; the lesson brings pooled views."""
        if lesson.pooled is None:
            raise ValueError("nothing was pooled")
        rows, views = lesson.pooled.rows, lesson.pooled.views
        # Of crops the tile as it is is not one; it is what predictions are made from.
        self._rows = rows[:, 1:] if views is Views.CROPPED else rows

    def __enter__(self) -> PooledTiles:
        """Enter."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing: no file is open."""

    def read(self, rows: NDArray[np.int64], rng: np.random.Generator) -> Tensor:
        """Return float32 (n, L), of each of these rows a view that is drawn."""
        chosen = rng.integers(self._rows.shape[1], size=len(rows))
        return torch.from_numpy(self._rows[rows, chosen].astype(np.float32))


class _Pixels:
    """Windows of the images, kept in memory as far as they fit."""

    def __init__(self, lesson: TagLesson, views: Views) -> None:
        self._lesson, self._views = lesson, views
        self._images = OpenImages(lesson.inputs)
        self._kept: dict[int, NDArray[np.float16]] = {}
        self._left = CACHE_BYTES

    def __enter__(self) -> _Pixels:
        self._images.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._images.__exit__(None, None, None)

    def read(self, rows: NDArray[np.int64], rng: np.random.Generator) -> Tensor:
        tiles = self._lesson.ids[rows].tolist()
        pixels = torch.from_numpy(np.stack([self._tile(tile) for tile in tiles])).float()
        if self._views is Views.TURNED:
            return turned_each(pixels, rng.integers(self._views.count, size=len(rows)))
        return cropped(pixels, rng) if self._views is Views.CROPPED else pixels

    def _tile(self, tile_id: int) -> NDArray[np.float16]:
        if tile_id in self._kept:
            return self._kept[tile_id]
        inputs = self._lesson.inputs
        window = inputs.window(tile_id)
        pixels = self._images.read(int(inputs.tiles.image[tile_id]), window)[0].astype(np.float16)
        if pixels.nbytes <= self._left:
            self._left -= pixels.nbytes
            self._kept[tile_id] = pixels
        return pixels
