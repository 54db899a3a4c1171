"""What each class adds to the score of a tile, as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qgis.PyQt.QtCore import QLocale, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPalette
from qgis.PyQt.QtWidgets import QLabel, QSizePolicy, QWidget

from ..messages import tr
from .rows import ClassRow

MOST_DIGITS = 8
MOST = 6  # classes with a bar of their own
SMALLER = 0.9  # of the font
NAME_SHARE = 0.42  # of the width, at most
ROW_PADDING_PX, GAP_PX, BAR_INSET_PX = 3, 6, 3
REST_COLOR = "#8a8f94"  # no class has it


@dataclass(frozen=True)
class Bar:
    """One bar; `leads` marks the class that the tile was picked for."""

    name: str
    color: str
    value: float
    leads: bool = False


def bars_of(terms: Sequence[float], classes: Sequence[ClassRow], leader: str = "") -> list[Bar]:
    """Return the largest terms in falling order, and the sum of those that are left."""
    bars = [
        Bar(row.name, row.color, float(term), row.name == leader)
        for row, term in zip(classes, terms, strict=False)
    ]
    bars.sort(key=lambda bar: -bar.value)  # stable: ties stay in the order of the legend
    if len(bars) <= MOST + 1:
        return bars
    rest = bars[MOST:]
    name = tr("{count} others").format(count=len(rest))
    return [*bars[:MOST], Bar(name, REST_COLOR, sum(bar.value for bar in rest))]


class WhyChart(QLabel):
    """Name, bar and value of each class; takes no room without any.

    A label without a text: so it gets the colour of text in QGIS's dark themes, too.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: tuple[Bar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("What each class adds to the score"))
        self.setToolTip(tr("Weight of the class times its uncertain share of the tile (w·s)"))

    @property
    def bars(self) -> tuple[Bar, ...]:
        """What is drawn, from top to bottom."""
        return self._bars

    def set_bars(self, bars: Sequence[Bar]) -> None:
        """Draw these."""
        self._bars = tuple(bars)
        self.setAccessibleDescription(
            ", ".join(f"{bar.name} {self._figure(bar)}" for bar in self._bars)
        )
        self.setVisible(bool(self._bars))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for one line a bar."""
        return QSize(200, round(len(self._bars) * self._line()))

    def minimumSizeHint(self) -> QSize:
        """Need no width."""
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Draw the bars."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        widths = self._widths()
        for place, bar in enumerate(self._bars):
            line = QRectF(0, place * self._line(), self.width(), self._line())
            self._draw(painter, bar, line, widths)
        painter.end()

    def _draw(self, painter: QPainter, bar: Bar, line: QRectF, widths: tuple[float, float]) -> None:
        names, values = widths
        font = self._font(bold=bar.leads)
        painter.setFont(font)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        align = Qt.AlignmentFlag.AlignVCenter
        text = QFontMetricsF(font).elidedText(bar.name, Qt.TextElideMode.ElideRight, names)
        painter.drawText(
            QRectF(line.left(), line.top(), names, line.height()),
            int(Qt.AlignmentFlag.AlignLeft | align),
            text,
        )
        painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | align), self._figure(bar))
        room = line.adjusted(names + GAP_PX, BAR_INSET_PX, -values - GAP_PX, -BAR_INSET_PX)
        track = QColor(128, 128, 128, 50)
        painter.fillRect(room, track)
        room.setWidth(max(room.width(), 0.0) * self._share(bar))
        painter.fillRect(room, QColor(bar.color))
        painter.setPen(QColor(bar.color).darker(140))
        if room.width() > 1:
            painter.drawRect(room.adjusted(0.5, 0.5, -0.5, -0.5))

    def _figure(self, bar: Bar) -> str:
        """Return a value with as many decimals as give the largest one three figures."""
        top = max((one.value for one in self._bars), default=0.0)
        digits = 2 - math.floor(math.log10(top)) if top > 0 else 2
        return QLocale().toString(bar.value, "f", min(max(digits, 0), MOST_DIGITS))

    def _share(self, bar: Bar) -> float:
        top = max((one.value for one in self._bars), default=0.0)
        return min(max(bar.value / top, 0.0), 1.0) if top > 0 else 0.0

    def _widths(self) -> tuple[float, float]:
        """Return how wide the names and the values are."""
        metrics = QFontMetricsF(self._font(bold=True))
        advance = metrics.horizontalAdvance
        names = max((advance(bar.name) for bar in self._bars), default=0.0) + 1
        values = max((advance(self._figure(bar)) for bar in self._bars), default=0.0) + 1
        return min(names, NAME_SHARE * self.width()), values

    def _line(self) -> float:
        return QFontMetricsF(self._font(bold=False)).height() + ROW_PADDING_PX

    def _font(self, *, bold: bool) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * SMALLER)
        font.setBold(bold)
        return font
