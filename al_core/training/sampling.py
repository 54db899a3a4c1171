"""Which windows go into a batch: half of them for the sake of the rare classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..coords import Window
from ..legend import UNSURE
from .chunks import MIN_SCALE, Chunk, ChunkReader
from .data import LabelSnapshot
from .schedule import steps_per_epoch

MAX_SCALE = 1.25
BALANCED_SHARE = 0.5
_SCALED_SHARE = 0.5
_ANY_CLASS = -1


@dataclass(frozen=True, eq=False)
class Batch:
    """Chunks and what to do with them; n samples, B bands, S pixels a side.

    Attributes:
        pixels: float16 (n, B, S, S).
        labels: uint8 (n, S, S).
        affine: float32 (n, 2, 3), from the window's to the chunk's coordinates, both -1…1
            in (x, y): crop, scale and the eight symmetries of the square.
        gain: float32 (n, B, 1, 1).
        offset: float32 (n, B, 1, 1), in standard deviations.
        boxes: float32 (n, 4), top, bottom, left, right of what CutMix pastes, 0…1.
        partner: int64 (n,), the sample it is pasted from.
    """

    pixels: NDArray[np.float16]
    labels: NDArray[np.uint8]
    affine: NDArray[np.float32]
    gain: NDArray[np.float32]
    offset: NDArray[np.float32]
    boxes: NDArray[np.float32]
    partner: NDArray[np.int64]


class Draw(Protocol):
    """Chooses the tiles of a batch."""

    def draw(self, rng: np.random.Generator, count: int, step: int) -> list[tuple[int, int]]:
        """Return at most `count` pairs of a tile id and a class to be seen, or _ANY_CLASS."""


class TileDraw:
    """Draws tiles: a share of them class by class, the others uniformly."""

    def __init__(self, labels: LabelSnapshot, balanced_share: float = BALANCED_SHARE) -> None:
        """Prepare the draws; at least one tile has labels."""
        self._ids = labels.ids
        self._classes = np.flatnonzero(labels.counts.sum(axis=0))
        self._cumulated = labels.counts.cumsum(axis=0)
        self._balanced_share = balanced_share

    def draw(
        self,
        rng: np.random.Generator,
        count: int,
        step: int,  # noqa: ARG002 - every step draws alike
    ) -> list[tuple[int, int]]:
        """Return (tile id, class to be seen or _ANY_CLASS) of each sample."""
        balanced = round(count * self._balanced_share + rng.uniform(-0.5, 0.5))
        return [
            self._of_a_class(rng) if number < balanced else self._uniform(rng)
            for number in range(count)
        ]

    def _of_a_class(self, rng: np.random.Generator) -> tuple[int, int]:
        """Draw a class uniformly, then a tile in proportion to its pixels of that class."""
        chosen = int(rng.choice(self._classes))
        cumulated = self._cumulated[:, chosen]
        row = np.searchsorted(cumulated, rng.integers(cumulated[-1]), side="right")
        return int(self._ids[row]), chosen

    def _uniform(self, rng: np.random.Generator) -> tuple[int, int]:
        return int(rng.choice(self._ids)), _ANY_CLASS


class EpochDraw:
    """Shows every tile once an epoch, in an order that changes from epoch to epoch."""

    def __init__(self, labels: LabelSnapshot, seed: int) -> None:
        """Prepare the draws; at least one tile has labels."""
        self._ids = labels.ids
        self._seed = seed

    def draw(
        self,
        rng: np.random.Generator,  # noqa: ARG002 - the order belongs to the epoch, not the step
        count: int,
        step: int,
    ) -> list[tuple[int, int]]:
        """Return the tiles of a step; the last batch of an epoch may be smaller."""
        epoch, place = divmod(step, steps_per_epoch(len(self._ids), count))
        order = np.random.default_rng((self._seed, epoch, len(self._ids))).permutation(self._ids)
        return [(int(tile), _ANY_CLASS) for tile in order[place * count : (place + 1) * count]]


@dataclass(frozen=True)
class Cutting:
    """How windows are cut and changed; without `is_augmented` they are the tiles' own."""

    tile_size_px: int
    batch_size: int
    seed: int
    is_augmented: bool = True
    scaled_share: float = _SCALED_SHARE
    color_range: float = 0.1
    cutmix_share: float = 0.3


def batches(
    draw: Draw, chunks: ChunkReader, cutting: Cutting, first_step: int = 0
) -> Iterator[Batch]:
    """Yield batches without end; that of a step depends on nothing but seed and step.

    Args:
        draw: Chooses the tiles.
        chunks: Reads them; belongs to the thread that runs through this.
        cutting: Sizes, seed and shares.
        first_step: Where to go on.
    """
    step = first_step
    while True:
        rng = np.random.default_rng((cutting.seed, step))
        drawn = draw.draw(rng, cutting.batch_size, step)
        samples = [(chunks.read(tile_id), wanted) for tile_id, wanted in drawn]
        yield _batch(rng, samples, cutting)
        step += 1


def _batch(rng: np.random.Generator, samples: list[tuple[Chunk, int]], cutting: Cutting) -> Batch:
    count, bands = len(samples), samples[0][0].pixels.shape[0]
    spread = cutting.color_range if cutting.is_augmented else 0.0
    mixed = cutting.cutmix_share if cutting.is_augmented else 0.0
    affine = _affine if cutting.is_augmented else _own_window
    return Batch(
        pixels=np.stack([chunk.pixels for chunk, _ in samples]),
        labels=np.stack([chunk.labels for chunk, _ in samples]),
        affine=np.stack([affine(rng, chunk, wanted, cutting) for chunk, wanted in samples]),
        gain=rng.uniform(1 - spread, 1 + spread, (count, bands, 1, 1)).astype(np.float32),
        offset=rng.uniform(-spread, spread, (count, bands, 1, 1)).astype(np.float32),
        boxes=np.stack([_box(rng, mixed) for _ in samples]),
        partner=rng.permutation(count),
    )


def _affine(
    rng: np.random.Generator, chunk: Chunk, wanted: int, cutting: Cutting
) -> NDArray[np.float32]:
    """Return the (2, 3) map of a random window that shows a labelled pixel of the tile."""
    side = cutting.tile_size_px
    if rng.random() < cutting.scaled_share:
        side = round(side / rng.uniform(MIN_SCALE, MAX_SCALE))
    row, col = _anchor(rng, chunk, wanted)
    extent = chunk.extent
    top = _place(rng, row, side, extent.row, extent.height)
    left = _place(rng, col, side, extent.col, extent.width)
    symmetry = np.diag(rng.choice((-1.0, 1.0), 2))
    if rng.random() < 0.5:  # noqa: PLR2004 - one in two is transposed
        symmetry = symmetry[::-1]
    return _map(chunk, top, left, side, symmetry)


def _own_window(
    _rng: np.random.Generator, chunk: Chunk, _wanted: int, cutting: Cutting
) -> NDArray[np.float32]:
    """Return the (2, 3) map of the window that the network sees of a tile when it predicts."""
    side, room = cutting.tile_size_px, chunk.labels.shape[0] - cutting.tile_size_px
    top = min(max(chunk.core.row + (chunk.core.height - side) // 2, 0), room)
    left = min(max(chunk.core.col + (chunk.core.width - side) // 2, 0), room)
    return _map(chunk, top, left, side, np.eye(2))


def _map(
    chunk: Chunk, top: int, left: int, side: int, symmetry: NDArray[np.float64]
) -> NDArray[np.float32]:
    chunk_side = chunk.labels.shape[0]
    centre = np.array([[left + side / 2], [top + side / 2]]) * 2 / chunk_side - 1
    return np.hstack([symmetry * side / chunk_side, centre]).astype(np.float32)


def _anchor(rng: np.random.Generator, chunk: Chunk, wanted: int) -> tuple[int, int]:
    """Return a pixel of the tile's core that has the wanted label, or any label."""
    core: Window = chunk.core
    labels = chunk.labels[core.rows, core.cols]
    hits = np.flatnonzero(labels < UNSURE if wanted == _ANY_CLASS else labels == wanted)
    chosen = int(rng.choice(hits)) if hits.size else labels.size // 2
    row, col = divmod(chosen, core.width)
    return core.row + row, core.col + col


def _place(rng: np.random.Generator, anchor: int, side: int, start: int, length: int) -> int:
    """Return where a window starts: inside the image if it fits, and showing the anchor."""
    low = max(anchor - side + 1, start)
    high = min(anchor, start + length - side)
    return int(rng.integers(low, high + 1)) if high >= low else start


def _box(rng: np.random.Generator, share: float) -> NDArray[np.float32]:
    """Return the rectangle of CutMix, empty in all but a share of the samples."""
    if rng.random() >= share:
        return np.zeros(4, dtype=np.float32)
    height, width = rng.uniform(0.3, 0.7, 2)
    top, left = rng.uniform(0, 1 - height), rng.uniform(0, 1 - width)
    return np.array([top, top + height, left, left + width], dtype=np.float32)
