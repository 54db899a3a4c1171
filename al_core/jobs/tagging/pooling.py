"""What an encoder that is not trained makes of tiles, kept from round to round.

The second round then begins where the encoder has looked already: it takes seconds.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import ProjectError
from ...inference.tagging import Pooled, TagForward, pool_tiles
from ...models import NetworkInputs
from ...models.views import Views
from ...progress import Part, Progress
from ...project import Project
from ...scoring.npz import read_arrays, write_arrays

FOLDER = "features"
CHUNK = 256  # tiles; a cancel loses no more than these
KEPT_EVERY_S = 60.0

Ids = NDArray[np.int64]


class PooledStore:
    """Rows by tile, below the project's folder; those of another encoder are thrown away."""

    def __init__(self, project: Project, inputs: NetworkInputs, encoder_hash: str) -> None:
        """Read nothing yet.

        Args:
            project: In its folder lies what is kept.
            inputs: What the encoder reads: rows of a changed image do not count.
            encoder_hash: Of the encoder that made the rows.
        """
        self._root = project.folder / FOLDER
        self._folder = self._root / _key(inputs, encoder_hash)

    def rows(
        self,
        ids: Ids,
        views: Views,
        seed: int,
        look: Callable[[Ids, Progress], Pooled],
        progress: Progress,
    ) -> Pooled:
        """Return the rows of tiles, made where they are not there yet.

        Args:
            ids: int64 (N,), ascending.
            views: Of each tile.
            seed: Of the crops.
            look: Makes the rows of some tiles.
            progress: Hears of them.

        Returns:
            float16 (N, V, L).

        Raises:
            StorageError: The disk is full.
            Cancelled: The user cancelled; what was made is kept.
        """
        path = self._folder / f"{views.value}{seed if views is Views.CROPPED else ''}.npz"
        known, rows = self._read(path)
        missing = np.setdiff1d(ids, known)
        parts, kept = [rows] if known.size else [], time.monotonic()
        try:
            for start in range(0, missing.size, CHUNK):
                part = missing[start : start + CHUNK]
                end = start + part.size
                parts.append(look(part, Part(progress, start / missing.size, end / missing.size)))
                known = np.concatenate([known, part])
                if time.monotonic() - kept > KEPT_EVERY_S:
                    parts = [np.concatenate(parts)]
                    self._write(path, known, parts[0])
                    kept = time.monotonic()
        finally:
            rows = np.concatenate(parts) if parts else rows
            if missing.size and known.size:
                self._write(path, known, rows)
        order = np.argsort(known, kind="stable")
        return rows[order[np.searchsorted(known[order], ids)]] if ids.size else rows[:0]

    def _read(self, path: Path) -> tuple[Ids, Pooled]:
        if path.is_file():
            with suppress(ProjectError, KeyError):  # it can be made again
                found, _ = read_arrays(path, ("tile_ids", "rows"), (), "features of the tiles")
                return found["tile_ids"], found["rows"]
        return np.zeros(0, dtype=np.int64), np.zeros((0, 0, 0), dtype=np.float16)

    def _write(self, path: Path, known: Ids, rows: Pooled) -> None:
        self._root.mkdir(exist_ok=True)
        for other in self._root.iterdir():
            if other != self._folder:
                shutil.rmtree(other, ignore_errors=True)
        self._folder.mkdir(exist_ok=True)
        write_arrays(path, {"tile_ids": known, "rows": rows}, {})


def pooled_rows(  # noqa: PLR0913 - what is looked at, how, and where it is kept
    forward: TagForward,
    inputs: NetworkInputs,
    ids: Ids,
    store: PooledStore | None,
    progress: Progress,
    *,
    batch_size: int,
    views: Views = Views.PLAIN,
    seed: int = 0,
) -> Pooled:
    """Return what an encoder makes of tiles, from the store where there is one.

    Args:
        forward: The network.
        inputs: Images and tiles.
        ids: int64 (N,), ascending.
        store: None for an encoder that is trained: its rows serve once.
        progress: Hears of every batch.
        batch_size: Tiles at a time.
        views: Of each tile.
        seed: Of the crops.

    Returns:
        float16 (N, V, L).
    """

    def look(part: Ids, watched: Progress) -> Pooled:
        return pool_tiles(forward, inputs, part, batch_size, watched, views=views, seed=seed)

    if store is None:
        return look(ids, progress)
    return store.rows(ids, views, seed, look, progress)


def _key(inputs: NetworkInputs, encoder_hash: str) -> str:
    """Return a hash of all that the rows depend on: encoder, images and how they are read."""
    settings = inputs.settings
    files = []
    for image in inputs.images:
        with suppress(OSError):
            found = Path(image.path).stat()
            files.append((image.id, found.st_size, found.st_mtime_ns))
    facts = (settings.tile_size_px, settings.halo_px, settings.bands, settings.normalisation)
    return hashlib.sha256(repr((encoder_hash, facts, files)).encode()).hexdigest()[:16]
