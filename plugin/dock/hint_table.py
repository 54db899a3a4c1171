"""A table that says what to do next while it is empty."""

from __future__ import annotations

from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette
from qgis.PyQt.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

WIDTH_PX = 320
HINT_MARGIN_PX = 12
ROW_PADDING_PX = 4
CELL_PADDING_PX = 11


class HintTable(QTableView):
    """A list of whole rows: one can be selected, Enter or a double click opens it."""

    opened = pyqtSignal(int)  # row

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint = ""
        self._least_rows = 3
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)  # Tab leaves the table; the arrow keys walk in it
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setAlternatingRowColors(True)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + ROW_PADDING_PX)
        self.horizontalHeader().setHighlightSections(False)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))

    def set_hint(self, hint: str) -> None:
        """Set the text that stands in for the rows while there are none."""
        self._hint = hint
        self.setAccessibleDescription(hint)
        self.viewport().update()

    def fit_columns(self, stretched: int, widest: dict[int, str]) -> None:
        """Let one column take what room there is; the others fit their widest text."""
        header = self.horizontalHeader()
        header.setMinimumSectionSize(1)
        metrics = self.fontMetrics()
        for column, text in widest.items():
            title = str(
                self.model().headerData(
                    column, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole
                )
            )
            width = max(metrics.horizontalAdvance(text), metrics.horizontalAdvance(title))
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width + CELL_PADDING_PX)
        header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)

    def set_least_rows(self, rows: int) -> None:
        """Set how many rows must be seen; a taller table gets what room is left."""
        self._least_rows = rows
        self.setMinimumHeight(self.rows_height(rows))

    def sizeHint(self) -> QSize:
        """Ask for no more than the rows that must be seen."""
        return QSize(WIDTH_PX, self.rows_height(self._least_rows))

    def rows_height(self, rows: int) -> int:
        """Return the height in which this many rows can be seen."""
        header = self.horizontalHeader().sizeHint().height()
        return rows * self.verticalHeader().defaultSectionSize() + header + 2 * self.frameWidth()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the current row with Enter."""
        row = self.currentIndex().row()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row >= 0:
            self.opened.emit(row)
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, or the hint."""
        super().paintEvent(event)
        if self._hint and self.model() is not None and self.model().rowCount() == 0:
            draw_hint(self.viewport(), self._hint)


def draw_hint(surface: QWidget, hint: str) -> None:
    """Draw a quiet text in the middle of an empty surface, from its paint event."""
    painter = QPainter(surface)
    color = surface.palette().color(QPalette.ColorRole.Text)
    color.setAlphaF(0.65)
    painter.setPen(color)
    area = surface.rect().adjusted(HINT_MARGIN_PX, HINT_MARGIN_PX, -HINT_MARGIN_PX, -HINT_MARGIN_PX)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, hint)
    painter.end()
