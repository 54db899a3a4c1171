"""Labels of many tiles as few large pictures, at several levels of detail; numpy only."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...al_core.coords import TileGrid, Window
from ...al_core.legend import MAX_CLASSES, UNLABELLED, UNSURE
from ...al_core.project import Mask

BLOCK_PX = 512  # the side of a picture, at most
EDGE = MAX_CLASSES  # added to a class: a pixel at the border of what is painted with it
HATCH = UNSURE - 1  # the other colour of the stripes that stand for "unsure"
STRIPE_PX = 3
SHARPER = math.sqrt(2)  # up to this reduction the finer level is drawn


Colors = NDArray[np.uint32]  # 0xAARRGGBB, premultiplied


class BlockKey(NamedTuple):
    """Which picture: its level of detail and its place."""

    level: int
    row: int
    col: int


@dataclass
class Block:
    """One picture: labels, what they look like, and the tiles that are not up to date."""

    labels: Mask
    pixels: Colors
    painted_in: Colors  # the colour table of the pixels
    missing: set[int] = field(default_factory=set)

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        return self.labels.nbytes + self.pixels.nbytes


class Mosaic:
    """Pictures of the labelled tiles of one grid.

    At level L a tile is ceil(core / 2^L) pixels a side, and a block holds as many whole
    tiles as fit. So the number of blocks on a screen is small at any scale, and a tile
    belongs to one block a level.
    """

    def __init__(self, grid: TileGrid, labelled: Iterable[int], colors: Colors) -> None:
        """Start empty; `colors` are (256,), by class, class + EDGE, UNSURE and HATCH."""
        self.colors = colors
        self._grid = grid
        self._labelled = set(labelled)
        self._members: dict[int, dict[BlockKey, set[int]]] = {}
        self._blocks: dict[BlockKey, Block] = {}
        self.levels = 1 + max(grid.core_px - 1, 1).bit_length()

    def level_for(self, scale: float) -> int:
        """Return the level to draw at `scale` screen pixels per image pixel."""
        if scale * SHARPER >= 1:
            return 0
        if scale <= 0:
            return self.levels - 1
        return min(math.ceil(-math.log2(scale * SHARPER)), self.levels - 1)

    def add(self, tile: int) -> None:
        """Take a tile in that carries labels from now on."""
        if tile in self._labelled:
            return
        self._labelled.add(tile)
        for level, members in self._members.items():
            members.setdefault(self.key(level, tile), set()).add(tile)
        self.touch(tile)

    def keys_in(self, level: int, area: Window) -> list[BlockKey]:
        """Return the blocks of a level that hold labelled tiles and touch `area`."""
        members = self._members.get(level)
        if members is None:
            members = self._members[level] = self._sort(level)
        side = self._side(level) * self._grid.core_px
        rows = range(area.row // side, (area.row + area.height - 1) // side + 1)
        cols = range(area.col // side, (area.col + area.width - 1) // side + 1)
        if len(rows) * len(cols) > len(members):
            return [key for key in members if key.row in rows and key.col in cols]
        keys = (BlockKey(level, row, col) for row in rows for col in cols)
        return [key for key in keys if key in members]

    def key(self, level: int, tile: int) -> BlockKey:
        """Return the block that shows a tile."""
        row, col = divmod(tile, self._grid.cols)
        side = self._side(level)
        return BlockKey(level, row // side, col // side)

    def window(self, key: BlockKey) -> Window:
        """Return the image pixels that a block covers; it may reach beyond the raster."""
        side, core = self._side(key.level), self._grid.core_px
        rows = min(side, self._grid.rows - key.row * side)
        cols = min(side, self._grid.cols - key.col * side)
        return Window(key.row * side * core, key.col * side * core, rows * core, cols * core)

    def block(self, key: BlockKey) -> Block:
        """Return a block, new and empty if it was not in use; marks it as used."""
        block = self._blocks.pop(key, None) or self._new(key)
        self._blocks[key] = block
        if block.painted_in is not self.colors:
            block.painted_in = self.colors
            _show(block, Window(0, 0, *block.labels.shape))
        return block

    def stale(self, keys: Iterable[BlockKey]) -> list[int]:
        """Return tiles that these blocks do not show as they are now."""
        return [tile for key in keys for tile in self.block(key).missing]

    def touch(self, tile: int, besides: int | None = None) -> None:
        """Note that the blocks do not show this tile as it is now, `besides` one level."""
        for level in self._members:
            block = self._blocks.get(self.key(level, tile))
            if block is not None and level != besides:
                block.missing.add(tile)

    def draw(self, tile: int, mask: Mask, level: int, window: Window | None = None) -> None:
        """Show a tile's mask, or a window of it, in the block of one level if in use."""
        block = self._blocks.get(self.key(level, tile))
        if block is None:
            return
        if window is None or tile in block.missing:
            window = Window(0, 0, *mask.shape)
        block.missing.discard(tile)
        unit = 1 << level
        top, left = window.row >> level, window.col >> level
        part = mask[
            top * unit : -(-(window.row + window.height) // unit) * unit,
            left * unit : -(-(window.col + window.width) // unit) * unit,
        ]
        small = shrink(part, level)
        row, col = self._cell(level, tile)
        place = Window(row + top, col + left, *small.shape)
        block.labels[place.rows, place.cols] = small
        _show(block, place)

    def trim(self, budget_bytes: int, keep: Iterable[BlockKey]) -> list[BlockKey]:
        """Forget the blocks used longest ago until the rest fits; return their keys."""
        total = sum(block.nbytes for block in self._blocks.values())
        kept, gone = set(keep), []
        for key in list(self._blocks):
            if total <= budget_bytes:
                break
            if key not in kept:
                total -= self._blocks.pop(key).nbytes
                gone.append(key)
        return gone

    def _sort(self, level: int) -> dict[BlockKey, set[int]]:
        """Return the labelled tiles of each block that has any."""
        tiles = np.fromiter(self._labelled, dtype=np.int64, count=len(self._labelled))
        side = self._side(level)
        row, col = tiles // self._grid.cols // side, tiles % self._grid.cols // side
        order = np.lexsort((tiles, col, row))
        starts = np.flatnonzero(np.diff(row[order], prepend=-1) | np.diff(col[order], prepend=-1))
        groups = np.split(tiles[order], starts[1:])
        return {
            self.key(level, int(group[0])): set(group.tolist()) for group in groups if len(group)
        }

    def _new(self, key: BlockKey) -> Block:
        window, cell = self.window(key), self._tile_px(key.level)
        core = self._grid.core_px
        shape = (window.height // core * cell, window.width // core * cell)
        labels = np.full(shape, UNLABELLED, dtype=np.uint8)
        pixels = np.full(shape, self.colors[UNLABELLED], dtype=np.uint32)
        return Block(
            labels, pixels, self.colors, set(self._members.get(key.level, {}).get(key, ()))
        )

    def _tile_px(self, level: int) -> int:
        return -(-self._grid.core_px // (1 << level))

    def _side(self, level: int) -> int:
        return max(1, BLOCK_PX // self._tile_px(level))

    def _cell(self, level: int, tile: int) -> tuple[int, int]:
        row, col = divmod(tile, self._grid.cols)
        side, px = self._side(level), self._tile_px(level)
        return row % side * px, col % side * px


def shrink(mask: Mask, level: int) -> Mask:
    """Return a mask at 1 / 2^level; a pixel with any label stays labelled.

    Args:
        mask: (h, w) uint8, UNLABELLED where there is nothing.
        level: How often to halve; 0 returns the mask itself.

    Returns:
        (ceil(h / 2^level), ceil(w / 2^level)) uint8. The upper left pixel of four
        decides; if it is unlabelled, the lowest label of the others.
    """
    for _ in range(level):
        if mask.shape[0] % 2 or mask.shape[1] % 2:
            odd = ((0, mask.shape[0] % 2), (0, mask.shape[1] % 2))
            mask = np.pad(mask, odd, constant_values=UNLABELLED)
        first, right = mask[0::2, 0::2], mask[0::2, 1::2]
        other = np.minimum(np.minimum(right, mask[1::2, 0::2]), mask[1::2, 1::2])
        mask = np.where(first == UNLABELLED, other, first)
    return mask


def _show(block: Block, changed: Window) -> None:
    """Draw the labels of a window, and of the pixels beside it whose border may be new."""
    whole = Window(0, 0, *block.labels.shape)
    seen, drawn = (changed.grown(margin).intersection(whole) for margin in (2, 1))
    if seen is None or drawn is None:
        return
    labels = block.labels[seen.rows, seen.cols]
    inner = drawn.relative_to(seen)
    codes = np.where(_is_edge(labels), labels + np.uint8(EDGE), labels)[inner.rows, inner.cols]
    unsure = codes == UNSURE
    if unsure.any():
        rows, cols = np.ogrid[drawn.rows, drawn.cols]
        codes[unsure & ((rows + cols) // STRIPE_PX % 2 == 1)] = HATCH
    block.pixels[drawn.rows, drawn.cols] = block.painted_in[codes]


def _is_edge(labels: Mask) -> NDArray[np.bool_]:
    """Return which pixels carry a class that one of their four neighbours does not."""
    edge = np.zeros(labels.shape, dtype=bool)
    for one, other in (
        (np.s_[1:], np.s_[:-1]),
        (np.s_[:, 1:], np.s_[:, :-1]),
    ):
        differs = labels[one] != labels[other]
        edge[one] |= differs
        edge[other] |= differs
    return edge & (labels < EDGE)
