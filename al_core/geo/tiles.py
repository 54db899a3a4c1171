"""How many pixels of each tile hold data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..coords import TileGrid, Window
from ..progress import Progress, checkpoint
from .bands import BandReader
from .rasters import RasterSource

_MAX_VALUES = 8 << 20  # values read at once: 32 MB of float32


def count_valid(
    image: RasterSource, bands: Sequence[int], grid: TileGrid, progress: Progress
) -> NDArray[np.int32]:
    """Count the valid pixels in the core of each tile.

    Exact, and the same validity as ImageReader's. Reads nothing where no pixel can be
    invalid, only the mask where that alone decides, otherwise the raster block by block.

    Args:
        image: The raster.
        bands: 1-based band numbers.
        grid: The tiles of this raster.
        progress: Told about each block.

    Returns:
        (len(grid),) pixels.

    Raises:
        RasterError: The raster cannot be read.
        Cancelled: The user cancelled.
    """
    counts = np.zeros((grid.rows, grid.cols), dtype=np.int32)
    with BandReader(image, bands) as reader:
        if reader.always_valid:
            return _core_areas(grid)
        tiles_across = max(1, _MAX_VALUES // (grid.core_px**2 * len(bands)))
        for row in range(grid.rows):
            for col in range(0, grid.cols, tiles_across):
                checkpoint(
                    progress,
                    (row + col / grid.cols) / grid.rows,
                    f"Looking for nodata in {image.name}",
                )
                last = min(col + tiles_across, grid.cols)
                valid = reader.read_valid(_cores(grid, row, col, last))
                starts = np.arange(0, valid.shape[1], grid.core_px)
                column_sums = valid.sum(axis=0, dtype=np.int32)
                counts[row, col:last] = np.add.reduceat(column_sums, starts)
    return counts.ravel()


def _core_areas(grid: TileGrid) -> NDArray[np.int32]:
    heights = np.full(grid.rows, grid.core_px, dtype=np.int32)
    widths = np.full(grid.cols, grid.core_px, dtype=np.int32)
    heights[-1] = grid.height - grid.core_px * (grid.rows - 1)
    widths[-1] = grid.width - grid.core_px * (grid.cols - 1)
    return np.outer(heights, widths).ravel()


def _cores(grid: TileGrid, row: int, first: int, end: int) -> Window:
    """Return the cores of the tiles first…end-1 of one tile row, joined."""
    left = grid.core(row * grid.cols + first)
    right = grid.core(row * grid.cols + end - 1)
    return Window(left.row, left.col, left.height, right.col + right.width - left.col)
