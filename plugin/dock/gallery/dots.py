"""Many thousands of dots as a picture; numpy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Colors = NDArray[np.uint32]  # 0xffRRGGBB
Points = NDArray[np.float64]

MARGIN_PX = 16  # around the picture, so that dots at its border need no thought
SIZES = ((2_000, 4.2), (8_000, 3.4), (30_000, 2.6))  # up to so many dots: this radius
SMALLEST_PX = 1.6
RIM_PX = 1.1
FEW = 8_000


def radius_for(count: int) -> float:
    """Return the radius in pixels of each of so many dots."""
    return next((radius for most, radius in SIZES if count <= most), SMALLEST_PX)


def disc(radius: float) -> NDArray[np.int64]:
    """Return (n, 2) offsets row, col of the pixels within a radius."""
    reach = int(np.ceil(radius))
    row, col = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    inside = row**2 + col**2 <= radius**2
    return np.stack([row[inside], col[inside]], axis=1)


class Dots:
    """A picture of so many pixels with dots on it, the last ones on top."""

    def __init__(self, width: int, height: int, background: int) -> None:
        self._shape = (height + 2 * MARGIN_PX, width + 2 * MARGIN_PX)
        self._pixels: Colors = np.full(self._shape, background, dtype=np.uint32)
        self._limits = np.array([width, height]) + MARGIN_PX

    def draw(self, places: Points, colors: Colors, radius: float, rim: int | None = None) -> None:
        """Draw dots.

        Args:
            places: (N, 2) x, y in pixels; those far outside are left out.
            colors: (N,).
            radius: In pixels.
            rim: The colour of a thin line around them; none if None.
        """
        inside = ((places > -MARGIN_PX + radius) & (places < self._limits - radius)).all(axis=1)
        spots = np.floor(places[inside]).astype(np.int64) + MARGIN_PX
        starts = spots[:, 1] * self._shape[1] + spots[:, 0]
        flat = self._pixels.reshape(-1)
        if rim is not None:
            around = disc(radius + RIM_PX)
            flat[_pixels_of(starts, around, self._shape[1])] = rim
        colors = colors[inside]
        if len(starts) <= FEW:
            flat[_pixels_of(starts, disc(radius), self._shape[1])] = colors[:, None]
            return
        for row, col in disc(radius).tolist():  # quicker, and at this size nobody sees the order
            flat[starts + (row * self._shape[1] + col)] = colors

    def picture(self) -> Colors:
        """Return uint32 (height, width), contiguous."""
        return np.ascontiguousarray(self._pixels[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX])


def _pixels_of(
    starts: NDArray[np.int64], offsets: NDArray[np.int64], width: int
) -> NDArray[np.int64]:
    """Return (N, n) places in the flat picture."""
    return starts[:, None] + (offsets[:, 0] * width + offsets[:, 1])[None, :]
