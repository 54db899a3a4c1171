"""What the newest round says: go on or stop, and how far its figures can be trusted."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ..messages import tr
from .buttons import text_button
from .icons import icon
from .labels import warning_color
from .rows import RoundNews

MARK = QSize(16, 16)


class InsightRow(QWidget):
    """Advice when to stop, the source of the gaps, and the way to the labels that mend them."""

    validation_requested = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._news = RoundNews()
        self._has_tile = False
        self.advice = self._make_line()
        self.gaps = self._make_line()
        self.warning = self._make_warning()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for widget in (self.advice, self.gaps, self.warning):
            column.addWidget(widget)
        self.show_news(RoundNews())

    def show_news(self, news: RoundNews) -> None:
        """Show what the newest round says."""
        self._news = news
        doubts = news.remedy or news.caution  # a remedy says what is wrong, too
        self.advice.setText(news.advice)
        self.advice.setVisible(bool(news.advice))
        font = self.font()
        font.setBold(news.stop)
        self.advice.setFont(font)
        self.gaps.setText(news.gaps)
        self.gaps.setVisible(bool(news.gaps))
        self.doubts.setText(doubts)
        self.doubts.setToolTip(news.caution)
        color = warning_color(self.palette()).name()
        # A palette would lose against the style sheet of QGIS's dark themes.
        self.warning.setStyleSheet(f"#warning {{ border-left: 3px solid {color}; }}")
        self.warning.setVisible(bool(doubts))
        self._show_button()

    def set_validation_left(self, is_left: bool) -> None:  # noqa: FBT001 - a slot
        """Tell whether there is a validation tile without labels to go to."""
        self._has_tile = is_left
        self._show_button()

    def _show_button(self) -> None:
        asked = bool(self._news.caution or self._news.remedy)
        self.go.setVisible(asked and self._has_tile)

    def _make_line(self) -> QLabel:
        line = QLabel(self)
        line.setWordWrap(True)
        line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return line

    def _make_warning(self) -> QWidget:
        frame = QWidget(self)
        frame.setObjectName("warning")
        frame.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        mark = QLabel(frame)
        mark.setPixmap(QgsApplication.getThemeIcon("/mIconWarning.svg").pixmap(MARK))
        mark.setAccessibleName(tr("Warning"))
        self.doubts = self._make_line()
        self.go = text_button(
            icon("next"),
            tr("Next validation tile"),
            tr("Go to the next validation tile without labels: label all of it"),
            frame,
        )
        self.go.clicked.connect(self.validation_requested)
        text = QHBoxLayout()
        text.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        text.addWidget(self.doubts, 1)
        column = QVBoxLayout(frame)
        column.setContentsMargins(7, 2, 0, 2)
        column.setSpacing(3)
        column.addLayout(text)
        column.addWidget(self.go, 0, Qt.AlignmentFlag.AlignLeft)
        return frame
