"""One piece of work at a time in a thread; the outcome arrives in the main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable

from qgis.PyQt.QtCore import QObject, pyqtSignal


class Background(QObject):
    """Runs what it is given; `ended` tells the result or the exception, and what it was for."""

    ended = pyqtSignal(object, object)  # what it was for, result or exception
    _left = pyqtSignal(object, object)  # from the thread to ours

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: threading.Thread | None = None
        self._left.connect(self._end)

    @property
    def is_busy(self) -> bool:
        """Whether something runs."""
        return self._thread is not None

    def start(self, purpose: object, work: Callable[[], object]) -> None:
        """Run `work` in a thread; only while nothing else runs."""
        if self._thread is not None:
            raise RuntimeError("the thread is busy")
        self._thread = threading.Thread(target=self._run, args=(purpose, work), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for what runs; its outcome is dropped."""
        self._left.disconnect(self._end)
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, purpose: object, work: Callable[[], object]) -> None:
        try:
            outcome = work()
        except Exception as error:  # noqa: BLE001 - the thread boundary
            outcome = error
        self._left.emit(purpose, outcome)

    def _end(self, purpose: object, outcome: object) -> None:
        self._thread = None
        self.ended.emit(purpose, outcome)
