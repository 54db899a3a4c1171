"""The mean score, and on demand that of each class, over the labels that it took."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from itertools import pairwise

from qgis.PyQt.QtCore import QPointF, QRectF, Qt, pyqtSignal
from qgis.PyQt.QtGui import (
    QColor,
    QFontMetricsF,
    QPainter,
    QPalette,
    QPen,
    QPolygonF,
    QResizeEvent,
    QShowEvent,
)
from qgis.PyQt.QtWidgets import QCheckBox, QWidget

from ...al_core.config import Task
from ..controllers.words import Words, words_of
from ..messages import tr
from . import phrases
from .insight_axis import Axis, axis_over
from .insight_plot import FAINT, FULL, GAP_PX, GRID, QUIET, InsightPlot
from .rows import ClassRow, RoundPoint

LINES = (0.0, 0.25, 0.5, 0.75, 1.0)
TEXTS = (0.0, 0.5, 1.0)
RIGHT_PX, INSET_PX = 12, 10
BOLD_PX, THIN_PX = 2.4, 1.3
POINT_PX, SMALL_POINT_PX = 3.4, 2.0
BAND = 0.16  # strength of the band of one standard error
MANY = 15  # rounds; above this the lines speak without points


class RoundsChart(InsightPlot):
    """Draws the learning curve over labelled tiles or pixels."""

    round_pointed = pyqtSignal(int)  # round number

    def __init__(self, parent: QWidget | None = None) -> None:
        self._words: Words = words_of(Task.SEGMENTATION)
        super().__init__(self._words.no_rounds, parent)
        self._points: tuple[RoundPoint, ...] = ()
        self._classes: tuple[ClassRow, ...] = ()
        self._counts_pixels = True
        self.setAccessibleName(tr("Accuracy over the labels"))
        self.by_class = self._make_switch(tr("Classes"), tr("Show a line for each class, too"))
        self.by_pixels = self._make_switch(
            tr("Pixels"), tr("Count labelled pixels instead of labelled tiles")
        )
        self.set_rounds((), ())

    def set_task(self, task: Task) -> None:
        """Speak of pixels and IoU, or of tiles and F1; tiles have no pixels to count."""
        self._words = words_of(task)
        self._hint = self._words.no_rounds
        if task.labels_tiles:
            self.by_pixels.setChecked(False)
        self._counts_pixels = not task.labels_tiles
        self.set_rounds(self._points, self._classes)

    def set_rounds(self, points: Sequence[RoundPoint], classes: Sequence[ClassRow]) -> None:
        """Show these rounds; `classes` give colours and names by index."""
        self._points = tuple(points)
        self._classes = tuple(classes)
        self.by_class.setVisible(bool(points))
        self.by_pixels.setVisible(bool(points) and self._counts_pixels)
        self._place_switches()
        self._forget(self.reading(-1) if points else self._hint)

    def reading(self, place: int) -> str:
        """Return what one round says, in plain text."""
        point = self._points[place]
        lines = [
            self._words.round_point.format(
                number=point.number,
                tiles=phrases.exact(point.labelled_tiles),
                pixels=phrases.exact(point.labelled_pixels),
            ),
            " · ".join([self._mean(point), *_more(point)]),
        ]
        lines += [
            f"{row.name} {phrases.ratio(value)}"
            for row, value in zip(self._classes, point.iou, strict=False)
        ]
        return "\n".join(lines)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the switches in their corners."""
        super().resizeEvent(event)
        self._place_switches()

    def showEvent(self, event: QShowEvent) -> None:
        """Place the switches by the font of the screen."""
        super().showEvent(event)
        self._place_switches()

    def _make_switch(self, text: str, tip: str) -> QCheckBox:
        switch = QCheckBox(text, self.viewport())
        switch.setToolTip(tip)
        switch.toggled.connect(lambda _on: self.viewport().update())
        return switch

    def _place_switches(self) -> None:
        right = self.viewport().width() - GAP_PX
        for switch in (self.by_pixels, self.by_class):
            if switch is self.by_pixels and not self._counts_pixels:
                continue
            switch.setFont(self._small_font())
            switch.adjustSize()
            right -= switch.width()
            switch.move(right, self.viewport().height() - switch.height() - 1)
            right -= 2 * GAP_PX

    def _pointed_at(self, place: int) -> None:
        self.round_pointed.emit(self._points[place].number)

    def _rich_reading(self, place: int) -> str:
        title, miou, *classes = self.reading(place).split("\n")
        rows = "".join(
            f'<br><span style="color:{row.color}">■</span> {html.escape(text)}'
            for row, text in zip(self._classes, classes, strict=False)
        )
        return f"<nobr>{html.escape(title)}<br><b>{html.escape(miou)}</b>{rows}</nobr>"

    def _plot(self) -> QRectF:
        metrics = QFontMetricsF(self._small_font())
        foot = max(metrics.height(), self.by_class.height())
        return QRectF(self.viewport().rect()).adjusted(
            metrics.horizontalAdvance("0.5") + 2 * GAP_PX,
            metrics.height() + 2 * GAP_PX + POINT_PX,
            -RIGHT_PX,
            -(metrics.height() + foot + GAP_PX + 2),
        )

    def _counts(self) -> list[int]:
        by_pixels = self.by_pixels.isChecked()
        return [
            point.labelled_pixels if by_pixels else point.labelled_tiles for point in self._points
        ]

    def _axis(self, plot: QRectF) -> Axis:
        return axis_over(self._counts(), plot.left() + INSET_PX, plot.right() - INSET_PX)

    def _spots(self) -> list[QPointF]:
        if not self._points:
            return []
        plot = self._plot()
        values = self._places([point.miou for point in self._points])
        xs = self._xs(plot)
        return [spot or QPointF(x, plot.bottom()) for spot, x in zip(values, xs, strict=True)]

    def _xs(self, plot: QRectF) -> list[float]:
        axis = self._axis(plot)
        return [axis.x(count) for count in self._counts()]

    def _draw(self, painter: QPainter) -> None:
        plot = self._plot()
        self._draw_title(painter)
        self._draw_grid(painter, plot)
        self._draw_axis(painter, plot)
        if self._pointed is not None:
            self._draw_reading_line(painter, self._xs(plot)[self._pointed], plot)
        self._draw_band(painter, plot)
        self._draw_lines(painter)
        if not any(self._places([point.miou for point in self._points])):
            painter.setPen(self._ink(QUIET))
            height = plot.height() / 4  # between two lines of the grid
            painter.drawText(
                QRectF(plot.left(), plot.top() + height, plot.width(), height),
                Qt.AlignmentFlag.AlignCenter,
                self._words.not_measured,
            )

    def _draw_grid(self, painter: QPainter, plot: QRectF) -> None:
        for value in LINES:
            y = round(plot.bottom() - value * plot.height()) + 0.5
            painter.setPen(QPen(self._ink(FAINT if value == 0 else GRID), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            if value in TEXTS:
                self._draw_beside(painter, y, plot.left() - GAP_PX, f"{value:g}")

    def _draw_axis(self, painter: QPainter, plot: QRectF) -> None:
        metrics = QFontMetricsF(painter.font())
        axis = self._axis(plot)
        top = plot.bottom() + 3
        for value, text in axis.ticks(metrics.horizontalAdvance, 3 * GAP_PX):
            x, width = axis.x(value), metrics.horizontalAdvance(text) + 2
            painter.setPen(QPen(self._ink(FAINT), 1))
            painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, top))
            painter.setPen(self._ink(QUIET))
            left = min(x - width / 2, self.viewport().width() - width)
            painter.drawText(
                QRectF(left, top, width, metrics.height()), Qt.AlignmentFlag.AlignHCenter, text
            )
        name = tr("labelled pixels") if self.by_pixels.isChecked() else tr("labelled tiles")
        foot = QRectF(GAP_PX, self.by_class.y(), self.by_class.x() - GAP_PX, self.by_class.height())
        painter.drawText(
            foot,
            Qt.AlignmentFlag.AlignVCenter,
            metrics.elidedText(name, Qt.TextElideMode.ElideRight, foot.width()),
        )

    def _draw_band(self, painter: QPainter, plot: QRectF) -> None:
        """Draw one standard error of the mean on either side of its line."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ink(BAND))
        low, high = (
            self._places([_shifted(point, sign) for point in self._points]) for sign in (-1, 1)
        )
        for (low_one, low_two), (high_one, high_two) in zip(
            pairwise(low), pairwise(high), strict=True
        ):
            corners = (low_one, low_two, high_two, high_one)
            if all(corner is not None for corner in corners):
                painter.drawPolygon(QPolygonF(corners))
        painter.setPen(QPen(self._ink(FAINT), 1))
        for one, two in zip(low, high, strict=True):
            if one is not None and two is not None and one.y() - two.y() < plot.height():
                painter.drawLine(one, two)

    def _draw_lines(self, painter: QPainter) -> None:
        for place, row in enumerate(self._classes if self.by_class.isChecked() else ()):
            values = [
                point.iou[place] if place < len(point.iou) else None for point in self._points
            ]
            self._draw_line(painter, values, QPen(QColor(row.color), THIN_PX), SMALL_POINT_PX)
        mious = [point.miou for point in self._points]
        self._draw_line(painter, mious, QPen(self._ink(FULL), BOLD_PX), POINT_PX)

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
        metrics = QFontMetricsF(painter.font())
        width = self.viewport().width() - GAP_PX - RIGHT_PX
        line = QRectF(GAP_PX, GAP_PX, width, metrics.height())
        bold = self._small_font()
        bold.setBold(True)
        text = self._mean(self._points[-1])
        start = line.right() - QFontMetricsF(bold).horizontalAdvance(text) - GAP_PX
        painter.setPen(self._ink(QUIET))
        room = start - 14 - 2 * GAP_PX - line.left()
        painter.drawText(
            line,
            Qt.AlignmentFlag.AlignLeft,
            metrics.elidedText(tr("On validation tiles"), Qt.TextElideMode.ElideRight, room),
        )
        painter.setPen(QPen(self._ink(FULL), BOLD_PX))
        y = line.center().y()
        painter.drawLine(QPointF(start - 14, y), QPointF(start, y))
        painter.setFont(bold)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, text)
        painter.setFont(self._small_font())

    def _mean(self, point: RoundPoint) -> str:
        value = phrases.ratio(point.miou)
        if value == phrases.NONE or point.miou_error is None:
            return self._words.mean.format(value=value)
        error = phrases.short(point.miou_error)
        return self._words.mean_error.format(value=value, error=error)

    def _places(self, values: Sequence[float | None]) -> list[QPointF | None]:
        plot = self._plot()
        return [
            None
            if value is None or math.isnan(value)
            else QPointF(x, plot.bottom() - min(max(value, 0.0), 1.0) * plot.height())
            for x, value in zip(self._xs(plot), values, strict=True)
        ]


def _more(point: RoundPoint) -> list[str]:
    """Return what else is known about the tags of a round."""
    said = (
        (tr("micro F1 {value}"), point.micro),
        (tr("{value} of the tiles right"), point.accuracy),
    )
    return [text.format(value=phrases.ratio(value)) for text, value in said if value is not None]


def _shifted(point: RoundPoint, sign: int) -> float | None:
    """Return the mean one standard error up or down."""
    if point.miou is None or point.miou_error is None:
        return None
    return point.miou + sign * point.miou_error
