"""Pixel and map coordinates, windows, and the grid of tiles over a raster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .errors import ConfigError

MIN_TILE_SIZE_PX = 64
TILE_STEP_PX = 32  # encoders halve the resolution five times


class RowCol(NamedTuple):
    """A position in pixels; the centre of the first pixel is (0.5, 0.5)."""

    row: float
    col: float


@dataclass(frozen=True)
class Window:
    """A rectangle of whole pixels."""

    row: int
    col: int
    height: int
    width: int

    @property
    def rows(self) -> slice:
        """The rows as a slice of an array of the whole raster."""
        return slice(self.row, self.row + self.height)

    @property
    def cols(self) -> slice:
        """The columns as a slice of an array of the whole raster."""
        return slice(self.col, self.col + self.width)

    @property
    def area(self) -> int:
        """The number of pixels."""
        return self.height * self.width

    def intersection(self, other: Window) -> Window | None:
        """Return the common rectangle, or None if there is none."""
        row, col = max(self.row, other.row), max(self.col, other.col)
        bottom = min(self.row + self.height, other.row + other.height)
        right = min(self.col + self.width, other.col + other.width)
        if bottom <= row or right <= col:
            return None
        return Window(row, col, bottom - row, right - col)

    def relative_to(self, origin: Window) -> Window:
        """Return the same rectangle counted from another window's corner."""
        return Window(self.row - origin.row, self.col - origin.col, self.height, self.width)

    def grown(self, margin: int) -> Window:
        """Return the rectangle with a margin added on each side."""
        return Window(
            self.row - margin,
            self.col - margin,
            self.height + 2 * margin,
            self.width + 2 * margin,
        )


@dataclass(frozen=True)
class GeoTransform:
    """A north-up affine map from pixels to map units: x = x0 + col·dx, y = y0 + row·dy."""

    x0: float
    y0: float
    dx: float
    dy: float

    def to_map(self, at: RowCol) -> tuple[float, float]:
        """Return the map point (x, y) of a pixel position."""
        return self.x0 + at.col * self.dx, self.y0 + at.row * self.dy

    def to_pixel(self, x: float, y: float) -> RowCol:
        """Return the pixel position of a map point."""
        return RowCol((y - self.y0) / self.dy, (x - self.x0) / self.dx)


def default_halo_px(tile_size_px: int) -> int:
    """Return the margin that gives a window its context: 32 to 64 px, a quarter at most."""
    return min(max(32, tile_size_px // 8), 64, tile_size_px // 4)


def halo_around_px(core_px: int) -> int:
    """Return the margin that makes a window of a core: 32 to 64 px, an eighth if that is more.

    A multiple of 16, so that the window is a multiple of TILE_STEP_PX if the core is.
    """
    step = TILE_STEP_PX // 2
    return min(max(32, core_px // (8 * step) * step), 64)


@dataclass(frozen=True)
class TileGrid:
    """Tiles over a raster: their cores partition it, their windows add a halo.

    Only core pixels are painted, scored and counted, so no pixel counts twice; the
    network sees the window. METHODS of the project: core = window - 2 halo.
    """

    height: int
    width: int
    tile_size_px: int
    halo_px: int

    def __post_init__(self) -> None:
        if self.tile_size_px < MIN_TILE_SIZE_PX or self.tile_size_px % TILE_STEP_PX:
            raise ConfigError(
                f"The tile size is {self.tile_size_px} px; choose a multiple of "
                f"{TILE_STEP_PX} from {MIN_TILE_SIZE_PX} up, such as 256."
            )
        if not 0 <= self.halo_px < self.tile_size_px / 2:
            raise ConfigError(
                f"A halo of {self.halo_px} px leaves nothing of a {self.tile_size_px} px "
                "tile; choose a smaller halo."
            )

    @property
    def core_px(self) -> int:
        """The side of a core."""
        return self.tile_size_px - 2 * self.halo_px

    @property
    def rows(self) -> int:
        """The number of tile rows."""
        return -(-self.height // self.core_px)

    @property
    def cols(self) -> int:
        """The number of tile columns."""
        return -(-self.width // self.core_px)

    def __len__(self) -> int:
        """The number of tiles."""
        return self.rows * self.cols

    def core(self, index: int) -> Window:
        """Return the pixels that belong to tile `index` alone (row-major order)."""
        row, col = divmod(index, self.cols)
        top, left = row * self.core_px, col * self.core_px
        return Window(
            top,
            left,
            min(self.core_px, self.height - top),
            min(self.core_px, self.width - left),
        )

    def window(self, index: int) -> Window:
        """Return what the network sees: the core, its halo, always tile_size_px square.

        At the border the window is moved inwards; on a raster smaller than a tile it
        starts at 0 and reaches beyond the far edge, where the reader pads.
        """
        core = self.core(index)
        top = min(core.row - self.halo_px, self.height - self.tile_size_px)
        left = min(core.col - self.halo_px, self.width - self.tile_size_px)
        return Window(max(top, 0), max(left, 0), self.tile_size_px, self.tile_size_px)

    def tiles_in(self, area: Window) -> list[int]:
        """Return the tiles whose cores touch `area`, in ascending order."""
        inside = area.intersection(Window(0, 0, self.height, self.width))
        if inside is None:
            return []
        step = self.core_px
        first_row, last_row = (
            inside.row // step,
            (inside.row + inside.height - 1) // step,
        )
        first_col, last_col = (
            inside.col // step,
            (inside.col + inside.width - 1) // step,
        )
        return [
            row * self.cols + col
            for row in range(first_row, last_row + 1)
            for col in range(first_col, last_col + 1)
        ]
