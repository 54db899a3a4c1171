"""The classes: palette of the brush and what is known about each."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent, QMouseEvent
from qgis.PyQt.QtWidgets import QWidget

from ..messages import tr
from . import phrases
from .hint_table import HintTable
from .icons import SWATCH, swatch
from .rows import ClassRow

NAME, LABELLED, IOU, GAP, WEIGHT = range(5)
KEYS = 9  # the digits that choose a class
MIN_ROWS, MAX_ROWS = 3, 8
ROOT = QModelIndex()


class ClassTable(HintTable):
    """One row a class; choosing a row chooses what the brush paints."""

    class_selected = pyqtSignal(int)  # class index

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _ClassModel(self)
        self.setModel(self._model)
        self.setAccessibleName(tr("Classes"))
        self.setIconSize(SWATCH)
        self.fit_columns(
            NAME, {LABELLED: phrases.count(888_888), IOU: "0.88", GAP: "0.88", WEIGHT: "0.88"}
        )
        self.set_rows(())
        self.opened.connect(self._choose)

    def set_rows(self, rows: Sequence[ClassRow]) -> None:
        """Show these classes; the active one stays active."""
        self._model.show(tuple(rows))
        self.set_least_rows(min(max(len(rows), MIN_ROWS), MAX_ROWS))
        self.setMaximumHeight(self.minimumHeight())

    def set_active(self, index: int | None) -> None:
        """Mark the class that the brush paints; None when it paints none."""
        if index is None or index >= self._model.rowCount():
            self.setCurrentIndex(QModelIndex())
            self.clearSelection()
        else:
            self.selectRow(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the class that the arrow keys walk to."""
        before = self.currentIndex().row()
        super().keyPressEvent(event)
        if self.currentIndex().row() != before:
            self._choose(self.currentIndex().row())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the class under the mouse, also the active one: that ends erasing."""
        super().mouseReleaseEvent(event)
        self._choose(self.indexAt(event.pos()).row())

    def _choose(self, row: int) -> None:
        if row >= 0:
            self.class_selected.emit(self._model.row(row).index)


class _ClassModel(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: tuple[ClassRow, ...] = ()

    def row(self, place: int) -> ClassRow:
        return self._rows[place]

    def show(self, rows: tuple[ClassRow, ...]) -> None:
        same = [row.index for row in rows] == [row.index for row in self._rows]
        if not same:
            self.beginResetModel()
        self._rows = rows
        if not same:
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, WEIGHT))

    def rowCount(self, parent: QModelIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = ROOT) -> int:
        return 0 if parent.isValid() else WEIGHT + 1

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _texts(row)[index.column()]
        if role == Qt.ItemDataRole.DecorationRole and index.column() == NAME:
            return swatch(row.color, _key(row))
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (tr("Class"), tr("Pixels"), tr("IoU"), tr("Gap"), tr("Weight"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _column_tips()[section]
        return None


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignLeft if column == NAME else Qt.AlignmentFlag.AlignRight
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _texts(row: ClassRow) -> tuple[str, ...]:
    return (
        row.name,
        phrases.count(row.labelled_px),
        phrases.ratio(row.iou),
        phrases.ratio(row.gap),
        phrases.ratio(row.weight),
    )


def _key(row: ClassRow) -> str:
    return str(row.index + 1) if row.index < KEYS else ""


def _tip(row: ClassRow) -> str:
    labelled = tr("{name}: {pixels} pixels labelled").format(
        name=row.name, pixels=phrases.exact(row.labelled_px)
    )
    if not _key(row):
        return labelled
    key = tr("Press {key} to paint with it").format(key=_key(row))
    return f"{labelled}\n{key}"


def _column_tips() -> tuple[str, ...]:
    return (
        tr("Click a class, or press its digit, to paint with it"),
        tr("Pixels that carry this label"),
        tr("Intersection over union on the validation tiles: 1 is perfect"),
        tr("What is missing to a perfect IoU"),
        tr("How much this class counts when tiles are chosen; all weights add up to 1"),
    )
