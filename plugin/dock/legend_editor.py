"""The legend editor: classes with colour, name and value, typed or imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ...al_core.errors import AlCoreError
from ...al_core.legend import Legend
from ..messages import tr
from . import dialogs
from .buttons import icon_button, menu_button, text_button
from .hint_table import HintTable
from .icons import SWATCH, icon
from .labels import ProblemLabel
from .legend_model import COLOR, NAME, VALUE, LegendModel, common_classes

LEAST_ROWS, MOST_ROWS = 5, 8


class LegendTable(HintTable):
    """The rows of the legend; Enter edits, on a colour it opens the colour dialog."""

    color_requested = pyqtSignal(int)  # row

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(
            triggers.DoubleClicked | triggers.EditKeyPressed | triggers.AnyKeyPressed
        )
        self.setIconSize(SWATCH)
        self.opened.connect(self._open)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Space open a colour too."""
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid() and index.column() == COLOR:
            self.color_requested.emit(index.row())
            return
        super().keyPressEvent(event)

    def _open(self, row: int) -> None:
        index = self.currentIndex()
        if index.column() == COLOR:
            self.color_requested.emit(row)
        elif self.state() != QAbstractItemView.State.EditingState:
            self.edit(index)


class LegendEditor(QWidget):
    """Edits a legend and says at once what is wrong with it."""

    changed = pyqtSignal()

    def __init__(
        self, legend_of_raster: Callable[[str], Legend], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._legend_of_raster = legend_of_raster
        self._folder = ""
        self.model = LegendModel(self)
        self.table = LegendTable(self)
        self.table.setModel(self.model)
        self.table.setAccessibleName(tr("Legend"))
        self.table.set_hint(
            tr(
                "No classes yet. Add them one by one, import a legend, or start with six "
                "common classes."
            )
        )
        self.table.fit_columns(NAME, {COLOR: tr("Colour"), VALUE: "-88888888"})
        self.table.color_requested.connect(self._ask_color)
        self.problem = ProblemLabel(self)
        self.common = text_button(
            icon("new"),
            tr("Add six common land-cover classes"),
            tr("Water, forest, grassland, cropland, built-up, bare ground"),
            self,
        )
        self.common.clicked.connect(lambda: self.model.set_entries(common_classes()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.table, self.problem, self.common):
            column.addWidget(widget)
        column.addLayout(self._make_buttons())
        self.setFocusProxy(self.table)
        self.model.edited.connect(self._show)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._show_buttons())
        self._show()

    def legend(self) -> Legend:
        """Return the legend.

        Raises:
            LegendError: It is not one yet.
        """
        return self.model.legend()

    def set_legend(self, legend: Legend) -> None:
        """Show a legend."""
        self.model.set_entries(legend)

    def reset(self) -> None:
        """Remove all classes."""
        self.model.set_entries(())

    def _make_buttons(self) -> QHBoxLayout:
        theme = QgsApplication.getThemeIcon
        self.add = icon_button(theme("/symbologyAdd.svg"), tr("Add class"), tr("Add a class"), self)
        self.remove = icon_button(
            theme("/symbologyRemove.svg"),
            tr("Remove class"),
            tr("Remove the selected class"),
            self,
        )
        self.up = icon_button(
            theme("/mActionArrowUp.svg"), tr("Move up"), tr("Move the class up"), self
        )
        self.down = icon_button(
            theme("/mActionArrowDown.svg"), tr("Move down"), tr("Move the class down"), self
        )
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        row = QHBoxLayout()
        row.setSpacing(2)
        for button in (self.add, self.remove, self.up, self.down):
            row.addWidget(button)
        row.addStretch()
        row.addWidget(self._make_import())
        return row

    def _make_import(self) -> QPushButton:
        menu = QMenu(self)
        self.from_csv = menu.addAction(tr("From CSV (value, name, color)…"))
        self.from_qml = menu.addAction(tr("From QGIS style (.qml)…"))
        self.from_raster = menu.addAction(tr("From paletted raster…"))
        self.from_csv.triggered.connect(
            lambda: self._import(tr("CSV (*.csv)"), lambda path: Legend.from_csv(Path(path)))
        )
        self.from_qml.triggered.connect(
            lambda: self._import(tr("QGIS style (*.qml)"), lambda path: Legend.from_qml(Path(path)))
        )
        self.from_raster.triggered.connect(
            lambda: self._import(tr("Rasters (*.*)"), self._legend_of_raster)
        )
        self.imports = menu_button(
            icon("open"), tr("Import"), tr("Import a legend from a file"), menu
        )
        return self.imports

    def _import(self, kinds: str, read: Callable[[str], Legend]) -> None:
        path = dialogs.open_file(self, tr("Import a legend"), self._folder, kinds)
        if not path:
            return
        self._folder = str(Path(path).parent)
        try:
            legend = read(path)
        except AlCoreError as error:
            self.problem.show_problem(str(error))
            return
        self.set_legend(legend)

    def _ask_color(self, row: int) -> None:
        color = dialogs.color(self, tr("Colour of the class"), self.model.color(row))
        if color:
            self.model.setData(self.model.index(row, COLOR), color)

    def _add(self) -> None:
        index = self.model.index(self.model.add(), NAME)
        self.table.setCurrentIndex(index)
        self.table.setFocus()
        self.table.edit(index)

    def _remove(self) -> None:
        self.model.remove(self.table.currentIndex().row())

    def _move(self, step: int) -> None:
        row = self.model.move(self.table.currentIndex().row(), step)
        self.table.setCurrentIndex(self.model.index(row, NAME))

    def _show(self) -> None:
        count = self.model.rowCount()
        self.problem.show_problem(self.model.problem())
        self.common.setVisible(not count)
        self.table.set_least_rows(min(max(count, LEAST_ROWS), MOST_ROWS))
        self.table.setMaximumHeight(self.table.minimumHeight())
        self._show_buttons()
        self.changed.emit()

    def _show_buttons(self) -> None:
        row, count = self.table.currentIndex().row(), self.model.rowCount()
        self.remove.setEnabled(row >= 0)
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < count - 1)
