"""What the small diagrams share: a frame, quiet ink, and reading off with mouse or keys."""

from __future__ import annotations

from qgis.PyQt.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from qgis.PyQt.QtWidgets import QAbstractScrollArea, QSizePolicy, QToolTip, QWidget

from .hint_table import draw_hint

SMALLER = 0.86  # of the font
GAP_PX = 5
WIDTH_PX = 320
LEAST_FONT_PT = 6.0
FULL, QUIET, FAINT, GRID = 1.0, 0.75, 0.35, 0.13  # strengths of ink


class InsightPlot(QAbstractScrollArea):
    """A diagram of some places from left to right; the mouse or the arrow keys read off one.

    It never scrolls: as a scroll area it gets the frame and the colours that tables have.
    """

    height_lines = 7.6

    def __init__(self, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint = hint
        self._pointed: int | None = None
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleDescription(hint)

    def reading(self, place: int) -> str:
        """Return what one place says, in plain text."""
        raise NotImplementedError

    def _spots(self) -> list[QPointF]:
        """Return where the places are; empty when there is nothing to draw."""
        raise NotImplementedError

    def _draw(self, painter: QPainter) -> None:
        raise NotImplementedError

    def _rich_reading(self, place: int) -> str:
        return self.reading(place)

    def _pointed_at(self, place: int) -> None:
        """Tell others that a place is read off."""

    def minimumSizeHint(self) -> QSize:
        """Need no width, and the height of a small diagram."""
        return QSize(0, self.sizeHint().height())

    def sizeHint(self) -> QSize:
        """Ask for the shape of a small diagram."""
        return QSize(WIDTH_PX, round(self.fontMetrics().height() * self.height_lines))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read off the place nearest to the mouse."""
        spots, at = self._spots(), event.pos()
        if spots:
            self._point(
                min(
                    range(len(spots)),
                    key=lambda p: (abs(round(spots[p].x()) - at.x()), abs(spots[p].y() - at.y())),
                )
            )

    def leaveEvent(self, event: QEvent) -> None:
        """Stop reading."""
        self._pointed = None
        self.viewport().update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk through the places with the arrow keys, Home and End."""
        last = len(self._spots()) - 1
        start = self._pointed if self._pointed is not None else last + 1
        goal = {
            Qt.Key.Key_Left: start - 1,
            Qt.Key.Key_Right: start + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }.get(event.key())
        if goal is None or last < 0:
            super().keyPressEvent(event)
        else:
            self._point(min(max(goal, 0), last))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Draw the diagram, or what to do to get one."""
        spots = self._spots()
        if not spots:
            draw_hint(self.viewport(), self._hint)
            return
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._small_font())
        self._draw(painter)
        painter.end()

    def _point(self, place: int) -> None:
        if place != self._pointed:
            self._pointed = place
            self.setAccessibleDescription(self.reading(place))
            self._pointed_at(place)
            self.viewport().update()
        at = QPointF(self._spots()[place].x(), self.viewport().height() / 2).toPoint()
        QToolTip.showText(self.viewport().mapToGlobal(at), self._rich_reading(place), self)

    def _forget(self, description: str) -> None:
        """Start anew after the places have changed."""
        self._pointed = None
        self.setAccessibleDescription(description)
        self.viewport().update()

    def _draw_reading_line(self, painter: QPainter, x: float, plot: QRectF) -> None:
        painter.setPen(QPen(self._ink(0.5), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _draw_beside(self, painter: QPainter, y: float, right: float, text: str) -> None:
        """Draw a text that ends at `right`, centred on `y`."""
        height = QFontMetricsF(painter.font()).height()
        painter.setPen(self._ink(QUIET))
        painter.drawText(
            QRectF(0, y - height / 2, right, height),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            text,
        )

    def _small_font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(max(font.pointSizeF() * SMALLER, LEAST_FONT_PT))
        return font

    def _ink(self, strength: float) -> QColor:
        color = self.palette().color(QPalette.ColorRole.Text)
        color.setAlphaF(strength)
        return color
