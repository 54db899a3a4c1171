"""Where a new project goes, and how it cuts the images."""

from __future__ import annotations

import re
from pathlib import Path

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QFormLayout, QLineEdit, QSpinBox, QWidget

from ...al_core.errors import ConfigError
from ..messages import tr
from .labels import ElidedLabel

SUFFIX = ".landloop"
TILE_SIZES_PX = (128, 256, 512, 1024)
DEFAULT_TILE_PX = 256
MAX_VALIDATION = 50
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')


class ProjectForm(QWidget):
    """Name, folder, tile size and share of validation tiles."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = QLineEdit(self)
        self.name.setAccessibleName(tr("Project name"))
        self.name.textChanged.connect(self._show)
        self.parent_folder = QgsFileWidget(self)
        self.parent_folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.parent_folder.setDialogTitle(tr("Choose where the project folder goes"))
        self.parent_folder.lineEdit().setAccessibleName(tr("Folder"))
        self.parent_folder.fileChanged.connect(self._show)
        self.place = ElidedLabel(self)
        self.tile_size = QComboBox(self)
        for size in TILE_SIZES_PX:
            self.tile_size.addItem(tr("{size} × {size} px").format(size=size), size)
        self.tile_size.setCurrentIndex(TILE_SIZES_PX.index(DEFAULT_TILE_PX))
        self.tile_size.setToolTip(tr("What is labelled and chosen as one piece"))
        self.validation = QSpinBox(self)
        self.validation.setRange(1, MAX_VALIDATION)
        self.validation.setValue(10)
        self.validation.setSuffix(tr(" % of the tiles"))
        self.validation.setToolTip(
            tr("Drawn at random, never trained on: they measure the accuracy")
        )
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("&Name"), self.name)
        form.addRow(tr("In &folder"), self.parent_folder)
        form.addRow("", self.place)
        form.addRow(tr("&Tile size"), self.tile_size)
        form.addRow(tr("&Validation"), self.validation)
        self.setFocusProxy(self.name)
        self._show()

    def propose(self, name: str, folder: str) -> None:
        """Fill in what the user has not typed."""
        if not self.name.isModified():
            self.name.setText(_FORBIDDEN.sub("_", name))
        if not self.parent_folder.filePath():
            self.parent_folder.setFilePath(folder)

    def reset(self) -> None:
        """Forget name and folder; sizes stay as they were."""
        self.name.setText("")  # unlike clear(), this makes it count as untouched
        self.parent_folder.setFilePath("")

    def folder(self) -> Path:
        """Return the folder that the project will be.

        Raises:
            ConfigError: It has no name, no place, or is there already.
        """
        name = self.name.text().strip()
        parent = self.parent_folder.filePath().strip()
        if not name or _FORBIDDEN.search(name):
            raise ConfigError(
                tr("The project needs a name of letters, digits, spaces, dots or dashes.")
            )
        if not parent or not Path(parent).is_dir():
            raise ConfigError(tr("Choose an existing folder in which the project is created."))
        folder = _folder(name, parent)
        if folder.exists():
            raise ConfigError(
                tr("{folder} is there already. Choose another name.").format(folder=folder)
            )
        return folder

    def tile_size_px(self) -> int:
        """Return the tile size."""
        return int(self.tile_size.currentData())

    def validation_share(self) -> float:
        """Return the share of validation tiles, 0 to 1."""
        return self.validation.value() / 100

    def _show(self) -> None:
        name, parent = self.name.text().strip(), self.parent_folder.filePath().strip()
        self.place.show_text(str(_folder(name, parent)) if name and parent else "")
        self.place.setVisible(bool(self.place.text()))
        self.changed.emit()


def _folder(name: str, parent: str) -> Path:
    return Path(parent) / (name.removesuffix(SUFFIX) + SUFFIX)
