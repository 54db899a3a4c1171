"""Which rasters a new project uses, and which of their bands."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from qgis.PyQt.QtCore import QSignalBlocker, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QPaintEvent
from qgis.PyQt.QtWidgets import (
    QFormLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ...al_core.errors import ConfigError
from ..messages import tr
from . import dialogs
from .buttons import text_button
from .hint_table import WIDTH_PX, draw_hint
from .icons import icon
from .labels import ProblemLabel
from .rows import RasterRow

LEAST_ROWS, MOST_ROWS = 3, 6
RASTERS = "*.tif *.tiff *.vrt *.jp2 *.img *.png *.jpg *.ecw *.asc"
_BANDS = re.compile(r"\s*(\d+)(?:\s*-\s*(\d+))?\s*")


class RasterList(QListWidget):
    """Rasters with a box to tick."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rasters, or what to do without any."""
        super().paintEvent(event)
        if self.count() == 0:
            draw_hint(
                self.viewport(),
                tr("The map has no raster layers. Add files with the button below."),
            )

    def sizeHint(self) -> QSize:
        """Ask for a few rows."""
        rows = min(max(self.count(), LEAST_ROWS), MOST_ROWS)
        line = self.sizeHintForRow(0) if self.count() else self.fontMetrics().height() + 4
        return QSize(WIDTH_PX, rows * (line + 2 * self.spacing()) + 2 * self.frameWidth())


class ImageForm(QWidget):
    """Lists the rasters of the map and files; the ticked ones make the project."""

    changed = pyqtSignal()

    def __init__(self, band_count: Callable[[str], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._band_count = band_count
        self._folder = ""
        self.list = RasterList(self)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSpacing(1)
        self.list.setAccessibleName(tr("Rasters"))
        self.list.setToolTip(tr("Tick the rasters that belong to the project"))
        self.list.itemChanged.connect(self._show)
        self.add = text_button(
            icon("open"), tr("Add files…"), tr("Add raster files that are not on the map"), self
        )
        self.add.clicked.connect(self._ask_files)
        self.bands = QLineEdit(self)
        self.bands.setClearButtonEnabled(True)
        self.bands.setAccessibleName(tr("Bands"))
        self.bands.setToolTip(
            tr("Which bands the network sees, in this order: 3,2,1 or 1-4; empty for all")
        )
        self.bands.textChanged.connect(self._show)
        self.problem = ProblemLabel(self)
        form = QFormLayout()
        form.addRow(tr("&Bands"), self.bands)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(form)
        column.addWidget(self.problem)
        self.setFocusProxy(self.list)
        self._show()

    def set_rasters(self, rasters: Sequence[RasterRow]) -> None:
        """Offer these rasters; files that were added and ticks stay."""
        ticked = {row.path for row in self.checked()}
        layers = {row.path: RasterRow(row.name, row.path, row.band_count) for row in rasters}
        added = [row for row in self._rows() if row.path in ticked and row.path not in layers]
        with QSignalBlocker(self.list):
            self.list.clear()
            for row in (*layers.values(), *added):
                alone = len(layers) + len(added) == 1
                self._append(row, ticked=row.path in ticked or alone)
        self._show()

    def reset(self) -> None:
        """Forget files, ticks and bands."""
        self.list.clear()
        self.bands.clear()

    def checked(self) -> tuple[RasterRow, ...]:
        """Return the ticked rasters in the order of the list."""
        return tuple(
            row
            for place, row in enumerate(self._rows())
            if self.list.item(place).checkState() == Qt.CheckState.Checked
        )

    def images(self) -> tuple[str, ...]:
        """Return the paths of the ticked rasters.

        Raises:
            ConfigError: None is ticked, or they do not go together.
        """
        if not self.checked():
            raise ConfigError(tr("No image is chosen. Tick at least one raster."))
        self.chosen_bands()
        return tuple(row.path for row in self.checked())

    def chosen_bands(self) -> tuple[int, ...]:
        """Return the bands that were typed, 1-based; empty for all.

        Raises:
            ConfigError: What was typed is no list of bands that all images have.
        """
        counts = sorted({row.band_count for row in self.checked()})
        bands = _parsed_bands(self.bands.text())
        if not bands and len(counts) > 1:
            raise ConfigError(
                tr(
                    "The images have different numbers of bands ({counts}). Name the bands "
                    "to use, or untick one image."
                ).format(counts=", ".join(str(count) for count in counts))
            )
        missing = [band for band in bands if counts and not 1 <= band <= counts[0]]
        if missing:
            raise ConfigError(
                tr("There is no band {band}: the image has {count}.").format(
                    band=missing[0], count=counts[0]
                )
            )
        return bands

    def _rows(self) -> list[RasterRow]:
        return [
            self.list.item(place).data(Qt.ItemDataRole.UserRole)
            for place in range(self.list.count())
        ]

    def _append(self, row: RasterRow, *, ticked: bool) -> None:
        bands = tr("1 band") if row.band_count == 1 else tr("{count} bands")
        item = QListWidgetItem(f"{row.name} ({bands.format(count=row.band_count)})")
        item.setData(Qt.ItemDataRole.UserRole, row)
        item.setToolTip(row.path)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        self.list.addItem(item)

    def _ask_files(self) -> None:
        kinds = ";;".join([tr("Rasters ({patterns})").format(patterns=RASTERS), tr("All (*)")])
        paths = dialogs.open_files(self, tr("Add raster files"), self._folder, kinds)
        for path in paths:
            self._folder = str(Path(path).parent)
            count = self._band_count(path)
            if count == 0:
                self.problem.show_problem(
                    tr("{path} is not a raster that can be read. Choose another file.").format(
                        path=path
                    )
                )
                return
            if path not in {row.path for row in self._rows()}:
                self._append(RasterRow(Path(path).stem, path, count), ticked=True)
        self._show()

    def _show(self) -> None:
        counts = {row.band_count for row in self.checked()}
        self.bands.setPlaceholderText(
            tr("all {count}").format(count=counts.pop()) if len(counts) == 1 else tr("all")
        )
        self.list.setFixedHeight(self.list.sizeHint().height())
        try:
            self.chosen_bands()
        except ConfigError as error:
            self.problem.show_problem(str(error))
        else:
            self.problem.show_problem("")
        self.changed.emit()


def _parsed_bands(text: str) -> tuple[int, ...]:
    """Return the bands in a text like “3,2,1” or “1-4, 7”."""
    bands: list[int] = []
    for part in filter(None, (part.strip() for part in re.split(r"[,;]", text))):
        match = _BANDS.fullmatch(part)
        if match is None:
            raise ConfigError(
                tr("“{text}” is not a band; write band numbers like 3,2,1 or 1-4.").format(
                    text=part
                )
            )
        first, last = int(match[1]), int(match[2] or match[1])
        bands.extend(range(first, last + 1))
    doubles = [band for band in bands if bands.count(band) > 1]
    if doubles:
        raise ConfigError(
            tr("Band {band} is named twice; name each band once.").format(band=doubles[0])
        )
    return tuple(bands)
