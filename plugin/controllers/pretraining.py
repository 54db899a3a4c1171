"""Pre-train an encoder on the project's own tiles, in the background."""

from __future__ import annotations

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...al_core import config
from ...al_core.errors import AlCoreError
from ..engine.task import EngineTask
from ..messages import tr
from .engine import EngineController
from .session import Session

FOLDER, PAUSED = "encoders", "paused.state"  # in the project's folder


class PretrainingController(QObject):
    """Starts one pre-training at a time; stopped, it can go on later."""

    started = pyqtSignal()
    progressed = pyqtSignal(float, str, object)  # fraction, message, seconds left or None
    succeeded = pyqtSignal(str, str, str)  # what came of it, file of the encoder, its name
    failed = pyqtSignal(object)
    paused = pyqtSignal()

    def __init__(self, session: Session, engine: EngineController) -> None:
        super().__init__()
        self._session = session
        self._engine = engine
        self._task: EngineTask | None = None
        session.closed.connect(self.pause)

    @property
    def is_running(self) -> bool:
        """Whether a pre-training is under way."""
        return self._task is not None

    @property
    def is_paused(self) -> bool:
        """Whether one that was stopped can go on."""
        folder = self._session.folder
        return folder is not None and (folder / FOLDER / PAUSED).is_file()

    def pretrain(self, options: config.PretrainConfig) -> None:
        """Start, or go on."""
        if self._task is not None or not self._session.is_open:
            return
        if not self._engine.is_ready:
            self.failed.emit(
                AlCoreError(tr("The engine is not installed yet. Press Install in the dock first."))
            )
            return
        self._task = self._engine.run(
            tr("LandLoop: pre-training"),
            "pretrain",
            self._session.project.folder,
            config.to_json(options),
        )
        self._task.progressed.connect(self._progress)
        self._task.succeeded.connect(self._succeed)
        self._task.failed.connect(self._fail)
        self._task.cancelled.connect(self._pause)
        self.started.emit()

    def pause(self) -> None:
        """Stop; what has been learned is kept."""
        if self._task is not None:
            self._task.cancel()

    def _progress(self, fraction: float, message: str, time_left_s: object) -> None:
        if self.sender() is self._task:
            self.progressed.emit(fraction, message, time_left_s)

    def _succeed(self, result: dict[str, object]) -> None:
        self._task = None
        self.succeeded.emit(_summary(result), str(result["path"]), str(result["encoder"]))

    def _fail(self, error: object) -> None:
        self._task = None
        self.failed.emit(error)

    def _pause(self) -> None:
        self._task = None
        self.paused.emit()


def _summary(result: dict[str, object]) -> str:
    """Return what came of it: how many tiles, and whether they can be told apart better."""
    sentences = [tr("An encoder has learned from {tiles} tiles.").format(tiles=result["tiles"])]
    before, after = result["before"], result["after"]
    if before and after:
        text = tr("A linear probe gets {before:.0%} of the tiles right before, {after:.0%} after.")
        sentences.append(text.format(before=before["accuracy"], after=after["accuracy"]))
    return " ".join([*sentences, *result["notes"]])
