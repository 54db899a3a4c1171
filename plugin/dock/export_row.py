"""The way out: the finished map as a file."""

from __future__ import annotations

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QVBoxLayout, QWidget

from ...al_core.config import Task
from ..messages import tr
from . import dialogs
from .buttons import text_button
from .icons import icon

MAP_SUFFIXES = (".tif", ".tiff")
TILE_SUFFIXES = (".gpkg", ".geojson", ".csv", ".tif", ".tiff")


class ExportRow(QWidget):
    """One button that asks for a file name."""

    export_requested = pyqtSignal(str)  # path, whose ending says what is written

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._proposal = ""
        self._ready = False
        self._tags = False
        self.button = text_button(icon("export"), tr("Export map…"), "", self)
        self.button.clicked.connect(self._ask)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.button)
        self.set_ready(ready=False)

    def set_proposal(self, path: str) -> None:
        """Propose this file name."""
        self._proposal = path

    def set_task(self, task: Task) -> None:
        """Offer the files that a task can be written to."""
        self._tags = task.labels_tiles
        self.set_busy(busy=False)

    def set_ready(self, ready: bool) -> None:  # noqa: FBT001 - a slot
        """Allow an export; it needs a predicted round."""
        self._ready = ready
        self.set_busy(busy=False)

    def set_busy(self, busy: bool) -> None:  # noqa: FBT001 - a slot
        """Show that an export is under way."""
        self.button.setEnabled(self._ready and not busy)
        idle = tr("Export tiles…") if self._tags else tr("Export map…")
        self.button.setText(tr("Exporting…") if busy else idle)
        self.button.setToolTip(self._tip())

    def _tip(self) -> str:
        if not self._ready:
            return tr("There is a map to export after the first round")
        if self._tags:
            return tr("Write the tiles with their tags as polygons, as a table or as a raster")
        return tr("Write the finished map as GeoTIFF; your labels replace the model's")

    def _ask(self) -> None:
        title = tr("Export the tiles") if self._tags else tr("Export the map")
        kinds = ";;".join(_kinds(tags=self._tags))
        path = dialogs.save_file(self, title, self._proposal, kinds)
        if not path:
            return
        known = TILE_SUFFIXES if self._tags else MAP_SUFFIXES
        if not path.lower().endswith(known):
            path += known[0]
        self._proposal = path
        self.export_requested.emit(path)


def _kinds(*, tags: bool) -> tuple[str, ...]:
    """Return what the dialog offers."""
    raster = tr("GeoTIFF (*.tif *.tiff)")
    if not tags:
        return (raster,)
    return (
        tr("GeoPackage: polygons with tags (*.gpkg)"),
        tr("GeoJSON: polygons with tags (*.geojson)"),
        tr("Table with the centres of the tiles (*.csv)"),
        raster,
    )
