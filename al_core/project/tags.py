"""The tags of a project: what the analyst says of whole tiles, with undo and redo."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timezone

import numpy as np
from numpy.typing import NDArray

from ..legend import UNSURE
from . import tag_rows
from .contents import Contents
from .database import Database
from .journal import StrokeState
from .records import Role
from .tag_rows import PRESENT, States


class TagStore:
    """The tags of a project; a tile that has any is judged, one that has none is open.

    Tags are uint8 (K,) by class index: 0 absent, 1 present, 254 where the analyst cannot
    tell. In a project of scenes exactly one class is present, or all are 254. A step keeps
    the one state of each of its tiles that is not in force: undo and redo swap them.
    """

    def __init__(self, database: Database, contents: Contents) -> None:
        self._database = database
        self._tiles = contents.tiles
        self._names = contents.legend.names
        self._task = contents.settings.task

    def read(self, tile_id: int) -> States | None:
        """Return the tags of a tile, uint8 (K,) and writable; None if it is not judged.

        Raises:
            LabelError: There is no such tile.
            ProjectError: The stored tags are damaged.
        """
        self._tiles.shape(tile_id)
        rows = self._database.rows("SELECT states FROM tag WHERE tile = ?", (int(tile_id),))
        return tag_rows.decode([rows[0][0]], len(self._names))[0] if rows else None

    def table(self) -> tuple[NDArray[np.int64], States]:
        """Return all tags at once.

        Returns:
            int64 (M,) ids of the judged tiles, ascending, and their tags, uint8 (M, K).

        Raises:
            ProjectError: The stored tags are damaged.
        """
        rows = self._database.rows("SELECT tile, states FROM tag ORDER BY tile")
        ids = np.array([tile for tile, _ in rows], dtype=np.int64)
        return ids, tag_rows.decode([states for _, states in rows], len(self._names))

    def counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return what a network can learn from; tiles of which nothing is known are left out.

        Returns:
            int64 (M,) ids of the tiles with at least one class known, ascending, and
            int64 (M, K), 1 where a class is present.
        """
        ids, states = self.table()
        known = (states != UNSURE).any(axis=1)
        return ids[known], (states[known] == PRESENT).astype(np.int64)

    def judged(self) -> NDArray[np.bool_]:
        """Return bool (T,) by tile id, whether a tile has tags; “cannot tell” is one."""
        result = np.zeros(len(self._tiles), dtype=bool)
        rows = self._database.rows("SELECT tile FROM tag")
        result[np.array(rows, dtype=np.int64).reshape(-1)] = True
        return result

    def judged_px(self) -> NDArray[np.int64]:
        """Return int64 (T,): all valid pixels of a judged tile, 0 of the others."""
        return np.where(self.judged(), self._tiles.valid_px, 0).astype(np.int64)

    def class_pixels(self, role: Role | None = None) -> NDArray[np.int64]:
        """Return (K,) how many tiles show each class, in all tiles or those of a role."""
        ids, table = self.counts()
        if role is not None:
            table = table[self._tiles.role[ids] == role]
        result: NDArray[np.int64] = table.sum(axis=0, dtype=np.int64)
        return result

    def revision(self) -> int:
        """Return a number that grows with every change of labels or tags, whoever makes it."""
        rows = self._database.rows("SELECT value FROM counter WHERE name = 'labels'")
        return int(rows[0][0])

    def set(self, changes: Mapping[int, States | None], user: str = "") -> None:
        """Change the tags of some tiles as one step that can be undone.

        On disk when this returns. Tiles that stay as they are do not count; steps that had
        been undone can no longer be redone.

        Args:
            changes: By tile id; None takes the tags off.
            user: Who says so.

        Raises:
            LabelError: A tile does not exist, or its tags make no sense; nothing is written.
            StorageError: The disk is full or protected; nothing is written.
        """
        new = self._encoded(changes)
        with self._database.transaction() as connection:
            old = tag_rows.fetch(connection, new)
            changed = {tile: states for tile, states in new.items() if states != old[tile]}
            if not changed:
                return
            connection.execute("DELETE FROM tag_step WHERE state = ?", (StrokeState.UNDONE,))
            step = _insert(connection, user)
            connection.executemany(
                "INSERT INTO tag_change VALUES (?, ?, 1, ?)",
                ((step, tile, old[tile]) for tile in changed),
            )
            tag_rows.store(connection, changed)

    def write(self, changes: Mapping[int, States | None]) -> None:
        """Change the tags of some tiles without a step: earlier ones on them become final.

        Raises:
            LabelError: A tile does not exist, or its tags make no sense; nothing is written.
            StorageError: The disk is full or protected; nothing is written.
        """
        rows = self._encoded(changes)
        with self._database.transaction() as connection:
            tag_rows.store(connection, rows)
            tag_rows.settle(connection, rows)

    def undo(self) -> tuple[int, ...]:
        """Take the newest step back; return the tiles it had changed, () if there is none.

        Raises:
            StorageError: The disk is full or protected; nothing was changed.
        """
        newest = "SELECT max(id) FROM tag_step WHERE state = ?"
        return self._swap(newest, StrokeState.DONE, StrokeState.UNDONE)

    def redo(self) -> tuple[int, ...]:
        """Put the step that was taken back last in force again; return its tiles.

        Raises:
            StorageError: The disk is full or protected; nothing was changed.
        """
        oldest = "SELECT min(id) FROM tag_step WHERE state = ?"
        return self._swap(oldest, StrokeState.UNDONE, StrokeState.DONE)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._has(StrokeState.DONE)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to put in force again."""
        return self._has(StrokeState.UNDONE)

    def _has(self, state: StrokeState) -> bool:
        return bool(self._database.rows("SELECT 1 FROM tag_step WHERE state = ? LIMIT 1", (state,)))

    def _encoded(self, changes: Mapping[int, States | None]) -> dict[int, bytes | None]:
        for tile in changes:
            self._tiles.shape(tile)
        given = {int(tile): states for tile, states in changes.items() if states is not None}
        tag_rows.check(given, self._names, self._task)
        return {
            int(tile): None if states is None else states.tobytes()
            for tile, states in changes.items()
        }

    def _swap(self, choose: str, old: StrokeState, new: StrokeState) -> tuple[int, ...]:
        with self._database.transaction() as connection:
            (step,) = connection.execute(choose, (old,)).fetchone()
            if step is None:
                return ()
            kept: dict[int, bytes | None] = dict(connection.execute(_READ_CHANGES, (step,)))
            in_force = tag_rows.fetch(connection, kept)
            connection.executemany(
                "UPDATE tag_change SET states = ? WHERE step = ? AND tile = ?",
                ((in_force[tile], step, tile) for tile in kept),
            )
            connection.execute("UPDATE tag_step SET state = ? WHERE id = ?", (new, step))
            tag_rows.store(connection, kept)
        return tuple(kept)


_READ_CHANGES = "SELECT tile, states FROM tag_change WHERE step = ? AND is_undoable ORDER BY tile"


def _insert(connection: sqlite3.Connection, user: str) -> int:
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    cursor = connection.execute(
        "INSERT INTO tag_step (created, user, state) VALUES (?, ?, ?)",
        (now, user, StrokeState.DONE),
    )
    return int(cursor.lastrowid or 0)
