"""The finished map, written in the background."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...al_core import config
from .. import settings
from ..engine.task import EngineTask
from ..messages import tr
from .engine import EngineController
from .session import Session


class ExportController(QObject):
    """Runs one export at a time."""

    succeeded = pyqtSignal(list)  # file names
    failed = pyqtSignal(object)
    busy_changed = pyqtSignal(bool)

    def __init__(self, session: Session, engine: EngineController) -> None:
        super().__init__()
        self._session = session
        self._engine = engine
        self._task: EngineTask | None = None

    def export(self, path: str) -> None:
        """Write the map of the current round to a GeoTIFF."""
        if self._task is not None or not self._session.is_open:
            return
        settings.EXPORT_FOLDER.set(str(Path(path).parent))
        self._task = self._engine.run(
            tr("LandLoop: exporting the map"),
            "export",
            self._session.project.folder,
            config.to_json(config.ExportConfig(out=path)),
        )
        self._task.succeeded.connect(self._succeed)
        self._task.failed.connect(self._fail)
        self._task.cancelled.connect(self._forget)
        self.busy_changed.emit(True)  # noqa: FBT003 - a signal

    def _succeed(self, result: dict[str, object]) -> None:
        self._forget()
        self.succeeded.emit(list(result["files"]))

    def _fail(self, error: object) -> None:
        self._forget()
        self.failed.emit(error)

    def _forget(self) -> None:
        self._task = None
        self.busy_changed.emit(False)  # noqa: FBT003 - a signal
