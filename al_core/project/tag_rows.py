"""Tags as rows of the database: one byte a class."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..config import Task
from ..errors import LabelError, ProjectError
from ..legend import UNSURE
from .journal import StrokeState

ABSENT, PRESENT = 0, 1

States = NDArray[np.uint8]
"""Tags of a tile, (K,) by class index: 0 absent, 1 present, 254 cannot tell."""


def check(tags: Mapping[int, States], names: Sequence[str], task: Task) -> None:
    """Make sure that tags are such as the project's task knows.

    Args:
        tags: By tile id.
        names: K class names.
        task: Whether a tile has one class or any number.

    Raises:
        LabelError: One has another shape or type, an unknown state, or, in a project of
            scenes, not exactly one class.
    """
    for tile, states in tags.items():
        if not isinstance(states, np.ndarray) or states.dtype != np.uint8:
            raise LabelError(f"The tags of tile {tile} are no uint8 array; give one byte a class.")
        if states.shape != (len(names),):
            raise LabelError(
                f"The tags of tile {tile} have the shape {states.shape}, but the legend has "
                f"{len(names)} classes; give one number a class."
            )
    if tags:
        table = np.stack(list(tags.values()))
        _check_states(list(tags), table, names)
        if task is Task.SCENE:
            _check_scenes(list(tags), table, names)


def decode(blobs: Sequence[bytes], classes: int) -> States:
    """Return uint8 (M, K) tags of M rows, writable.

    Raises:
        ProjectError: The bytes are damaged.
    """
    if any(len(blob) != classes for blob in blobs):
        raise ProjectError("The tags of some tiles are damaged. Restore the project from a backup.")
    return np.frombuffer(b"".join(blobs), dtype=np.uint8).reshape(len(blobs), classes).copy()


def fetch(connection: sqlite3.Connection, tiles: Iterable[int]) -> dict[int, bytes | None]:
    """Return the stored tags of some tiles, None where a tile has none."""
    sql = "SELECT states FROM tag WHERE tile = ?"
    found = ((tile, connection.execute(sql, (tile,)).fetchone()) for tile in tiles)
    return {tile: None if row is None else row[0] for tile, row in found}


def store(connection: sqlite3.Connection, rows: Mapping[int, bytes | None]) -> None:
    """Put tags in force inside the caller's transaction; the labels' revision grows."""
    connection.executemany(
        "INSERT OR REPLACE INTO tag VALUES (?, ?)",
        ((tile, states) for tile, states in rows.items() if states is not None),
    )
    connection.executemany(
        "DELETE FROM tag WHERE tile = ?",
        ((tile,) for tile, states in rows.items() if states is None),
    )
    connection.execute("UPDATE counter SET value = value + 1 WHERE name = 'labels'")


def settle(connection: sqlite3.Connection, tiles: Collection[int]) -> None:
    """Make the steps so far on some tiles final, inside the caller's transaction.

    To be called when anything but a step replaces the tags of these tiles: undo must not
    bring back what was said before.
    """
    one_each = [(tile,) for tile in tiles]
    touched = connection.executemany(
        "UPDATE tag_change SET is_undoable = 0, states = NULL WHERE tile = ? AND is_undoable",
        one_each,
    ).rowcount
    if touched:
        connection.execute(
            """UPDATE tag_step SET state = ? WHERE state != ? AND NOT EXISTS
            (SELECT 1 FROM tag_change WHERE step = tag_step.id AND is_undoable)""",
            (StrokeState.SETTLED, StrokeState.SETTLED),
        )


def _check_states(tiles: Sequence[int], table: States, names: Sequence[str]) -> None:
    rows, columns = np.nonzero((table > PRESENT) & (table != UNSURE))
    if rows.size:
        row, column = rows[0], columns[0]
        raise LabelError(
            f"The tags of tile {tiles[row]} hold {table[row, column]} for “{names[column]}”; use "
            f"{ABSENT} for absent, {PRESENT} for present or {UNSURE} for unsure."
        )


def _check_scenes(tiles: Sequence[int], table: States, names: Sequence[str]) -> None:
    present = (table == PRESENT).sum(axis=1)
    unsure = (table == UNSURE).sum(axis=1)
    wrong = np.flatnonzero(~(((present == 1) & (unsure == 0)) | (unsure == len(names))))
    if wrong.size:
        row = wrong[0]
        given = [names[column] for column in np.flatnonzero(table[row] == PRESENT).tolist()]
        raise LabelError(
            f"In a project of scenes a tile has exactly one class, but tile {tiles[row]} is tagged "
            f"with {', '.join(given) or 'none'}; choose one, or mark the whole tile unsure."
        )
