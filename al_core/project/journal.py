"""The journal of strokes: undo, redo, and the promise that nothing painted is lost."""

from __future__ import annotations

import enum
import sqlite3
from collections.abc import Collection
from datetime import datetime, timezone
from typing import Any

import numpy as np

from ..coords import Window
from . import masks
from .contents import Contents
from .database import Database
from .masks import StoredMask
from .records import Mask, Patch, Stroke


class StrokeState(enum.IntEnum):
    """Whether a stroke is in force; SETTLED ones lie under an import and stay."""

    UNDONE = 0
    DONE = 1
    SETTLED = 2


class Journal:
    """The strokes in order; each is on disk with its pixels when commit() returns.

    A patch keeps the one state of its tile that is not in force: undo and redo swap it
    with the tile's row, without decoding, so they take no longer than reading it.
    """

    def __init__(self, database: Database, contents: Contents) -> None:
        self._database = database
        self._tiles = contents.tiles
        self._classes = len(contents.legend)

    def commit(self, stroke: Stroke) -> int:
        """Write a stroke and its pixels in one transaction; return its number.

        Only the pixels that differ between `before` and `after` are changed. Strokes that
        had been undone can no longer be redone.

        Raises:
            LabelError: A patch holds a class index that the legend lacks, or lies on no tile.
            StorageError: The disk is full or protected; nothing was written.
            ValueError: The stroke has no patches, or one that leaves its tile.
        """
        windows = self._windows(stroke)
        with self._database.transaction() as connection:
            old = masks.fetch(connection, windows)
            new = self._painted(stroke, old)
            connection.execute("DELETE FROM stroke WHERE state = ?", (StrokeState.UNDONE,))
            number = _insert(connection, stroke)
            connection.executemany(
                "INSERT INTO patch VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?)",
                (
                    (number, tile, *_numbers(window), *(old[tile] or (None,) * 4))
                    for tile, window in windows.items()
                ),
            )
            masks.store(connection, new)
        return number

    def undo(self) -> tuple[Patch, ...]:
        """Take the newest stroke back.

        Returns:
            The pixels it had changed, `after` as they are now; () if there is none.

        Raises:
            StorageError: The disk is full or protected; nothing was changed.
        """
        newest = "SELECT max(id) FROM stroke WHERE state = ?"
        return self._swap(newest, StrokeState.DONE, StrokeState.UNDONE)

    def redo(self) -> tuple[Patch, ...]:
        """Put the stroke that was taken back last in force again.

        Returns:
            The pixels it changes, `after` as they are now; () if there is none.

        Raises:
            StorageError: The disk is full or protected; nothing was changed.
        """
        oldest = "SELECT min(id) FROM stroke WHERE state = ?"
        return self._swap(oldest, StrokeState.UNDONE, StrokeState.DONE)

    @property
    def can_undo(self) -> bool:
        """Whether there is a stroke to take back."""
        return self._has(StrokeState.DONE)

    @property
    def can_redo(self) -> bool:
        """Whether there is a stroke to put in force again."""
        return self._has(StrokeState.UNDONE)

    def _has(self, state: StrokeState) -> bool:
        return bool(self._database.rows("SELECT 1 FROM stroke WHERE state = ? LIMIT 1", (state,)))

    def _windows(self, stroke: Stroke) -> dict[int, Window]:
        """Return the bounding window of the stroke's patches on each tile."""
        if not stroke.patches:
            raise ValueError("a stroke without patches changes nothing")
        windows: dict[int, Window] = {}
        for patch in stroke.patches:
            tile, window = int(patch.tile_id), patch.window
            if window.intersection(Window(0, 0, *self._tiles.shape(tile))) != window:
                raise ValueError(f"{window} leaves tile {tile}")
            windows[tile] = _around(windows.get(tile, window), window)
        return windows

    def _painted(
        self, stroke: Stroke, old: dict[int, StoredMask | None]
    ) -> dict[int, StoredMask | None]:
        painted: dict[int, Mask] = {
            tile: masks.decode(tile, row and row.mask, self._tiles.shape(tile)).copy()
            for tile, row in old.items()
        }
        for patch in stroke.patches:
            pixels = painted[patch.tile_id][patch.window.rows, patch.window.cols]
            np.copyto(pixels, patch.after, where=patch.before != patch.after)
        return {
            tile: masks.encode(tile, mask, self._tiles.shape(tile), self._classes)
            for tile, mask in painted.items()
        }

    def _swap(self, choose: str, old: StrokeState, new: StrokeState) -> tuple[Patch, ...]:
        with self._database.transaction() as connection:
            (number,) = connection.execute(choose, (old,)).fetchone()
            if number is None:
                return ()
            rows = connection.execute(_READ_PATCHES, (number,)).fetchall()
            kept = {row[0]: _stored(row[5:9]) for row in rows}
            in_force = masks.fetch(connection, kept)
            patches = tuple(
                self._patch(row[0], Window(*row[1:5]), in_force[row[0]], kept[row[0]])
                for row in rows
            )
            connection.executemany(
                _KEEP_STATE,
                ((*(in_force[tile] or (None,) * 4), number, tile) for tile in kept),
            )
            connection.execute("UPDATE stroke SET state = ? WHERE id = ?", (new, number))
            masks.store(connection, kept)
        return patches

    def _patch(
        self, tile: int, window: Window, before: StoredMask | None, after: StoredMask | None
    ) -> Patch:
        shape = self._tiles.shape(tile)
        old = masks.decode(tile, before and before.mask, shape)
        new = masks.decode(tile, after and after.mask, shape)
        inside = (window.rows, window.cols)
        return Patch(tile, window, old[inside].copy(), new[inside].copy())


_READ_PATCHES = """SELECT tile, top, left, height, width, labelled_px, unsure_px, counts, mask
    FROM patch WHERE stroke = ? AND is_undoable ORDER BY tile"""

_KEEP_STATE = """UPDATE patch SET labelled_px = ?, unsure_px = ?, counts = ?, mask = ?
    WHERE stroke = ? AND tile = ?"""


def settle(connection: sqlite3.Connection, tiles: Collection[int]) -> None:
    """Make the strokes so far on some tiles final, inside the caller's transaction.

    To be called when anything but a stroke replaces the labels of these tiles: undo must
    not bring back what lay there before.
    """
    connection.executemany(
        """UPDATE patch SET is_undoable = 0, mask = NULL, counts = NULL
        WHERE tile = ? AND is_undoable""",
        ((tile,) for tile in tiles),
    )
    connection.executemany(
        """UPDATE stroke SET state = ? WHERE id IN (SELECT stroke FROM patch WHERE tile = ?)
        AND NOT EXISTS (SELECT 1 FROM patch WHERE stroke = stroke.id AND is_undoable)""",
        ((StrokeState.SETTLED, tile) for tile in tiles),
    )


def _insert(connection: sqlite3.Connection, stroke: Stroke) -> int:
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    cursor = connection.execute(
        "INSERT INTO stroke (created, user, tool, label, state) VALUES (?, ?, ?, ?, ?)",
        (now, stroke.user, stroke.tool, stroke.label, StrokeState.DONE),
    )
    return int(cursor.lastrowid or 0)


def _numbers(window: Window) -> tuple[int, int, int, int]:
    return int(window.row), int(window.col), int(window.height), int(window.width)


def _around(one: Window, other: Window) -> Window:
    """Return the smallest window that holds both."""
    row, col = min(one.row, other.row), min(one.col, other.col)
    bottom = max(one.row + one.height, other.row + other.height)
    right = max(one.col + one.width, other.col + other.width)
    return Window(row, col, bottom - row, right - col)


def _stored(columns: tuple[Any, ...]) -> StoredMask | None:
    return None if columns[0] is None else StoredMask(*columns)
