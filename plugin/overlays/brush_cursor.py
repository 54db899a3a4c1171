"""The outline of the brush at the mouse, in image pixels."""

from __future__ import annotations

import math

from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPainterPath, QPen, QTransform
from qgis.PyQt.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ...al_core.coords import RowCol
from ...al_core.project import ImageRecord
from .placement import Placement

Z_VALUE = 20.0
HALO_PX = 4.5
LINE_PX = 2.0
DAB_MARGIN_PX = 3.0  # image pixels, or screen pixels where those are larger
SMALLEST_PX = 2.0  # a brush smaller than this on screen is drawn this large


class BrushCursor(QgsMapCanvasItem):
    """A circle of the brush's radius on the image, legible on dark and bright ground."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self.setZValue(Z_VALUE)
        self._canvas = canvas
        self._placement: Placement | None = None
        self._at = RowCol(0, 0)
        self._radius_px = 0.5
        self._color = QColor("white")
        self._to_canvas = QTransform()
        self._bounds = QRectF()
        self.hide()

    def place(self, image: ImageRecord, at: RowCol, radius_px: float) -> None:
        """Show the brush at a position on an image, with a radius in image pixels."""
        if self._placement is None or self._placement.image is not image:
            self._placement = Placement(self._canvas, image)
        self._at, self._radius_px = at, radius_px
        self._move()
        self.setVisible(not self._bounds.isEmpty())

    def set_color(self, color: str) -> None:
        """Set the colour of the outline, such as #rrggbb."""
        self._color = QColor(color)
        self.update()

    def remove(self) -> None:
        """Take the brush off the canvas for good."""
        if self.scene() is not None:
            self.scene().removeItem(self)

    def boundingRect(self) -> QRectF:
        """Return the canvas rectangle around the circle."""
        return self._bounds

    def updatePosition(self) -> None:  # noqa: N802 - called by QGIS when the view changes
        """Follow the canvas to its new extent, rotation or CRS."""
        if self._placement is not None:
            self._placement.update()
            self._move()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem | None = None,  # noqa: ARG002 - Qt's signature
        widget: QWidget | None = None,  # noqa: ARG002
    ) -> None:
        """Draw a dark ring, and on it one in the colour of the class."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        outline = self._outline()
        for color, width in ((QColor(0, 0, 0, 170), HALO_PX), (self._color, LINE_PX)):
            painter.setPen(QPen(color, width))
            painter.drawPath(outline)

    def _outline(self) -> QPainterPath:
        circle = QPainterPath()
        circle.addEllipse(QPointF(0, 0), 1, 1)
        return self._to_canvas.map(circle)

    def _move(self) -> None:
        """Fit an ellipse to where the circle on the image lies on the canvas."""
        row, col, radius = self._at.row, self._at.col, self._radius_px
        x, y = self._placement.to_canvas(self._at)
        right = self._placement.to_canvas(RowCol(row, col + radius))
        down = self._placement.to_canvas(RowCol(row + radius, col))
        self.prepareGeometryChange()
        self._to_canvas = _at_least(
            QTransform(right[0] - x, right[1] - y, down[0] - x, down[1] - y, x, y)
        )
        around = self._to_canvas.mapRect(QRectF(-1, -1, 2, 2))
        # With room for the pixels that a dab changes here: one rectangle is redrawn for
        # both, and Qt draws pictures through one rectangle faster than through several.
        margin = HALO_PX + DAB_MARGIN_PX * max(1.0, around.width() / 2 / radius)
        seen = not around.isEmpty()
        self._bounds = around.adjusted(-margin, -margin, margin, margin) if seen else QRectF()
        self.update()


def _at_least(transform: QTransform) -> QTransform:
    """Enlarge the map of the unit circle until it can be seen."""
    size = math.sqrt(abs(transform.determinant()))
    if not math.isfinite(size) or size == 0:
        return QTransform(0, 0, 0, 0, 0, 0)
    factor = max(1.0, SMALLEST_PX / size)
    return QTransform.fromScale(factor, factor) * transform
