"""What tiles are tagged with, as few large pictures of small cells; numpy only."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ...al_core.coords import TileGrid, Window
from .mosaic import BlockKey, Colors
from .tile_states import NOBODY, Kind, TileStates

BLOCK_PX = 256  # the side of a picture: drawn within a few milliseconds
CELLS_PX = (1, 2, 4, 8, 16, 32, 64)  # sides of a tile in a picture
PLAIN_PX = 4  # smaller cells have no room for borders and stripes
CLEAR_PX = 32  # in larger ones the image is looked at, too
STRIPE_PX, PERIOD_PX = 2, 5
BANDS = 4  # classes of one tile that are told apart
(
    NOTHING,
    FILL,
    BORDER,
    FULL,
    STRIPE,
    GAP,
    FAINT,
    LIGHT,
    DARK,
    MARK,
    EMPTY,
    CLEAR_FILL,
    CLEAR_STRIPE,
    CLEAR_GAP,
) = range(14)  # parts of a cell
ALPHAS = {
    FILL: 0.5,
    BORDER: 0.95,
    FULL: 0.8,
    STRIPE: 0.65,
    GAP: 0.22,
    FAINT: 0.4,
    CLEAR_FILL: 0.28,
    CLEAR_STRIPE: 0.4,
    CLEAR_GAP: 0.06,
}
PLAIN = {
    LIGHT: (240, 240, 240, 0.7),
    DARK: (50, 50, 50, 0.7),
    MARK: (255, 255, 255, 1.0),
    EMPTY: (200, 200, 200, 0.8),
}
PARTS = CLEAR_GAP + 1
_PLAIN_PARTS = np.array([NOTHING, FAINT, FULL, LIGHT], dtype=np.uint8)  # by Kind


def color_table(colors: list[tuple[int, int, int]]) -> Colors:
    """Return uint32 (PARTS, K), premultiplied 0xAARRGGBB: each part of a cell in each class."""
    table = np.zeros((PARTS, len(colors)), dtype=np.uint32)
    for part, alpha in ALPHAS.items():
        table[part] = [_premultiplied(*rgb, alpha) for rgb in colors]
    for part, (*rgb, alpha) in PLAIN.items():
        table[part] = _premultiplied(*rgb, alpha)
    return table


class TagMosaic:
    """Pictures of the tiles of one grid; the level of a block is the side of its cells."""

    def __init__(self, grid: TileGrid, first_tile: int, states: TileStates, colors: Colors) -> None:
        self._grid = grid
        self._first = first_tile
        self._states = states
        self._colors = colors
        self._marked: NDArray[np.bool_] = np.zeros(len(grid), dtype=bool)
        self._shows_predictions = True
        self._blocks: dict[BlockKey, Colors] = {}
        self._stale: set[BlockKey] = set()

    def cell_for(self, screen_px: float) -> int:
        """Return the side of the cells to draw where a tile is so many pixels on screen."""
        return max(cell for cell in CELLS_PX if cell <= max(screen_px, 1))

    def keys_in(self, cell: int, area: Window) -> list[BlockKey]:
        """Return the blocks that touch a window of the image."""
        side = self._side(cell) * self._grid.core_px
        rows = range(area.row // side, (area.row + area.height - 1) // side + 1)
        cols = range(area.col // side, (area.col + area.width - 1) // side + 1)
        return [BlockKey(cell, row, col) for row in rows for col in cols]

    def window(self, key: BlockKey) -> Window:
        """Return the image pixels that a block covers; it may reach beyond the raster."""
        rows, cols = self._tiles(key)
        core = self._grid.core_px
        return Window(
            rows.start * core,
            cols.start * core,
            (rows.stop - rows.start) * core,
            (cols.stop - cols.start) * core,
        )

    def picture(self, key: BlockKey) -> Colors | None:
        """Return a block as it was drawn last, None if it never was."""
        return self._blocks.get(key)

    def stale(self, keys: Iterable[BlockKey]) -> list[BlockKey]:
        """Return which of these blocks do not show their tiles as they are now."""
        return [key for key in keys if key in self._stale or key not in self._blocks]

    def draw(self, key: BlockKey) -> None:
        """Draw a block anew."""
        rows, cols = self._tiles(key)
        local = (
            np.arange(rows.start, rows.stop)[:, None] * self._grid.cols
            + np.arange(cols.start, cols.stop)
        ).ravel()
        cells = self._cells(local, key.level)
        shape = (rows.stop - rows.start, cols.stop - cols.start, key.level, key.level)
        picture = cells.reshape(shape).transpose(0, 2, 1, 3)
        self._blocks[key] = np.ascontiguousarray(
            picture.reshape(shape[0] * key.level, shape[1] * key.level)
        )
        self._stale.discard(key)

    def touch(self, tiles: NDArray[np.int64]) -> None:
        """Note that tiles (by their place on the grid) look different now."""
        rows, cols = tiles // self._grid.cols, tiles % self._grid.cols
        for cell in {key.level for key in self._blocks}:
            side = self._side(cell)
            places = np.unique(np.stack([rows // side, cols // side]), axis=1)
            self._stale |= {BlockKey(cell, row, col) for row, col in places.T.tolist()}

    def mark(self, marked: NDArray[np.bool_]) -> None:
        """Mark these tiles as selected: bool by place on the grid."""
        changed = np.flatnonzero(marked != self._marked)
        self._marked = marked.copy()
        self.touch(changed)

    def show_predictions(self, shown: bool) -> None:  # noqa: FBT001 - a switch
        """Draw predicted tags, or leave them out."""
        if shown != self._shows_predictions:
            self._shows_predictions = shown
            self._stale |= set(self._blocks)

    def trim(self, most: int, keep: Iterable[BlockKey]) -> None:
        """Forget blocks that are not in use when there are more than `most`."""
        if len(self._blocks) > most:
            kept = set(keep)
            self._blocks = {key: block for key, block in self._blocks.items() if key in kept}
            self._stale &= kept

    def _cells(self, local: NDArray[np.int64], cell: int) -> Colors:
        """Return uint32 (n, cell, cell): the tiles at these places of the grid."""
        ids = local + self._first
        kinds = self._states.kind[ids]
        if not self._shows_predictions:
            kinds = np.where(kinds == Kind.PREDICTED, Kind.OPEN, kinds)
        if cell < PLAIN_PX:
            return self._plain_cells(local, kinds, cell)
        bands, count = _bands(self._states.shown[ids])
        parts = _patterns(cell)[kinds, :, :]
        empty = (count == 0) & (kinds == Kind.TAGGED)
        parts[empty] = np.where(parts[empty] == BORDER, EMPTY, NOTHING)
        parts[self._marked[local]] = _marked(parts[self._marked[local]], cell)
        place = np.arange(cell) * np.maximum(count, 1)[:, None] // cell  # (n, cell)
        classes = np.take_along_axis(bands, np.minimum(place, BANDS - 1), axis=1)
        return self._colors[parts, classes[:, None, :]]

    def _plain_cells(self, local: NDArray[np.int64], kinds: NDArray[np.uint8], cell: int) -> Colors:
        """Return cells of one colour: that of the leading class."""
        parts = _PLAIN_PARTS[kinds]
        lead = self._states.lead[local + self._first]
        parts[(lead == NOBODY) & (kinds == Kind.TAGGED)] = EMPTY
        parts[self._marked[local]] = MARK
        pixels = self._colors[parts, np.maximum(lead, 0)]
        return np.broadcast_to(pixels[:, None, None], (len(local), cell, cell))

    def _side(self, cell: int) -> int:
        return BLOCK_PX // cell

    def _tiles(self, key: BlockKey) -> tuple[slice, slice]:
        side = self._side(key.level)
        row, col = key.row * side, key.col * side
        return (
            slice(row, min(row + side, self._grid.rows)),
            slice(col, min(col + side, self._grid.cols)),
        )


def _bands(shown: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (n, BANDS) classes that each tile shows, first ones first, and (n,) how many."""
    count = np.minimum(shown.sum(axis=1), BANDS)
    order = np.argsort(~shown, axis=1, kind="stable")[:, :BANDS]
    missing = BANDS - order.shape[1]
    return np.pad(order, ((0, 0), (0, max(missing, 0))), mode="edge"), count


def _patterns(cell: int) -> NDArray[np.uint8]:
    """Return uint8 (4, cell, cell): the parts of a cell by Kind."""
    result: NDArray[np.uint8] = np.zeros((len(Kind), cell, cell), dtype=np.uint8)
    row, col = np.ogrid[:cell, :cell]
    width = max(1, cell // 14)
    edge = np.minimum(np.minimum(row, col), np.minimum(cell - 1 - row, cell - 1 - col)) < width
    stripes = (row + col) % PERIOD_PX < STRIPE_PX
    clear = cell >= CLEAR_PX
    fill, stripe, gap = (CLEAR_FILL, CLEAR_STRIPE, CLEAR_GAP) if clear else (FILL, STRIPE, GAP)
    result[Kind.TAGGED] = np.where(edge, BORDER, fill)
    result[Kind.PREDICTED] = np.where(stripes, stripe, gap)
    result[Kind.UNSURE] = np.where(edge | stripes, LIGHT, DARK)
    return result


def _marked(parts: NDArray[np.uint8], cell: int) -> NDArray[np.uint8]:
    width = max(1, cell // 20)
    result = np.full_like(parts, MARK)
    result[:, width:-width, width:-width] = parts[:, width:-width, width:-width]
    if cell >= 4 * PLAIN_PX:
        ring = result[:, width:-width, width:-width]
        ring[:, [0, -1], :] = DARK
        ring[:, :, [0, -1]] = DARK
    return result


def _premultiplied(red: int, green: int, blue: int, alpha: float) -> int:
    red, green, blue = (round(part * alpha) for part in (red, green, blue))
    return round(255 * alpha) << 24 | red << 16 | green << 8 | blue
