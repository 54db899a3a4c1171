"""Which part of the unit square is seen, and where its places lie on screen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from qgis.PyQt.QtCore import QPoint, QPointF, QSize

MARGIN = 0.06  # of the view, around the whole square
STEP = 1.25  # of the zoom, a notch of the wheel
CLOSEST, FARTHEST = 200.0, 0.5  # of the view of all points

Places = NDArray[np.float64]  # (n, 2) x, y


class Lens:
    """Zooms and pans in a view of a given size in pixels."""

    def __init__(self) -> None:
        self._zoom = 1.0
        self._center = np.array([0.5, 0.5])

    def fit(self) -> None:
        """Show the whole square."""
        self._zoom, self._center = 1.0, np.array([0.5, 0.5])

    def to_screen(self, places: Places, size: QSize) -> Places:
        """Return where places of the unit square lie on screen, (n, 2) x, y."""
        return (places - self._center) * self._side(size) + _middle(size)

    def zoom(self, about: QPointF, notches: float, size: QSize) -> None:
        """Come closer or go away; what is at `about` stays there."""
        from_middle = np.array([about.x(), about.y()]) - _middle(size)
        under = self._center + from_middle / self._side(size)
        self._zoom = min(max(self._zoom * STEP**notches, FARTHEST), CLOSEST)
        self._center = under - from_middle / self._side(size)

    def pan(self, by: QPoint, size: QSize) -> None:
        """Move what is seen by so many pixels."""
        self._center = self._center - np.array([by.x(), by.y()]) / self._side(size)

    def _side(self, size: QSize) -> float:
        """Return the side of the whole square in pixels."""
        return max(min(size.width(), size.height()), 1) * (1 - 2 * MARGIN) * self._zoom


def in_unit_square(places: Places) -> Places:
    """Return places moved and scaled into the unit square, their proportions kept; up is up."""
    if not len(places):
        return places
    low, high = places.min(axis=0), places.max(axis=0)
    span = float((high - low).max()) or 1.0
    middle = (low + high) / 2
    return 0.5 + (places - middle) / span * (1, -1)


def _middle(size: QSize) -> Places:
    return np.array([size.width() / 2, size.height() / 2])
