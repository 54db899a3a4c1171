"""The label masks of a project."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from ..coords import Window
from ..legend import UNLABELLED
from .contents import Contents
from .database import Database
from .journal import settle
from .masks import COUNT_DTYPE, decode, encode, store
from .records import ImageRecord, Mask, Role


class LabelStore:
    """The label masks of a project, one a tile.

    A mask is uint8 (core height, core width): 0…K-1 class index, 254 unsure, 255
    unlabelled.
    """

    def __init__(self, database: Database, contents: Contents) -> None:
        self._database = database
        self._tiles = contents.tiles
        self._images = {image.id: image for image in contents.images}
        self._settings = contents.settings
        self._classes = len(contents.legend)

    def read(self, tile_id: int) -> Mask:
        """Return the labels of a tile's core, writable; UNLABELLED where there are none.

        Raises:
            LabelError: There is no such tile.
            ProjectError: The stored labels are damaged.
        """
        shape = self._tiles.shape(tile_id)
        rows = self._database.rows("SELECT mask FROM label WHERE tile = ?", (int(tile_id),))
        return decode(tile_id, rows[0][0] if rows else None, shape).copy()

    def read_window(self, image_id: int, window: Window, hide: Collection[Role] = ()) -> Mask:
        """Return the labels of any window of an image, assembled from its tiles.

        Args:
            image_id: Which image.
            window: In pixels of the image; may reach outside.
            hide: Tiles of these roles read as UNLABELLED, so that training cannot see
                validation labels even in a halo.

        Returns:
            (window.height, window.width) uint8; UNLABELLED outside the image.
        """
        result: Mask = np.full((window.height, window.width), UNLABELLED, dtype=np.uint8)
        for tile_id, blob in self._stored_in(self._images[image_id], window):
            core = self._tiles.core(tile_id)
            common = core.intersection(window)
            if common is None or self._tiles.role[tile_id] in hide:
                continue
            mask = decode(tile_id, blob, (core.height, core.width))
            there, here = common.relative_to(core), common.relative_to(window)
            result[here.rows, here.cols] = mask[there.rows, there.cols]
        return result

    def write(self, masks: Mapping[int, Mask]) -> None:
        """Replace the labels of whole tiles in one transaction: all of them or none.

        Not journaled: earlier strokes on these tiles can no longer be undone. For many
        thousands of tiles call it with some hundreds at a time.

        Args:
            masks: By tile id, each of the size of its tile's core.

        Raises:
            LabelError: A tile or class index does not exist, or a mask has a wrong shape.
            StorageError: The disk is full or protected.
        """
        rows = {
            int(tile_id): encode(tile_id, mask, self._tiles.shape(tile_id), self._classes)
            for tile_id, mask in masks.items()
        }
        with self._database.transaction() as connection:
            store(connection, rows)
            settle(connection, rows)

    def counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Count the labels without reading any mask.

        Returns:
            (M,) ids of the tiles with at least one class label, ascending, and their
            (M, K) pixels per class.
        """
        rows = self._database.rows(
            "SELECT tile, counts FROM label WHERE labelled_px > 0 ORDER BY tile"
        )
        ids = np.array([tile for tile, _ in rows], dtype=np.int64)
        joined = b"".join(counts for _, counts in rows)
        table = np.frombuffer(joined, dtype=COUNT_DTYPE).reshape(len(rows), self._classes)
        return ids, table.astype(np.int64)

    def labelled_px(self) -> NDArray[np.int64]:
        """Return (N,) pixels with a class label of each tile; unsure ones do not count."""
        result = np.zeros(len(self._tiles), dtype=np.int64)
        rows = self._database.rows("SELECT tile, labelled_px FROM label")
        table = np.array(rows, dtype=np.int64).reshape(-1, 2)
        result[table[:, 0]] = table[:, 1]
        return result

    def judged_px(self) -> NDArray[np.int64]:
        """Return (N,) pixels of each tile that have a class label or are marked unsure."""
        result = np.zeros(len(self._tiles), dtype=np.int64)
        rows = self._database.rows("SELECT tile, labelled_px + unsure_px FROM label")
        table = np.array(rows, dtype=np.int64).reshape(-1, 2)
        result[table[:, 0]] = table[:, 1]
        return result

    def revision(self) -> int:
        """Return a number that grows with every change of labels, whoever makes it."""
        rows = self._database.rows("SELECT value FROM counter WHERE name = 'labels'")
        return int(rows[0][0])

    def class_pixels(self, role: Role | None = None) -> NDArray[np.int64]:
        """Return (K,) labelled pixels of each class, in all tiles or those of a role."""
        ids, table = self.counts()
        if role is not None:
            table = table[self._tiles.role[ids] == role]
        result: NDArray[np.int64] = table.sum(axis=0, dtype=np.int64)
        return result

    def _stored_in(self, image: ImageRecord, window: Window) -> Iterator[tuple[int, bytes]]:
        """Yield id and blob of the labelled tiles that touch a window, row by row."""
        grid = image.grid(self._settings.tile_size_px, self._settings.halo_px)
        inside = np.array(grid.tiles_in(window), dtype=np.int64)
        # Tiles side by side have consecutive ids, so a row of tiles is one range.
        for run in np.split(inside, np.flatnonzero(np.diff(inside // grid.cols)) + 1):
            if len(run):
                ends = (run + image.first_tile)[[0, -1]].tolist()
                yield from self._database.rows(
                    "SELECT tile, mask FROM label WHERE tile BETWEEN ? AND ?", tuple(ends)
                )
