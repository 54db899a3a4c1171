"""Where a new project goes, and how it cuts the images."""

from __future__ import annotations

import re
from pathlib import Path

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import QLocale, QSignalBlocker, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QFormLayout, QLineEdit, QSpinBox, QWidget

from ...al_core.config import Task
from ...al_core.errors import ConfigError
from ..messages import tr
from .labels import ElidedLabel

SUFFIX = ".landloop"
TILE_SIZES_PX = (64, 128, 256, 512, 1024)
LEAST_PAINTED_PX = 128  # a smaller window shows a network that draws maps too little
DEFAULT_TILE_PX = 256
KILOMETRE_M, EXACT_M = 1000.0, 10.0
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
        self._task = Task.SEGMENTATION
        self._pixel_size_m: float | None = None
        self.tile_size = QComboBox(self)
        self._offer_sizes(DEFAULT_TILE_PX)
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

    def set_task(self, task: Task) -> None:
        """Offer the tile sizes that make sense for a task."""
        self._task = task
        self._offer_sizes(self.tile_size_px())

    def set_pixel_size(self, metres: float | None) -> None:
        """Say how large tiles are on the ground; None where that is not known."""
        self._pixel_size_m = metres
        self._offer_sizes(self.tile_size_px())

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

    def _offer_sizes(self, chosen: int) -> None:
        tags = self._task.labels_tiles
        sizes = [size for size in TILE_SIZES_PX if tags or size >= LEAST_PAINTED_PX]
        with QSignalBlocker(self.tile_size):
            self.tile_size.clear()
            for size in sizes:
                self.tile_size.addItem(_size_text(size, self._pixel_size_m), size)
            self.tile_size.setCurrentIndex(sizes.index(max(chosen, sizes[0])))
        self.tile_size.setToolTip(
            tr("What gets one answer: large enough to be recognised, small enough to be uniform")
            if tags
            else tr("What is labelled and chosen as one piece")
        )

    def _show(self) -> None:
        name, parent = self.name.text().strip(), self.parent_folder.filePath().strip()
        self.place.show_text(str(_folder(name, parent)) if name and parent else "")
        self.place.setVisible(bool(self.place.text()))
        self.changed.emit()


def _size_text(size_px: int, pixel_size_m: float | None) -> str:
    """Return the size of a tile in pixels and, where it is known, on the ground."""
    if pixel_size_m is None:
        return tr("{size} × {size} px").format(size=size_px)
    side_m = size_px * pixel_size_m
    if side_m >= KILOMETRE_M:
        side = tr("{size} km").format(size=QLocale().toString(side_m / KILOMETRE_M, "f", 2))
    else:
        digits = 0 if side_m >= EXACT_M else 1
        side = tr("{size} m").format(size=QLocale().toString(side_m, "f", digits))
    return tr("{size} × {size} px, {side} a side").format(size=size_px, side=side)


def _folder(name: str, parent: str) -> Path:
    return Path(parent) / (name.removesuffix(SUFFIX) + SUFFIX)
