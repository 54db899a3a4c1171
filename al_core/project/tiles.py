"""The table of all tiles of a project, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..coords import TileGrid, Window
from ..errors import LabelError
from .records import ImageRecord, ProjectSettings


@dataclass(frozen=True, eq=False)
class TileTable:
    """Every tile of every image; row i is tile i. The arrays are read-only.

    `row`, `col`, `height`, `width` (int32, pixels) are the tile's core in its image;
    `image` (int32) is the image's id, `valid_px` (int32) counts the core's valid
    pixels, `role` (uint8) is a Role, `ids` (int64) is 0…N-1.
    """

    ids: NDArray[np.int64]
    image: NDArray[np.int32]
    row: NDArray[np.int32]
    col: NDArray[np.int32]
    height: NDArray[np.int32]
    width: NDArray[np.int32]
    valid_px: NDArray[np.int32]
    role: NDArray[np.uint8]

    def __post_init__(self) -> None:
        for column in vars(self).values():
            column.setflags(write=False)

    def __len__(self) -> int:
        """The number of tiles."""
        return len(self.ids)

    def core(self, tile_id: int) -> Window:
        """Return the core of a tile in the pixels of its image."""
        return Window(
            int(self.row[tile_id]),
            int(self.col[tile_id]),
            int(self.height[tile_id]),
            int(self.width[tile_id]),
        )

    def shape(self, tile_id: int) -> tuple[int, int]:
        """Return height and width of a tile's core, which are those of its label mask.

        Raises:
            LabelError: There is no such tile.
        """
        if not 0 <= tile_id < len(self):
            raise LabelError(
                f"There is no tile {tile_id}; the project has the tiles 0 to {len(self) - 1}."
            )
        return int(self.height[tile_id]), int(self.width[tile_id])


def tile_table(
    images: Sequence[ImageRecord],
    settings: ProjectSettings,
    valid_px: NDArray[np.int32],
    role: NDArray[np.uint8],
) -> TileTable:
    """Lay the tiles of all images out as columns.

    Args:
        images: In the order of their tiles.
        settings: Give tile size and halo.
        valid_px: (N,) valid pixels of each core.
        role: (N,) Role of each tile.

    Raises:
        ValueError: The numbers of tiles do not fit each other.
    """
    count = sum(image.tile_count for image in images)
    if not count == len(valid_px) == len(role):
        raise ValueError(f"{count} tiles, but {len(valid_px)} counts and {len(role)} roles")
    parts = [_cores(image, settings) for image in images]
    image, row, col, height, width = (
        np.concatenate(columns).astype(np.int32) for columns in zip(*parts, strict=True)
    )
    return TileTable(
        ids=np.arange(count, dtype=np.int64),
        image=image,
        row=row,
        col=col,
        height=height,
        width=width,
        valid_px=np.array(valid_px, dtype=np.int32),
        role=np.array(role, dtype=np.uint8),
    )


def _cores(image: ImageRecord, settings: ProjectSettings) -> tuple[NDArray[np.int64], ...]:
    """Return image id, row, col, height, width of each tile: TileGrid.core for arrays."""
    grid: TileGrid = image.grid(settings.tile_size_px, settings.halo_px)
    if image.tile_count != len(grid):
        raise ValueError(f"image {image.id} has {len(grid)} tiles, not {image.tile_count}")
    index = np.arange(len(grid), dtype=np.int64)
    top = index // grid.cols * grid.core_px
    left = index % grid.cols * grid.core_px
    return (
        np.full_like(index, image.id),
        top,
        left,
        np.minimum(grid.core_px, grid.height - top),
        np.minimum(grid.core_px, grid.width - left),
    )
