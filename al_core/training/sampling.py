"""Which windows go into a batch: half of them for the sake of the rare classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..coords import Window
from ..legend import UNSURE
from .chunks import MIN_SCALE, Chunk, ChunkReader
from .data import LabelSnapshot

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


class TileDraw:
    """Draws tiles: a share of them class by class, the others uniformly."""

    def __init__(self, labels: LabelSnapshot, balanced_share: float = BALANCED_SHARE) -> None:
        """Prepare the draws; at least one tile has labels."""
        self._ids = labels.ids
        self._classes = np.flatnonzero(labels.counts.sum(axis=0))
        self._cumulated = labels.counts.cumsum(axis=0)
        self._balanced_share = balanced_share

    def draw(self, rng: np.random.Generator, count: int) -> list[tuple[int, int]]:
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


@dataclass(frozen=True)
class Recipe:
    """How windows are drawn and changed."""

    tile_size_px: int
    batch_size: int
    seed: int
    scaled_share: float = _SCALED_SHARE
    color_range: float = 0.1
    cutmix_share: float = 0.3


def batches(
    draw: TileDraw, chunks: ChunkReader, recipe: Recipe, first_step: int = 0
) -> Iterator[Batch]:
    """Yield batches without end; that of a step depends on nothing but seed and step.

    Args:
        draw: Chooses the tiles.
        chunks: Reads them; belongs to the thread that runs through this.
        recipe: Sizes, seed and shares.
        first_step: Where to go on.
    """
    step = first_step
    while True:
        rng = np.random.default_rng((recipe.seed, step))
        drawn = draw.draw(rng, recipe.batch_size)
        samples = [(chunks.read(tile_id), wanted) for tile_id, wanted in drawn]
        yield _batch(rng, samples, recipe)
        step += 1


def _batch(rng: np.random.Generator, samples: list[tuple[Chunk, int]], recipe: Recipe) -> Batch:
    count, bands = len(samples), samples[0][0].pixels.shape[0]
    spread = recipe.color_range
    return Batch(
        pixels=np.stack([chunk.pixels for chunk, _ in samples]),
        labels=np.stack([chunk.labels for chunk, _ in samples]),
        affine=np.stack([_affine(rng, chunk, wanted, recipe) for chunk, wanted in samples]),
        gain=rng.uniform(1 - spread, 1 + spread, (count, bands, 1, 1)).astype(np.float32),
        offset=rng.uniform(-spread, spread, (count, bands, 1, 1)).astype(np.float32),
        boxes=np.stack([_box(rng, recipe.cutmix_share) for _ in samples]),
        partner=rng.permutation(count),
    )


def _affine(
    rng: np.random.Generator, chunk: Chunk, wanted: int, recipe: Recipe
) -> NDArray[np.float32]:
    """Return the (2, 3) map of a random window that shows a labelled pixel of the tile."""
    side = recipe.tile_size_px
    if rng.random() < recipe.scaled_share:
        side = round(side / rng.uniform(MIN_SCALE, MAX_SCALE))
    row, col = _anchor(rng, chunk, wanted)
    extent = chunk.extent
    top = _place(rng, row, side, extent.row, extent.height)
    left = _place(rng, col, side, extent.col, extent.width)
    chunk_side = chunk.labels.shape[0]
    symmetry = np.diag(rng.choice((-1.0, 1.0), 2))
    if rng.random() < 0.5:  # noqa: PLR2004 - one in two is transposed
        symmetry = symmetry[::-1]
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
