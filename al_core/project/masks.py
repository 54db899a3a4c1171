"""Label masks as rows of the database: compressed, with their counts beside them."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import LabelError, ProjectError
from ..legend import UNLABELLED, UNSURE
from .records import Mask

COUNT_DTYPE = np.dtype("<i4")
_LEVEL = 1  # masks are nearly constant: more effort saves little
_VALUES = 256


class StoredMask(NamedTuple):
    """A row of `label`: int32 counts per class, their sum, zlib of the mask's bytes."""

    labelled_px: int
    unsure_px: int
    counts: bytes
    mask: bytes


def encode(tile_id: int, mask: Mask, shape: tuple[int, int], classes: int) -> StoredMask | None:
    """Return the row of a tile's labels, or None for a tile without any.

    Args:
        tile_id: Named in the errors.
        mask: (height, width) uint8: 0…classes-1, 254 or 255.
        shape: Height and width of the tile's core.
        classes: Number of classes of the legend.

    Raises:
        LabelError: The mask has another shape or type, or holds no class of the legend.
    """
    if mask.shape != shape or mask.dtype != np.uint8:
        raise LabelError(
            f"The labels of tile {tile_id} are {mask.dtype} {mask.shape}; they must be uint8 "
            f"{shape}, the size of the tile."
        )
    counts = np.bincount(mask.ravel(), minlength=_VALUES)
    if counts[UNLABELLED] == mask.size:
        return None
    strangers = np.flatnonzero(counts[classes:UNSURE]) + classes
    if len(strangers):
        raise LabelError(
            f"The labels of tile {tile_id} hold the class index {strangers[0]} "
            f"({counts[strangers[0]]} px), but the legend has {classes} classes. Use 0 to "
            f"{classes - 1}, {UNSURE} for unsure or {UNLABELLED} for unlabelled."
        )
    return StoredMask(
        labelled_px=int(counts[:classes].sum()),
        unsure_px=int(counts[UNSURE]),
        counts=counts[:classes].astype(COUNT_DTYPE).tobytes(),
        mask=zlib.compress(mask.tobytes(), _LEVEL),
    )


def decode(tile_id: int, blob: bytes | None, shape: tuple[int, int]) -> Mask:
    """Return a tile's mask; all UNLABELLED for None. To be copied before it is changed.

    Raises:
        ProjectError: The bytes are damaged.
    """
    if blob is None:
        return np.full(shape, UNLABELLED, dtype=np.uint8)
    try:
        flat: NDArray[np.uint8] = np.frombuffer(
            zlib.decompress(blob, bufsize=shape[0] * shape[1]), dtype=np.uint8
        )
        return flat.reshape(shape)
    except (zlib.error, ValueError) as error:
        raise ProjectError(
            f"The labels of tile {tile_id} are damaged ({error}). Restore the project from a "
            "backup."
        ) from error


def fetch(connection: sqlite3.Connection, tile_ids: Iterable[int]) -> dict[int, StoredMask | None]:
    """Return the stored rows of some tiles, None where a tile has no labels."""
    sql = "SELECT labelled_px, unsure_px, counts, mask FROM label WHERE tile = ?"
    found = ((tile, connection.execute(sql, (tile,)).fetchone()) for tile in tile_ids)
    return {tile: None if row is None else StoredMask(*row) for tile, row in found}


def store(connection: sqlite3.Connection, rows: Mapping[int, StoredMask | None]) -> None:
    """Put rows in force inside the caller's transaction; the labels' revision grows."""
    connection.executemany(
        "INSERT OR REPLACE INTO label VALUES (?, ?, ?, ?, ?)",
        ((tile, *row) for tile, row in rows.items() if row is not None),
    )
    connection.executemany(
        "DELETE FROM label WHERE tile = ?",
        ((tile,) for tile, row in rows.items() if row is None),
    )
    connection.execute("UPDATE counter SET value = value + 1 WHERE name = 'labels'")
