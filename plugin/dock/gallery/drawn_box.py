"""The box that the mouse draws over a view."""

from __future__ import annotations

from qgis.PyQt.QtCore import QPoint, QRect
from qgis.PyQt.QtWidgets import QRubberBand, QWidget

DRAG_PX = 5  # less is a click by an unsteady hand
UNMOVED = QPoint(0, 0)


class DrawnBox:
    """A box from where the button went down; where the view scrolls, it sticks to the content.

    Points are those of the content; `shift` is what to add to a point of the viewport.
    """

    def __init__(self, viewport: QWidget) -> None:
        self._viewport = viewport
        self._start: QPoint | None = None
        self._band: QRubberBand | None = None

    @property
    def is_begun(self) -> bool:
        """Whether the button is down."""
        return self._start is not None

    @property
    def is_drawn(self) -> bool:
        """Whether it is a box, not a click."""
        return self._band is not None

    def begin(self, at: QPoint) -> None:
        """Note where the button went down."""
        self._start = at

    def draw(self, end: QPoint, shift: QPoint = UNMOVED) -> None:
        """Draw the box to here, as soon as the mouse has moved far enough."""
        if self._band is None:
            if (end - self._start).manhattanLength() < DRAG_PX:
                return
            self._band = QRubberBand(QRubberBand.Shape.Rectangle, self._viewport)
            self._band.show()
        self._band.setGeometry(self._area(end).translated(-shift))

    def end(self, at: QPoint) -> QRect | None:
        """Return the box and forget it; None if it was a click."""
        area = self._area(at) if self.is_drawn else None
        self.forget()
        return area

    def forget(self) -> None:
        """Give the box up."""
        self._start = None
        if self._band is not None:
            self._band.deleteLater()
            self._band = None

    def _area(self, end: QPoint) -> QRect:
        return QRect(self._start, end).normalized()
