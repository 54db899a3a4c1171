"""A tile beside the mouse: its picture, and below it what is known of it."""

from __future__ import annotations

from qgis.PyQt.QtCore import QPoint, QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QImage, QPainter, QPalette
from qgis.PyQt.QtWidgets import QWidget

AWAY_PX = 12  # from the mouse
PADDING_PX = 6
ALIGN = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)


def draw_closeup(
    painter: QPainter, view: QWidget, mouse: QPoint, picture: QImage | None, text: str
) -> None:
    """Draw it into a view, where there is room for it."""
    words = painter.boundingRect(QRectF(0, 0, 1000, 1000), ALIGN, text)
    side = 0 if picture is None else min(picture.width(), view.height() // 2)
    gap = PADDING_PX if side else 0
    area = QRectF(0, 0, max(side, words.width()), side + gap + words.height())
    area = _placed(area.adjusted(0, 0, 2 * PADDING_PX, 2 * PADDING_PX), QRectF(view.rect()), mouse)
    palette = view.palette()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setPen(palette.color(QPalette.ColorRole.Mid))
    painter.setBrush(palette.color(QPalette.ColorRole.ToolTipBase))
    painter.drawRect(area)
    if picture is not None:
        square = QRectF(0, area.top() + PADDING_PX, side, side)
        square.moveLeft(area.center().x() - side / 2)
        painter.drawImage(square, picture)
    painter.setPen(palette.color(QPalette.ColorRole.ToolTipText))
    painter.drawText(area.adjusted(PADDING_PX, PADDING_PX + side + gap, 0, 0), ALIGN, text)


def _placed(area: QRectF, view: QRectF, mouse: QPoint) -> QRectF:
    """Return the area to the right of the mouse, or to its left; never beyond the view."""
    area.moveTopLeft(QPointF(mouse) + QPointF(AWAY_PX, AWAY_PX))
    if area.right() > view.right():
        area.moveRight(mouse.x() - AWAY_PX)
    area.moveBottom(min(area.bottom(), view.bottom() - 2))
    area.moveTop(max(area.top(), 2))
    return area
