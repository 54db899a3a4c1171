"""What an encoder that is not trained makes of every tile, on the disk, for all lanes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import explain_disk_errors
from ..progress import Part, Progress

FILE, DONE = "pooled.npy", "pooled.txt"
CHUNK = 128  # tiles; a stop loses no more

Ids = NDArray[np.int64]
Pooled = NDArray[np.float16]
Look = Callable[[Ids, Progress], Pooled]


@dataclass(frozen=True)
class Bank:
    """Rows float16 (N, V, L) in a folder: V views of each of N tiles."""

    folder: Path
    tiles: int

    @property
    def is_full(self) -> bool:
        """Whether all tiles are there."""
        return self._done() >= self.tiles

    def fill(self, look: Look, progress: Progress) -> None:
        """Look at the tiles that are not there yet.

        Args:
            look: Returns float16 (n, V, L) for int64 (n,) ids.
            progress: Hears of every chunk.

        Raises:
            StorageError: The disk is full.
            Cancelled: The user cancelled; what was looked at is kept.
        """
        for start in range(self._done(), self.tiles, CHUNK):
            ids = np.arange(start, min(start + CHUNK, self.tiles))
            share = Part(progress, start / self.tiles, (start + ids.size) / self.tiles)
            rows = look(ids, share)
            with explain_disk_errors(self.folder):
                self._write(start, rows)

    def rows(self, ids: Ids, width: int) -> Pooled:
        """Return the rows of tiles, float16 (n, V, width): the last columns, or all for 0.

        Args:
            ids: int64 (n,).
            width: How many columns.
        """
        found: Pooled = np.load(self.folder / FILE, mmap_mode="r")
        return np.asarray(found[:, :, -width:][ids])

    def first(self, ids: Ids) -> Pooled:
        """Return what the encoder makes of tiles as they are, float16 (n, L)."""
        found: Pooled = np.load(self.folder / FILE, mmap_mode="r")
        return np.asarray(found[:, 0][ids])

    def _done(self) -> int:
        path = self.folder / DONE
        return int(path.read_text()) if path.is_file() else 0

    def _write(self, start: int, rows: Pooled) -> None:
        path = self.folder / FILE
        if not start:
            shape = (self.tiles, *rows.shape[1:])
            np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=shape)
        kept = np.load(path, mmap_mode="r+")
        kept[start : start + len(rows)] = rows
        kept.flush()
        (self.folder / DONE).write_text(str(start + len(rows)))
