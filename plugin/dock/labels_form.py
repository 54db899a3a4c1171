"""Labels that exist already and come into a new project."""

from __future__ import annotations

from pathlib import Path

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QFormLayout, QLineEdit, QWidget

from ...al_core.config import LabelConfig, TagConfig, Task
from ...al_core.errors import ConfigError
from ..messages import tr

EVERYWHERE, VALIDATION = range(2)
VECTORS = (".gpkg", ".shp", ".geojson", ".json", ".fgb", ".gml", ".kml", ".sqlite")


class LabelsForm(QWidget):
    """A label raster or polygons, and for which tiles they count."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._task = Task.SEGMENTATION
        self.file = QgsFileWidget(self)
        self.file.setStorageMode(QgsFileWidget.StorageMode.GetFile)
        self.file.setDialogTitle(tr("Choose existing labels"))
        self.file.setToolTip(tr("A label raster on any grid, or polygons, in any CRS"))
        self.file.lineEdit().setPlaceholderText(tr("none"))
        self.file.lineEdit().setAccessibleName(tr("File with labels"))
        self.file.fileChanged.connect(self._show)
        self.attribute = QLineEdit("value", self)
        self.attribute.setToolTip(tr("The attribute of the polygons that holds class values"))
        self.unlabelled = QLineEdit(self)
        self.unlabelled.textChanged.connect(lambda _text: self.changed.emit())
        self.unlabelled.setPlaceholderText(tr("only nodata"))
        self.unlabelled.setToolTip(tr("Values that mean “not labelled”, such as 0, 255"))
        self.tiles = QComboBox(self)
        self.tiles.addItems([tr("All tiles"), tr("Validation tiles only")])
        self.tiles.setToolTip(tr("Where these labels count"))
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("&File"), self.file)
        form.addRow(tr("&Attribute"), self.attribute)
        form.addRow(tr("Un&labelled"), self.unlabelled)
        form.addRow(tr("&Use for"), self.tiles)
        self.setFocusProxy(self.file)
        self._show()

    def reset(self) -> None:
        """Forget the file."""
        self.file.setFilePath("")
        self.unlabelled.clear()
        self.attribute.setText("value")
        self.tiles.setCurrentIndex(EVERYWHERE)

    def set_task(self, task: Task) -> None:
        """Take tags from the labels where tiles are tagged."""
        self._task = task
        self.file.setToolTip(
            tr("A label raster on any grid, or polygons, in any CRS: tiles get tags from them")
            if task.labels_tiles
            else tr("A label raster on any grid, or polygons, in any CRS")
        )

    def config(self) -> LabelConfig | TagConfig | None:
        """Return where labels, or tags, come from; None without a file.

        Raises:
            ConfigError: The file is gone or a value is no number.
        """
        source = self.file.filePath().strip()
        if not source:
            return None
        if not Path(source).exists():
            raise ConfigError(
                tr("There is no file {path}. Choose existing labels, or none.").format(path=source)
            )
        validation = self.tiles.currentIndex() == VALIDATION
        kind = TagConfig if self._task.labels_tiles else LabelConfig
        return kind(
            source=source,
            unlabelled=_numbers(self.unlabelled.text()),
            validation=validation,
            everywhere=not validation,
            attribute=self.attribute.text().strip() or "value",
        )

    def _show(self) -> None:
        path = Path(self.file.filePath().strip())
        there = bool(path.name)
        vector = path.suffix.lower() in VECTORS
        self.attribute.setEnabled(there and vector)
        self.unlabelled.setEnabled(there)
        self.tiles.setEnabled(there)
        self.changed.emit()


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.replace(",", " ").replace(";", " ").split())
    except ValueError as error:
        raise ConfigError(
            tr("“{text}” is not a list of numbers; write unlabelled values like 0, 255.").format(
                text=text
            )
        ) from error
