"""The legend while it is being edited: it may be wrong for a while, and says where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QApplication, QWidget

from ...al_core.errors import LegendError
from ...al_core.legend import MAX_VALUE, MIN_CLASSES, Legend, LegendClass
from ..messages import tr
from .icons import swatch
from .labels import problem_color

COLOR, NAME, VALUE = range(3)
PALETTE = (
    "#2f86c8",
    "#2e7d32",
    "#8bc34a",
    "#f2c14e",
    "#c0392b",
    "#b08968",
    "#7e57c2",
    "#26a69a",
    "#e88fb4",
    "#78909c",
)
ROOT = QModelIndex()
_ALARM = {Qt.ItemDataRole.ForegroundRole: 255, Qt.ItemDataRole.BackgroundRole: 45}  # alpha


def common_classes() -> tuple[LegendClass, ...]:
    """Return six land-cover classes that most scenes have."""
    names = (
        tr("Water"),
        tr("Forest"),
        tr("Grassland"),
        tr("Cropland"),
        tr("Built-up"),
        tr("Bare ground"),
    )
    return tuple(
        LegendClass(value, name, color)
        for value, (name, color) in enumerate(zip(names, PALETTE, strict=False), start=1)
    )


class LegendModel(QAbstractTableModel):
    """Classes as rows: colour, name, value."""

    edited = pyqtSignal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._entries: list[LegendClass] = []

    def legend(self) -> Legend:
        """Return the legend.

        Raises:
            LegendError: It is not one yet.
        """
        return Legend(tuple(self._entries))

    def problem(self) -> str:
        """Return what is wrong with the rows there are; having too few is not wrong yet."""
        if len(self._entries) < MIN_CLASSES:
            return ""
        try:
            self.legend()
        except LegendError as error:
            return str(error)
        return ""

    def set_entries(self, entries: Iterable[LegendClass]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self._entries = list(entries)
        self.endResetModel()
        self.edited.emit()

    def add(self) -> int:
        """Append a class with a free value and a fresh colour; return its row."""
        place = len(self._entries)
        used = {entry.value for entry in self._entries}
        value = next(number for number in range(1, 1000) if number not in used)
        self.beginInsertRows(ROOT, place, place)
        self._entries.append(
            LegendClass(
                value, tr("Class {value}").format(value=value), PALETTE[place % len(PALETTE)]
            )
        )
        self.endInsertRows()
        self.edited.emit()
        return place

    def remove(self, place: int) -> None:
        """Remove a class."""
        self.beginRemoveRows(ROOT, place, place)
        del self._entries[place]
        self.endRemoveRows()
        self.edited.emit()

    def move(self, place: int, step: int) -> int:
        """Move a class up (-1) or down (1); return its row, the same at either end."""
        target = place + step
        if not 0 <= target < len(self._entries):
            return place
        # Qt counts the rows as they are before the move.
        self.beginMoveRows(ROOT, place, place, ROOT, target + (step > 0))
        self._entries.insert(target, self._entries.pop(place))
        self.endMoveRows()
        self.edited.emit()
        return target

    def color(self, place: int) -> str:
        """Return the colour of a class."""
        return self._entries[place].color

    def rowCount(self, parent: QModelIndex = ROOT) -> int:
        """Return the number of classes."""
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: QModelIndex = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else VALUE + 1

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Names and values are edited in place, colours in a dialog."""
        flags = super().flags(index)
        if index.column() == COLOR:
            return flags
        return flags | Qt.ItemFlag.ItemIsEditable

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return one aspect of a cell."""
        entry, column = self._entries[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return ("", entry.name, entry.value)[column]
        if role == Qt.ItemDataRole.DecorationRole and column == COLOR:
            return swatch(entry.color)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return (entry.color, entry.name, str(entry.value))[column]
        if role in _ALARM and self._is_faulty(entry, column):
            return _alarm(_ALARM[role])
        if role == Qt.ItemDataRole.ToolTipRole:
            return (tr("Double click, Enter or Space changes the colour"), None, None)[column]
        return None

    def setData(
        self, index: QModelIndex, value: object, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        """Take what was typed, or a colour."""
        if role != Qt.ItemDataRole.EditRole:
            return False
        change = (
            {"color": str(value)},
            {"name": str(value).strip()},
            {"value": int(value) if str(value).strip().lstrip("-").isdigit() else -1},
        )[index.column()]
        self._entries[index.row()] = replace(self._entries[index.row()], **change)
        # A double may have appeared or gone in any row.
        self.dataChanged.emit(self.index(0, 0), self.index(len(self._entries) - 1, VALUE))
        self.edited.emit()
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return the title of a column."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (tr("Colour"), tr("Name"), tr("Value"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole and section == VALUE:
            return tr("The number of the class in label rasters and in the exported map")
        return None

    def _is_faulty(self, entry: LegendClass, column: int) -> bool:
        if column == NAME:
            same = [other for other in self._entries if other.name == entry.name]
            return not entry.name or len(same) > 1
        if column == VALUE:
            same = [other for other in self._entries if other.value == entry.value]
            return not 0 <= entry.value <= MAX_VALUE or len(same) > 1
        return False


def _alarm(alpha: int) -> QColor:
    color = problem_color(QApplication.palette())
    color.setAlpha(alpha)
    return color
