"""The way out: the finished map as a file."""

from __future__ import annotations

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QVBoxLayout, QWidget

from ..messages import tr
from . import dialogs
from .buttons import text_button
from .icons import icon


class ExportRow(QWidget):
    """One button that asks for a file name."""

    export_requested = pyqtSignal(str)  # path of a .tif

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._proposal = ""
        self._ready = False
        self.button = text_button(icon("export"), tr("Export map…"), "", self)
        self.button.clicked.connect(self._ask)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.button)
        self.set_ready(ready=False)

    def set_proposal(self, path: str) -> None:
        """Propose this file name."""
        self._proposal = path

    def set_ready(self, ready: bool) -> None:  # noqa: FBT001 - a slot
        """Allow an export; it needs a predicted round."""
        self._ready = ready
        self.set_busy(busy=False)

    def set_busy(self, busy: bool) -> None:  # noqa: FBT001 - a slot
        """Show that an export is under way."""
        self.button.setEnabled(self._ready and not busy)
        self.button.setText(tr("Exporting…") if busy else tr("Export map…"))
        self.button.setToolTip(
            tr("Write the finished map as GeoTIFF; your labels replace the model's")
            if self._ready
            else tr("There is a map to export after the first round")
        )

    def _ask(self) -> None:
        path = dialogs.save_file(
            self, tr("Export the map"), self._proposal, tr("GeoTIFF (*.tif *.tiff)")
        )
        if not path:
            return
        if not path.lower().endswith((".tif", ".tiff")):
            path += ".tif"
        self._proposal = path
        self.export_requested.emit(path)
