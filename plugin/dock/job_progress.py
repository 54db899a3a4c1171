"""Progress, time left and Cancel of a job in the background."""

from __future__ import annotations

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from ..messages import tr
from . import phrases
from .buttons import text_button
from .icons import icon

STEPS = 1000


class JobProgress(QWidget):
    """Hidden until the first report of a run, and again after `finish`."""

    cancel_requested = pyqtSignal()

    def __init__(self, cancel_tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, STEPS)
        self.bar.setAccessibleName(tr("Progress"))
        self.cancel = text_button(icon("cancel"), tr("Cancel"), cancel_tip, self)
        self.cancel.clicked.connect(self._request_cancel)
        self.status = QLabel(self)
        self.status.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.status)
        self.hide()

    def report(self, fraction: float, message: str = "", time_left_s: float | None = None) -> None:
        """Show progress, 0 to 1; once Cancel was pressed the text stays “Stopping…”."""
        if self.isHidden():
            self.cancel.setEnabled(True)
            self.show()
        self.bar.setValue(round(STEPS * min(max(fraction, 0.0), 1.0)))
        if self.cancel.isEnabled():
            left = phrases.time_left(time_left_s)
            self.status.setText(" · ".join(part for part in (message, left) if part))

    def finish(self) -> None:
        """Hide; the job is over."""
        self.hide()

    def _request_cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.status.setText(tr("Stopping…"))
        self.cancel_requested.emit()
