"""The engine's life: found, installed, started, watched, started again after it died."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from qgis.core import QgsApplication, QgsTask
from qgis.PyQt.QtCore import QObject, pyqtSignal

from .. import settings
from ..engine import environment
from ..engine.client import EngineClient, ProcessClient
from ..engine.hosted import HostedClient
from ..engine.install_task import InstallTask
from ..engine.task import EngineTask
from ..messages import tr

PLUGIN_FOLDER = Path(__file__).resolve().parents[2]


class EngineController(QObject):
    """Hands out engine tasks and keeps the one client they share."""

    device_changed = pyqtSignal(str)
    install_progressed = pyqtSignal(float, str)
    install_ended = pyqtSignal(object)  # None, or the exception
    _device_told = pyqtSignal(str)  # from the client's thread to ours
    _died = pyqtSignal(str)

    def __init__(self, command: Callable[[], list[str]] | None = None) -> None:
        super().__init__()
        self._command = command or _installed_command
        self._client: EngineClient | None = None
        self._starting = threading.Lock()  # tasks start the engine from their own threads
        self._tasks: set[QgsTask] = set()
        self._installer: InstallTask | None = None
        self._device_told.connect(self.device_changed)
        self._died.connect(self.device_changed)

    @property
    def is_ready(self) -> bool:
        """Whether the engine's environment is there, or is not needed."""
        return settings.HOST.get() == "hosted" or environment.is_complete()

    @property
    def pid(self) -> int | None:
        """The process of the engine, None if there is none."""
        return getattr(self._client, "pid", None)

    def start(self) -> None:
        """Start the engine now, so that it is warm when it is needed."""
        if self.is_ready:
            self._connected()

    def run(self, title: str, verb: str, project: Path, config: dict[str, object]) -> EngineTask:
        """Run a verb in the background; the caller connects to the task's signals."""
        task = EngineTask(title, lambda: self._connected().start(verb, project, config))
        self._tasks.add(task)
        for signal in (task.succeeded, task.failed, task.cancelled):
            signal.connect(lambda *_, task=task: self._tasks.discard(task))
        QgsApplication.taskManager().addTask(task)
        return task

    def tell_labels(self, project: Path, tiles: list[int], revision: int) -> None:
        """Tell a running engine that labels have changed; the labels are on disk already."""
        if self._client is not None and self._client.alive:
            self._client.labels_changed(project, tiles, revision)

    def install(self) -> None:
        """Create the engine's environment in the background."""
        if self._installer is not None:
            return
        self._installer = InstallTask(tr("LandLoop: installing the engine"))
        self._installer.progressed.connect(self.install_progressed)
        self._installer.ended.connect(self._installed)
        QgsApplication.taskManager().addTask(self._installer)

    def cancel_install(self) -> None:
        """Stop the installation; what it had made is removed."""
        if self._installer is not None:
            self._installer.cancel()

    def close(self) -> None:
        """End jobs, the installation and the engine process."""
        self.cancel_install()
        for task in list(self._tasks):
            task.cancel()
        self._tasks.clear()
        if self._client is not None:
            self._client.close()
            self._client = None

    def _connected(self) -> EngineClient:
        with self._starting:
            if self._client is None or not self._client.alive:
                self._client = self._make_client()
                self._client.on_device = self._device_told.emit
                self._client.on_died = self._died.emit
            return self._client

    def _make_client(self) -> EngineClient:
        if settings.HOST.get() == "hosted":
            return HostedClient()
        # Threads that wait must not spin: the processor is shared with QGIS.
        variables = {"OMP_WAIT_POLICY": "PASSIVE", **environment.clean_environment()}
        return ProcessClient(self._command(), PLUGIN_FOLDER, variables)

    def _installed(self, error: object) -> None:
        self._installer = None
        self.install_ended.emit(error)


def _installed_command() -> list[str]:
    return [str(environment.python_path()), "-m", "al_core", "serve"]
