"""The installation of the engine's environment as a task of QGIS."""

from __future__ import annotations

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from . import environment


class InstallTask(QgsTask):
    """Makes the engine's environment off the main thread."""

    progressed = pyqtSignal(float, str)
    ended = pyqtSignal(object)  # None, an exception, or environment.InstallCancelled

    def __init__(self, title: str) -> None:
        super().__init__(title, QgsTask.Flag.CanCancel)
        self._error: Exception | None = None

    def run(self) -> bool:
        """Install; called by QGIS in a worker thread."""
        try:
            environment.install(self._report, self.isCanceled)
        except Exception as error:  # noqa: BLE001 - the thread boundary
            self._error = error
            return False
        return True

    def finished(self, ok: bool) -> None:  # noqa: FBT001 - called by QGIS
        """Tell the outcome; called by QGIS in the main thread."""
        self.ended.emit(None if ok else self._error)

    def _report(self, fraction: float, message: str) -> None:
        self.setProgress(fraction * 100)
        self.progressed.emit(fraction, message)
