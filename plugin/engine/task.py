"""The one task of QGIS: it watches one job of the engine."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from .job import CancelledEvent, Event, Job, Progressed, Succeeded

POLL_S = 0.1


class EngineTask(QgsTask):
    """Shows a job in QGIS's task manager, where it can be cancelled, and tells its outcome.

    Exactly one of `succeeded`, `failed` and `cancelled` is emitted, in the main thread.
    """

    succeeded = pyqtSignal(dict)  # the result of the verb
    failed = pyqtSignal(object)  # job.Failed, or an exception
    cancelled = pyqtSignal()
    progressed = pyqtSignal(float, str, object)  # fraction, sentence, seconds left or None

    def __init__(self, title: str, start: Callable[[], Job]) -> None:
        super().__init__(title, QgsTask.Flag.CanCancel)
        self._start_job = start
        self._outcome: Event | Exception = CancelledEvent()  # before it has begun

    def run(self) -> bool:
        """Start the job and watch it; called by QGIS in a worker thread."""
        try:
            self._outcome = self._watch(self._start_job())
        except Exception as error:  # noqa: BLE001 - the thread boundary
            self._outcome = error
        return isinstance(self._outcome, Succeeded)

    def finished(self, ok: bool) -> None:  # noqa: ARG002, FBT001 - called by QGIS
        """Tell the outcome; called by QGIS in the main thread."""
        if isinstance(self._outcome, Succeeded):
            self.succeeded.emit(self._outcome.result)
        elif isinstance(self._outcome, CancelledEvent):
            self.cancelled.emit()
        else:
            self.failed.emit(self._outcome)

    def _watch(self, job: Job) -> Event:
        has_cancelled = False
        while True:
            event = job.next_event(POLL_S)
            if isinstance(event, Progressed):
                self.setProgress(event.fraction * 100)
                self.progressed.emit(event.fraction, event.message, event.time_left_s)
            elif event is not None:
                return event
            if self.isCanceled() and not has_cancelled:
                has_cancelled = True
                job.cancel()
