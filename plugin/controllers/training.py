"""Retrain: one turn of the loop in the background, with progress and cancel."""

from __future__ import annotations

import time

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...al_core import config
from ...al_core.errors import AlCoreError
from ..engine.task import EngineTask
from ..messages import tr
from .engine import EngineController
from .session import Session
from .words import words_of


class TrainingController(QObject):
    """Starts one retraining at a time and tells how it goes."""

    started = pyqtSignal()
    progressed = pyqtSignal(float, str, object)  # fraction, message, seconds left or None
    succeeded = pyqtSignal(str)  # what came of it, for people
    failed = pyqtSignal(object)
    cancelled = pyqtSignal()

    def __init__(self, session: Session, engine: EngineController) -> None:
        super().__init__()
        self._session = session
        self._engine = engine
        self._task: EngineTask | None = None
        self._started_at = 0.0
        session.closed.connect(self.cancel)

    @property
    def is_running(self) -> bool:
        """Whether a retraining is under way."""
        return self._task is not None

    def retrain(self, options: config.RetrainConfig) -> None:
        """Start a retraining in the background."""
        if self._task is not None or not self._session.is_open:
            return
        project = self._session.project
        if not self._engine.is_ready:
            self.failed.emit(
                AlCoreError(tr("The engine is not installed yet. Press Install in the dock first."))
            )
            return
        self._started_at = time.monotonic()
        task = self._engine.run(
            tr("LandLoop: retraining"), "retrain", project.folder, config.to_json(options)
        )
        self._task = task
        task.progressed.connect(self._progress)
        task.succeeded.connect(self._succeed)
        task.failed.connect(self._fail)
        task.cancelled.connect(self._cancelled)
        self.started.emit()

    def cancel(self) -> None:
        """Stop the retraining; the previous round stays in force."""
        if self._task is not None:
            self._task.cancel()

    def _progress(self, fraction: float, message: str, time_left_s: object) -> None:
        if self.sender() is self._task:
            self.progressed.emit(fraction, message, time_left_s)

    def _succeed(self, result: dict[str, object]) -> None:
        if not self._ended():
            return
        self._session.rounds_changed.emit()
        self._session.picks_changed.emit()
        self.succeeded.emit(self._summary(result))

    def _fail(self, error: object) -> None:
        if self._ended():
            self.failed.emit(error)

    def _cancelled(self) -> None:
        if self._ended():
            self.cancelled.emit()

    def _ended(self) -> bool:
        """Forget the task; False for the answer of a task that is no longer the current one."""
        if self.sender() is not self._task:
            return False
        self._task = None
        return True

    def _summary(self, result: dict[str, object]) -> str:
        train = result["train"]
        record = self._session.project.rounds.current()
        seconds = round(time.monotonic() - self._started_at)
        duration = tr("{minutes} min {seconds} s").format(
            minutes=seconds // 60, seconds=seconds % 60
        )
        if train["miou"] is None:
            return tr("Round {number} · {tiles} tiles · {duration}").format(
                number=train["round"], tiles=record.labelled_tiles, duration=duration
            )
        words = words_of(self._session.project.settings.task)
        return words.summary.format(
            number=train["round"],
            score=f"{train['miou']:.2f}",
            tiles=record.labelled_tiles,
            duration=duration,
        )
