"""What is being painted on one image, in memory, tile by tile."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ..coords import RowCol, TileGrid, Window
from .painting import Spans, capsule_spans
from .records import Mask

CACHE_PX = 128 * 2**20  # one byte a pixel
_FAR_PX = 2**31


class PaintSurface:
    """The labels of one image while they are painted; tiles count from 0 in the image.

    Tiles are loaded on demand and dropped again, the longest unused first, except those
    of the stroke in progress. Not thread-safe.
    """

    def __init__(
        self, grid: TileGrid, load: Callable[[int], Mask], cache_px: int = CACHE_PX
    ) -> None:
        self._grid = grid
        self._load = load
        self._capacity = max(1, cache_px // grid.core_px**2)
        self._tiles: OrderedDict[int, Mask] = OrderedDict()
        self._before: dict[int, Mask] = {}
        self._label: int | None = None
        self.tool = ""

    @property
    def grid(self) -> TileGrid:
        """The tiles of the image."""
        return self._grid

    @property
    def is_painting(self) -> bool:
        """Whether a stroke has begun and not ended."""
        return self._label is not None

    def tile(self, index: int) -> Mask:
        """Return the writable mask of a tile, (core height, core width) uint8."""
        mask = self._tiles.get(index)
        if mask is None:
            mask = np.array(self._load(index), dtype=np.uint8)
            self._tiles[index] = mask
            self._drop_unused(index)
        self._tiles.move_to_end(index)
        return mask

    def cached(self, index: int) -> Mask | None:
        """Return the mask of a tile if it is in memory."""
        return self._tiles.get(index)

    def put(self, index: int, mask: Mask) -> None:
        """Replace the content of a tile, in the array that `tile` has handed out.

        Raises:
            ValueError: The mask has another shape than the tile.
        """
        core = self._grid.core(index)
        if mask.shape != (core.height, core.width):
            raise ValueError(f"tile {index} is {core.height} × {core.width}, not {mask.shape}")
        self.tile(index)[...] = mask

    def begin(self, label: int, tool: str) -> None:
        """Begin a stroke that paints `label`: a class index, 254 or 255.

        A stroke that never ended (the button went up outside the window) becomes part of
        this one, so nothing that was painted is lost.
        """
        self._label = label
        self.tool = tool

    def extend(
        self, start: RowCol, end: RowCol, radius_px: float
    ) -> tuple[tuple[int, Window], ...]:
        """Paint one segment of the stroke.

        Args:
            start: In pixels of the image; may lie outside.
            end: Likewise.
            radius_px: Half the width of the brush.

        Returns:
            Tile index and the window in it, counted from the core's corner, to be redrawn.

        Raises:
            RuntimeError: No stroke has begun.
        """
        if self._label is None:
            raise RuntimeError("begin() comes before extend()")
        if not all(abs(number) < _FAR_PX for number in (*start, *end, radius_px)):
            return ()  # what coordinate transforms give where they are not defined
        spans = capsule_spans(start, end, radius_px, range(self._grid.height))
        return tuple(
            (index, self._paint(index, dirty, spans, self._label))
            for index, dirty in self._touched(spans)
        )

    def finish(self) -> tuple[tuple[int, Window, Mask, Mask], ...]:
        """End the stroke.

        Returns:
            Tile index, window from the core's corner, and the pixels before and after, for
            each tile that changed; trimmed to what changed.
        """
        changes = []
        for index, before in sorted(self._before.items()):
            after = self._tiles[index]
            window = _changed(before, after)
            if window is not None:
                inside = (window.rows, window.cols)
                changes.append((index, window, before[inside].copy(), after[inside].copy()))
        self._end()
        return tuple(changes)

    def cancel(self) -> tuple[tuple[int, Window], ...]:
        """Take the stroke back; return the dirty windows like `extend`."""
        dirty = []
        for index, before in sorted(self._before.items()):
            tile = self._tiles[index]
            window = _changed(before, tile)
            if window is not None:
                tile[...] = before
                dirty.append((index, window))
        self._end()
        return tuple(dirty)

    def _end(self) -> None:
        self._before = {}
        self._label = None

    def _drop_unused(self, newest: int) -> None:
        surplus = len(self._tiles) - self._capacity
        if surplus <= 0:
            return
        free = (index for index in self._tiles if index not in self._before and index != newest)
        for index in list(islice(free, surplus)):
            del self._tiles[index]

    def _touched(self, spans: Spans) -> Iterator[tuple[int, Window]]:
        """Yield each touched tile and the bounding window of the spans in it."""
        step, grid = self._grid.core_px, self._grid
        left = np.clip(spans.left, 0, grid.width)
        right = np.clip(spans.right, 0, grid.width)
        first, end = spans.first_row, spans.first_row + len(left)
        while first < end:
            tile_row = first // step
            stop = min((tile_row + 1) * step, end)
            band = slice(first - spans.first_row, stop - spans.first_row)
            yield from self._touched_in_row(tile_row, first, left[band], right[band])
            first = stop

    def _touched_in_row(
        self, tile_row: int, top: int, left: NDArray[np.int64], right: NDArray[np.int64]
    ) -> Iterator[tuple[int, Window]]:
        filled = left < right
        if not filled.any():
            return
        step = self._grid.core_px
        for tile_col in range(
            int(left[filled].min()) // step, -(-int(right[filled].max()) // step)
        ):
            start, end = tile_col * step, min((tile_col + 1) * step, self._grid.width)
            here = np.flatnonzero(filled & (left < end) & (right > start))
            if not len(here):
                continue
            first, last = int(here[0]), int(here[-1])
            low = max(int(left[here].min()), start)
            high = min(int(right[here].max()), end)
            yield (
                tile_row * self._grid.cols + tile_col,
                Window(top + first - tile_row * step, low - start, last - first + 1, high - low),
            )

    def _paint(self, index: int, window: Window, spans: Spans, label: int) -> Window:
        tile = self.tile(index)
        if index not in self._before:
            self._before[index] = tile.copy()
        core = self._grid.core(index)
        first = core.row + window.row - spans.first_row
        rows = slice(first, first + window.height)
        cols = np.arange(window.col, window.col + window.width) + core.col
        covered = (cols >= spans.left[rows, None]) & (cols < spans.right[rows, None])
        np.copyto(tile[window.rows, window.cols], np.uint8(label), where=covered)
        return window


def _changed(before: Mask, after: Mask) -> Window | None:
    """Return the bounding window of the pixels that differ, None if none does."""
    differs = before != after
    rows, cols = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return None
    top, left = int(rows[0]), int(cols[0])
    return Window(top, left, int(rows[-1]) - top + 1, int(cols[-1]) - left + 1)
