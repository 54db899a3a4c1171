"""The classes: palette of the brush and what is known about each."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, QRectF, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent, QMouseEvent, QPainter, QPalette, QResizeEvent
from qgis.PyQt.QtWidgets import (
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QWidget,
)

from ...al_core.config import Task
from ..controllers.words import Words, words_of
from ..messages import tr
from . import insight_cells as cells
from .hint_table import CELL_PADDING_PX, HintTable
from .icons import SWATCH, swatch
from .insight_cells import GAP, IOU, LABELLED, NAME, SEATS, WEIGHT
from .rows import ClassRow

MIN_ROWS, MAX_ROWS = 3, 8
COLUMNS = SEATS + 1
BRIEF = (IOU, LABELLED, SEATS, GAP, WEIGHT)  # by importance
DETAILED = (IOU, GAP, WEIGHT, SEATS, LABELLED)
IN_BRIEF = 3  # of BRIEF are shown; DETAILED shows as many as fit
LEAST_NAME = "Cropland"  # the column of names gets at least the room for this
BAR_PX = 3
BUTTON_PADDING_PX = 3  # more would not fit into the title of a group
ALL, SOME = "✓", "(✓)"  # of the selected tiles show the class
ROOT = QModelIndex()


class ClassTable(HintTable):
    """One row a class; choosing a row chooses what the brush paints, or tags what is selected."""

    class_selected = pyqtSignal(int)  # class index

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _ClassModel(self)
        self._is_tagging = False
        self.setModel(self._model)
        self.setAccessibleName(tr("Classes"))
        self.setIconSize(SWATCH)
        self.setItemDelegateForColumn(WEIGHT, _BarDelegate(self))
        header = self.horizontalHeader()
        header.setSortIndicator(NAME, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        header.setSortIndicatorShown(False)  # its room belongs to the figures
        header.setMinimumSectionSize(1)
        self.details = self._make_details()
        self.set_rows(())
        self.opened.connect(self._choose)

    def set_rows(self, rows: Sequence[ClassRow]) -> None:
        """Show these classes; the active one stays active."""
        self._model.show(tuple(rows))
        self.set_least_rows(min(max(len(rows), MIN_ROWS), MAX_ROWS))
        self.setMaximumHeight(self.minimumHeight())
        self._fit()

    def set_task(self, task: Task) -> None:
        """Speak of pixels or of tiles; where a click tags, the arrow keys choose nothing."""
        self._is_tagging = task.labels_tiles
        self._model.speak(words_of(task))
        self.set_marks(frozenset(), frozenset())
        self._fit()

    def set_marks(self, full: frozenset[int], part: frozenset[int]) -> None:
        """Tick the classes that all selected tiles show, and those that some of them do."""
        self._model.mark(full, part)

    def set_active(self, index: int | None) -> None:
        """Mark the class that the brush paints; None when it paints none."""
        place = None if index is None else self._model.place_of(index)
        if place is None:
            self.setCurrentIndex(QModelIndex())
            self.clearSelection()
        else:
            self.selectRow(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the class that the arrow keys walk to."""
        before = self.currentIndex().row()
        super().keyPressEvent(event)
        if self.currentIndex().row() != before and not self._is_tagging:
            self._choose(self.currentIndex().row())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the class under the mouse, also the active one: that ends erasing."""
        super().mouseReleaseEvent(event)
        self._choose(self.indexAt(event.pos()).row())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the columns that there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _choose(self, row: int) -> None:
        if row >= 0:
            self.class_selected.emit(self._model.row(row).index)

    def _make_details(self) -> QToolButton:
        button = QToolButton(self)
        button.setText(tr("Details"))
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(tr("Show gap and weight of the classes instead of their labels"))
        button.setMaximumHeight(self.fontMetrics().height() + BUTTON_PADDING_PX)
        button.toggled.connect(self._fit)
        return button

    def _fit(self) -> None:
        """Give each figure its room, and leave out the least important ones where it is scarce."""
        widths = self._widths()
        order = DETAILED if self.details.isChecked() else BRIEF[:IN_BRIEF]
        room = self.viewport().width() - self.fontMetrics().horizontalAdvance(LEAST_NAME)
        room -= SWATCH.width() + CELL_PADDING_PX
        shown = set()
        for column in order:
            room -= widths[column]
            if room >= 0:
                shown.add(column)
        for column in range(LABELLED, COLUMNS):
            self.setColumnHidden(column, column not in shown)
        widest = cells.widest(self._model.rows(), self._model.words)
        self.fit_columns(NAME, {column: widest[column] for column in shown})

    def _widths(self) -> list[int]:
        advance, words = self.fontMetrics().horizontalAdvance, self._model.words
        return [
            max(advance(text), advance(title)) + CELL_PADDING_PX
            for text, title in zip(
                cells.widest(self._model.rows(), words), cells.titles(words), strict=True
            )
        ]


class _ClassModel(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.words: Words = words_of(Task.SEGMENTATION)
        self._rows: tuple[ClassRow, ...] = ()
        self._full: frozenset[int] = frozenset()
        self._part: frozenset[int] = frozenset()
        self._sorting = (NAME, Qt.SortOrder.AscendingOrder)

    def rows(self) -> tuple[ClassRow, ...]:
        return self._rows

    def row(self, place: int) -> ClassRow:
        return self._rows[place]

    def place_of(self, index: int) -> int | None:
        return next((p for p, row in enumerate(self._rows) if row.index == index), None)

    def show(self, rows: tuple[ClassRow, ...]) -> None:
        rows = self._sorted(rows)
        if {row.index for row in rows} != {row.index for row in self._rows}:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        else:
            self._reorder(rows)
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, SEATS))

    def speak(self, words: Words) -> None:
        self.words = words
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, COLUMNS - 1)

    def mark(self, full: frozenset[int], part: frozenset[int]) -> None:
        if (full, part) != (self._full, self._part):
            self._full, self._part = full, part
            if self._rows:
                self.dataChanged.emit(self.index(0, NAME), self.index(len(self._rows) - 1, NAME))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; the names sort as the legend does, unknown figures come last."""
        self._sorting = (column, order)
        self._reorder(self._sorted(self._rows))

    def _sorted(self, rows: tuple[ClassRow, ...]) -> tuple[ClassRow, ...]:
        column, order = self._sorting
        sign = -1 if order == Qt.SortOrder.DescendingOrder else 1

        def key(row: ClassRow) -> tuple[bool, float, int]:
            value = cells.sort_key(row, column)
            return math.isnan(value), 0.0 if math.isnan(value) else sign * value, row.index

        return tuple(sorted(rows, key=key))

    def _reorder(self, rows: tuple[ClassRow, ...]) -> None:
        """Show the same classes in another order; the selection follows its class."""
        self.layoutAboutToBeChanged.emit()
        places = {row.index: place for place, row in enumerate(rows)}
        before = self.persistentIndexList()
        after = [self.index(places[self._rows[i.row()].index], i.column()) for i in before]
        self._rows = rows
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def rowCount(self, parent: QModelIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = ROOT) -> int:
        return 0 if parent.isValid() else COLUMNS

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DecorationRole and column == NAME:
            return swatch(row.color, cells.key_of(row))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        answers = {
            Qt.ItemDataRole.DisplayRole: lambda: self._text(row, column),
            Qt.ItemDataRole.ToolTipRole: lambda: cells.tip(row, self.words),
            Qt.ItemDataRole.AccessibleTextRole: lambda: cells.spoken(row, column, self.words),
            Qt.ItemDataRole.UserRole: lambda: self._share_of_largest(row),
        }
        return answers[role]() if role in answers else None

    def _text(self, row: ClassRow, column: int) -> str:
        text = cells.texts(row, self.words)[column]
        if column != NAME or row.index not in self._full | self._part:
            return text
        return f"{text} {ALL if row.index in self._full else SOME}"

    def _share_of_largest(self, row: ClassRow) -> float | None:
        """Return the weight against the largest one, which fills its bar."""
        if row.weight is None:
            return None
        return row.weight / (max(other.weight or 0.0 for other in self._rows) or 1.0)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return cells.titles(self.words)[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join((cells.column_tips(self.words)[section], tr("Click to sort")))
        return None


class _BarDelegate(QStyledItemDelegate):
    """Draws a weight as a bar under its number."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Draw the number, and the bar at the foot of the cell."""
        super().paint(painter, option, index)
        share = index.data(Qt.ItemDataRole.UserRole)
        if share is None:
            return
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Highlight
        palette = option.widget.palette() if option.widget else QApplication.palette()
        color = palette.color(role)
        bar = QRectF(option.rect).adjusted(3, 0, -3, -1)
        bar.setTop(bar.bottom() - BAR_PX)
        track = palette.color(QPalette.ColorRole.Text)
        track.setAlphaF(0.12)
        painter.fillRect(bar, track)
        bar.setWidth(bar.width() * min(max(float(share), 0.0), 1.0))
        painter.fillRect(bar, color)


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignLeft if column == NAME else Qt.AlignmentFlag.AlignRight
    return int(side | Qt.AlignmentFlag.AlignVCenter)
