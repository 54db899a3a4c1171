"""How far the network's confidence can be believed."""

from __future__ import annotations

from qgis.PyQt.QtCore import QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QColor, QFontMetricsF, QPainter, QPalette, QPen
from qgis.PyQt.QtWidgets import QLabel, QVBoxLayout, QWidget

from ..messages import tr
from . import phrases
from .insight_plot import FAINT, FULL, GAP_PX, GRID, QUIET, InsightPlot
from .labels import warning_color
from .rows import Reliability

BINS = 15
LINES = (0.0, 0.5, 1.0)
RIGHT_PX = 12
SPOKEN_AT = 0.8  # confidence that the sentence speaks of, or the nearest one that is common
COMMON = 0.01  # share of the pixels
AGREED = 0.03  # difference of confidence and accuracy that nobody has to mind
PALEST, STRIP_LINES = 0.25, 0.9
LINES_HIGH, LINES_EMPTY = 9.0, 3.5  # lines of text


class ReliabilityBox(QWidget):
    """The diagram, what it means in one sentence, and its figures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.diagram = ReliabilityDiagram(self)
        self.sentence = self._make_line()
        self.figures = self._make_line()
        self.figures.setToolTip(
            tr(
                "The calibration error is the mean difference of confidence and accuracy. The "
                "network's outputs are divided by the temperature, fitted on the validation "
                "labels; it changes the confidence, never the class."
            )
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for widget in (self.diagram, self.sentence, self.figures):
            column.addWidget(widget)
        self.show_reliability(Reliability())

    def show_reliability(self, state: Reliability) -> None:
        """Show the calibration of the newest round."""
        self.diagram.show_bins(state.bins)
        for line, text in ((self.sentence, meaning(state)), (self.figures, figures(state))):
            line.setText(text)
            line.setVisible(bool(text))

    def _make_line(self) -> QLabel:
        line = QLabel(self)
        line.setWordWrap(True)
        line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return line


class ReliabilityDiagram(InsightPlot):
    """Bars of accuracy by confidence against the diagonal, over a strip of how often it occurs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            tr("Nothing to compare yet. Label some validation tiles, then retrain."), parent
        )
        self._bins: tuple[tuple[float, float, int], ...] = ()
        self.setAccessibleName(tr("Accuracy by confidence"))

    def show_bins(self, bins: tuple[tuple[float, float, int], ...]) -> None:
        """Show these bins of confidence, accuracy and pixels."""
        self._bins = tuple(sorted(each for each in bins if each[2] > 0))
        self.height_lines = LINES_HIGH if self._bins else LINES_EMPTY
        self.updateGeometry()
        self._forget(meaning(Reliability(self._bins)) if self._bins else self._hint)

    def reading(self, place: int) -> str:
        """Return what one bin says."""
        confidence, accuracy, pixels = self._bins[place]
        return tr(
            "Confidence {confidence}: right {accuracy} of the time\n{share} of the labels"
        ).format(
            confidence=phrases.percent(confidence),
            accuracy=phrases.percent(accuracy),
            share=phrases.fine_percent(pixels / self._total()),
        )

    def _total(self) -> int:
        return sum(pixels for _, _, pixels in self._bins)

    def _plot(self) -> QRectF:
        metrics = QFontMetricsF(self._small_font())
        left = metrics.horizontalAdvance(phrases.percent(1.0)) + 2 * GAP_PX
        foot = (2 + STRIP_LINES) * metrics.height() + GAP_PX + 4
        top = metrics.height() + 2 * GAP_PX
        return QRectF(self.viewport().rect()).adjusted(left, top, -RIGHT_PX, -foot)

    def _spots(self) -> list[QPointF]:
        plot = self._plot()
        return [
            QPointF(
                self._bar(plot, confidence).center().x(), plot.bottom() - accuracy * plot.height()
            )
            for confidence, accuracy, _ in self._bins
        ]

    @staticmethod
    def _bar(plot: QRectF, confidence: float) -> QRectF:
        """Return the whole column of the bin that holds a confidence."""
        place = min(int(confidence * BINS), BINS - 1)
        width = plot.width() / BINS
        return QRectF(plot.left() + place * width, plot.top(), width, plot.height())

    def _draw(self, painter: QPainter) -> None:
        plot = self._plot()
        metrics = QFontMetricsF(painter.font())
        painter.setPen(self._ink(QUIET))
        painter.drawText(
            QRectF(GAP_PX, GAP_PX, self.viewport().width() - 2 * GAP_PX, metrics.height()),
            Qt.AlignmentFlag.AlignLeft,
            tr("Share that is right, by confidence"),
        )
        self._draw_grid(painter, plot)
        self._draw_bars(painter, plot)
        painter.setPen(QPen(self._ink(QUIET), 1.2, Qt.PenStyle.DashLine))
        painter.drawLine(plot.bottomLeft(), plot.topRight())
        if self._pointed is not None:
            self._draw_reading_line(painter, self._spots()[self._pointed].x(), plot)
        self._draw_strip(painter, plot)

    def _draw_grid(self, painter: QPainter, plot: QRectF) -> None:
        metrics = QFontMetricsF(painter.font())
        for share in LINES:
            y = round(plot.bottom() - share * plot.height()) + 0.5
            painter.setPen(QPen(self._ink(FAINT if share == 0 else GRID), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            text = phrases.percent(share)
            self._draw_beside(painter, y, plot.left() - GAP_PX, text)
            width = metrics.horizontalAdvance(text) + 2
            x = plot.left() + share * plot.width()
            left = min(max(x - width / 2, plot.left()), self.viewport().width() - width)
            painter.drawText(
                QRectF(left, plot.bottom() + 2, width, metrics.height()),
                Qt.AlignmentFlag.AlignHCenter,
                text,
            )

    def _draw_bars(self, painter: QPainter, plot: QRectF) -> None:
        """Draw the bars, the paler the fewer pixels, and what they lack to the confidence."""
        largest = max(pixels for _, _, pixels in self._bins)
        fill = self.palette().color(QPalette.ColorRole.Highlight)
        lack = warning_color(self.palette())
        for confidence, accuracy, pixels in self._bins:
            column = self._bar(plot, confidence).adjusted(0.5, 0, -0.5, 0)
            top = plot.bottom() - accuracy * plot.height()
            fill.setAlphaF(PALEST + (1 - PALEST) * pixels / largest)
            painter.fillRect(QRectF(column.left(), top, column.width(), plot.bottom() - top), fill)
            expected = plot.bottom() - confidence * plot.height()
            painter.setPen(QPen(lack, 2))
            x = column.center().x()
            if abs(expected - top) > 1:
                painter.drawLine(QPointF(x, top), QPointF(x, expected))

    def _draw_strip(self, painter: QPainter, plot: QRectF) -> None:
        """Draw how many pixels each bin holds, under the axis."""
        metrics = QFontMetricsF(painter.font())
        height = STRIP_LINES * metrics.height()
        top = plot.bottom() + metrics.height() + 4
        largest = max(pixels for _, _, pixels in self._bins)
        color = QColor(self._ink(FULL * 0.55))
        for confidence, _, pixels in self._bins:
            column = self._bar(plot, confidence).adjusted(0.5, 0, -0.5, 0)
            bar = max(height * pixels / largest, 1.0)
            painter.fillRect(QRectF(column.left(), top + height - bar, column.width(), bar), color)
        painter.setPen(self._ink(QUIET))
        painter.drawText(
            QRectF(
                GAP_PX, top + height + 1, self.viewport().width() - 2 * GAP_PX, metrics.height()
            ),
            Qt.AlignmentFlag.AlignHCenter,
            tr("Confidence, and how often it occurs"),
        )


def meaning(state: Reliability) -> str:
    """Return in one sentence what the bins say; empty without any."""
    total = sum(pixels for _, _, pixels in state.bins)
    common = [each for each in state.bins if each[2] >= COMMON * total and each[2] > 0]
    if not common:
        return ""
    confidence, accuracy, _ = min(common, key=lambda each: abs(each[0] - SPOKEN_AT))
    sentences = (
        tr("At {confidence} confidence the map is right {accuracy} of the time: too sure."),
        tr("At {confidence} confidence the map is right {accuracy} of the time: as it should be."),
        tr("At {confidence} confidence the map is right {accuracy} of the time: too cautious."),
    )
    kind = 1 + (accuracy > confidence + AGREED) - (accuracy < confidence - AGREED)
    return sentences[kind].format(
        confidence=phrases.percent(confidence), accuracy=phrases.percent(accuracy)
    )


def figures(state: Reliability) -> str:
    """Return calibration error and temperature as one line; empty where they are not known."""
    if state.error is None or state.temperature is None:
        return ""
    error, temperature = phrases.fine_percent(state.error), phrases.plain(state.temperature)
    if state.error_before is None:
        return tr("Calibration error {error} with temperature {temperature}").format(
            error=error, temperature=temperature
        )
    return tr("Calibration error {before} → {error} with temperature {temperature}").format(
        before=phrases.fine_percent(state.error_before), error=error, temperature=temperature
    )
