"""mIoU and class IoUs over the rounds, as lines."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from itertools import pairwise

from qgis.PyQt.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from qgis.PyQt.QtWidgets import QAbstractScrollArea, QSizePolicy, QToolTip, QWidget

from ..messages import tr
from . import phrases
from .hint_table import draw_hint
from .rows import ClassRow, RoundPoint

GRID = (0.0, 0.25, 0.5, 0.75, 1.0)
RIGHT_PX, GAP_PX = 12, 5
BOLD_PX, THIN_PX = 2.4, 1.3
POINT_PX, SMALL_POINT_PX = 3.4, 2.0
HEIGHT_LINES = 7.6
SMALLER = 0.86  # of the font
MANY = 15  # rounds; above this the lines speak without points


class RoundsChart(QAbstractScrollArea):
    """Draws the learning curve; the mouse or the arrow keys read off a round.

    It never scrolls: as a scroll area it gets the frame and the colours that tables have.
    """

    round_pointed = pyqtSignal(int)  # round number

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: tuple[RoundPoint, ...] = ()
        self._classes: tuple[ClassRow, ...] = ()
        self._pointed: int | None = None
        self._hint = tr(
            "No rounds yet. Paint a few areas of at least two classes, then press Retrain."
        )
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(tr("Accuracy over the rounds"))
        self.set_rounds((), ())

    def set_rounds(self, points: Sequence[RoundPoint], classes: Sequence[ClassRow]) -> None:
        """Show these rounds; `classes` give colours and names by index."""
        self._points = tuple(points)
        self._classes = tuple(classes)
        self._pointed = None
        self.setAccessibleDescription(self.reading(-1) if points else self._hint)
        self.viewport().update()

    def reading(self, place: int) -> str:
        """Return what one round says, in plain text."""
        point = self._points[place]
        lines = [
            tr("Round {number}, {tiles} labelled tiles").format(
                number=point.number, tiles=phrases.exact(point.labelled_tiles)
            ),
            tr("mIoU {value}").format(value=phrases.ratio(point.miou)),
        ]
        lines += [
            f"{row.name} {phrases.ratio(value)}"
            for row, value in zip(self._classes, point.iou, strict=False)
        ]
        return "\n".join(lines)

    def minimumSizeHint(self) -> QSize:
        """Need no width, and the height of a small chart."""
        return QSize(0, self.sizeHint().height())

    def sizeHint(self) -> QSize:
        """Ask for the shape of a small chart."""
        return QSize(320, round(self.fontMetrics().height() * HEIGHT_LINES))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read off the round nearest to the mouse."""
        if self._points:
            xs = self._xs(self._plot())
            self._point(min(range(len(xs)), key=lambda p: abs(xs[p] - event.pos().x())))

    def leaveEvent(self, event: QEvent) -> None:
        """Stop reading."""
        self._pointed = None
        self.viewport().update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk through the rounds with the arrow keys."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(event.key())
        if step is None or not self._points:
            super().keyPressEvent(event)
            return
        last = len(self._points) - 1
        start = self._pointed if self._pointed is not None else last + (step < 0)
        self._point(min(max(start + step, 0), last))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Draw the chart, or what to do to get one."""
        painter = QPainter(self.viewport())
        if self._points:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self._small_font())
            self._draw_title(painter)
            self._draw_grid(painter)
            self._draw_rounds(painter)
            self._draw_lines(painter)
        painter.end()
        if not self._points:
            draw_hint(self.viewport(), self._hint)

    def _point(self, place: int) -> None:
        if place != self._pointed:
            self._pointed = place
            self.setAccessibleDescription(self.reading(place))
            self.round_pointed.emit(self._points[place].number)
            self.viewport().update()
        plot = self._plot()
        at = QPointF(self._xs(plot)[place], plot.center().y()).toPoint()
        QToolTip.showText(self.viewport().mapToGlobal(at), self._rich_reading(place), self)

    def _rich_reading(self, place: int) -> str:
        title, miou, *classes = self.reading(place).split("\n")
        rows = "".join(
            f'<br><span style="color:{row.color}">■</span> {html.escape(text)}'
            for row, text in zip(self._classes, classes, strict=False)
        )
        return f"<nobr>{html.escape(title)}<br><b>{html.escape(miou)}</b>{rows}</nobr>"

    def _plot(self) -> QRectF:
        metrics = QFontMetricsF(self._small_font())
        left = max(metrics.horizontalAdvance(text) for text in (tr("round"), tr("tiles"), "0.00"))
        return QRectF(self.viewport().rect()).adjusted(
            left + 2 * GAP_PX,
            metrics.height() + 2 * GAP_PX + POINT_PX,
            -RIGHT_PX,
            -(2 * metrics.height() + 2 * GAP_PX),
        )

    def _xs(self, plot: QRectF) -> list[float]:
        count = len(self._points)
        if count == 1:
            return [plot.center().x()]
        inset = min(plot.width() / (2 * count), 24.0)
        step = (plot.width() - 2 * inset) / (count - 1)
        return [plot.left() + inset + step * place for place in range(count)]

    def _draw_grid(self, painter: QPainter) -> None:
        plot = self._plot()
        painter.setFont(self._small_font())
        height = QFontMetricsF(painter.font()).height()
        for value in GRID:
            y = round(plot.bottom() - value * plot.height()) + 0.5
            painter.setPen(QPen(self._ink(0.35 if value == 0 else 0.13), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            if value in (0.0, 0.5, 1.0):
                painter.setPen(self._ink(0.75))
                box = QRectF(0, y - height / 2, plot.left() - GAP_PX, height)
                painter.drawText(
                    box,
                    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                    f"{value:g}",
                )

    def _draw_rounds(self, painter: QPainter) -> None:
        plot, xs = self._plot(), self._xs(self._plot())
        metrics = QFontMetricsF(painter.font())
        line = metrics.height()
        numbers = [str(point.number) for point in self._points]
        tiles = [phrases.count(point.labelled_tiles) for point in self._points]
        painter.setPen(self._ink(0.75))
        for row, (name, texts) in enumerate(((tr("round"), numbers), (tr("tiles"), tiles))):
            top = plot.bottom() + GAP_PX + row * line
            painter.drawText(
                QRectF(0, top, plot.left() - GAP_PX, line), Qt.AlignmentFlag.AlignRight, name
            )
            widest = max(metrics.horizontalAdvance(text) for text in texts) + 2 * GAP_PX
            for place in self._labelled_places(xs, widest):
                painter.drawText(
                    QRectF(xs[place] - widest, top, 2 * widest, line),
                    Qt.AlignmentFlag.AlignHCenter,
                    texts[place],
                )
        if self._pointed is not None:
            x = xs[self._pointed]
            painter.setPen(QPen(self._ink(0.5), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    @staticmethod
    def _labelled_places(xs: list[float], width: float) -> range:
        """Return which rounds carry a text: the last one, and as many as fit before it."""
        step = 1
        if len(xs) > 1:
            step = max(1, math.ceil(width / (xs[1] - xs[0])))
        return range((len(xs) - 1) % step, len(xs), step)

    def _draw_lines(self, painter: QPainter) -> None:
        for place, row in enumerate(self._classes):
            values = [
                point.iou[place] if place < len(point.iou) else None for point in self._points
            ]
            self._draw_line(painter, values, QPen(QColor(row.color), THIN_PX), SMALL_POINT_PX)
        mious = [point.miou for point in self._points]
        self._draw_line(painter, mious, QPen(self._ink(1.0), BOLD_PX), POINT_PX)

    def _draw_line(
        self, painter: QPainter, values: Sequence[float | None], pen: QPen, radius: float
    ) -> None:
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        points = self._places(values)
        painter.setPen(pen)
        for one, two in pairwise(points):
            if one is not None and two is not None:
                painter.drawLine(one, two)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Base), 1))
        painter.setBrush(pen.color())
        for place, point in enumerate(points):
            alone = not any(points[max(place - 1, 0) : place] + points[place + 1 : place + 2])
            if point is not None and (alone or len(points) <= MANY or place == self._pointed):
                painter.drawEllipse(point, radius, radius)

    def _draw_title(self, painter: QPainter) -> None:
        """Say what is drawn, and the newest figure, above the plot."""
        plot = self._plot()
        metrics = QFontMetricsF(painter.font())
        line = QRectF(GAP_PX, GAP_PX, self.viewport().width() - GAP_PX - RIGHT_PX, metrics.height())
        painter.setPen(self._ink(0.75))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, tr("IoU on validation tiles"))
        bold = self._small_font()
        bold.setBold(True)
        text = tr("mIoU {value}").format(value=phrases.ratio(self._points[-1].miou))
        width = QFontMetricsF(bold).horizontalAdvance(text)
        painter.setPen(QPen(self._ink(1.0), BOLD_PX))
        y, right = line.center().y(), plot.right() - width - GAP_PX
        painter.drawLine(QPointF(right - 14, y), QPointF(right, y))
        painter.setFont(bold)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, text)

    def _places(self, values: Sequence[float | None]) -> list[QPointF | None]:
        plot = self._plot()
        return [
            None
            if value is None or math.isnan(value)
            else QPointF(x, plot.bottom() - min(max(value, 0.0), 1.0) * plot.height())
            for x, value in zip(self._xs(plot), values, strict=True)
        ]

    def _small_font(self) -> object:
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * SMALLER)
        return font

    def _ink(self, strength: float) -> QColor:
        color = self.palette().color(QPalette.ColorRole.Text)
        color.setAlphaF(strength)
        return color
