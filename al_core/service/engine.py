"""The engine: answers at once, and runs one job at a time in a background thread."""

from __future__ import annotations

import importlib
import os
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .. import __version__, jobs
from ..errors import AlCoreError, Cancelled, EngineError
from ..progress import Clock, checkpoint
from . import protocol
from .protocol import Message
from .verbs import Work, prepare

REPORT_EVERY_S = 0.1
_HEAVY = ("models", "training", "inference", "accuracy")


@dataclass
class _Job:
    """A job under way; it is also the `Progress` that the job reports to."""

    number: int
    verb: str
    work: Work
    emit: Callable[[Message], None]
    clock: Clock = field(default_factory=Clock)
    cancelled: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    last_report: float = 0.0

    def report(self, fraction: float, message: str) -> None:
        """Pass the progress on, ten times a second at most."""
        now = time.monotonic()
        if now - self.last_report < REPORT_EVERY_S:
            return
        self.last_report = now
        left = self.clock.time_left_s(fraction)
        self.emit(protocol.progressed(self.number, fraction, message, left))

    def is_cancelled(self) -> bool:
        """Tell whether the user asked to stop."""
        return self.cancelled.is_set()


class Engine:
    """Runs the verbs for whoever holds it: the engine process, or QGIS itself.

    `handle` may be called from any thread; `emit` is called from the engine's own threads.
    """

    def __init__(self, emit: Callable[[Message], None]) -> None:
        self._emit = emit
        self._lock = threading.Lock()
        self._job: _Job | None = None
        self._jobs_so_far = 0
        self._warm = threading.Event()
        self._damage: EngineError | None = None
        self._methods: dict[str, Callable[[Message], Message]] = {
            "hello": self._hello,
            "start": self._start,
            "cancel": self._cancel,
            "labels_changed": self._labels_changed,
            "tile": self._tile,
            "shutdown": self._shutdown,
        }
        threading.Thread(target=self._warm_up, name="landloop warm-up", daemon=True).start()

    def handle(self, method: str, params: Message) -> Message:
        """Answer a request at once.

        Raises:
            AlCoreError: The request cannot be met; the sentence says why.
        """
        if method not in self._methods:
            raise EngineError(
                f"The engine has no method “{method}”; it has {', '.join(self._methods)}."
            )
        try:
            return self._methods[method](params)
        except KeyError as error:
            raise EngineError(f"The request “{method}” lacks the parameter {error}.") from error

    def close(self, timeout_s: float = 5.0) -> bool:
        """Cancel the job and wait for its end; tell whether it ended in time."""
        with self._lock:
            job = self._job
        if job is None or job.thread is None:
            return True
        job.cancelled.set()
        job.thread.join(timeout_s)
        return not job.thread.is_alive()

    def _hello(self, _params: Message) -> Message:
        return {"version": __version__, "protocol": protocol.PROTOCOL, "pid": os.getpid()}

    def _start(self, params: Message) -> Message:
        work = prepare(params["verb"], Path(params["project"]), params.get("config", {}))
        with self._lock:
            if self._job is not None:
                raise EngineError(
                    f"The engine is busy ({self._job.verb}); wait until it has ended, or cancel it."
                )
            self._jobs_so_far += 1
            job = _Job(self._jobs_so_far, params["verb"], work, self._emit)
            name = f"landloop {job.verb}"
            job.thread = threading.Thread(target=self._run, args=(job,), name=name, daemon=True)
            self._job = job
            job.thread.start()
        return {"job": job.number}

    def _cancel(self, params: Message) -> Message:
        with self._lock:
            if self._job is not None and self._job.number == params["job"]:
                self._job.cancelled.set()
        return {}

    def _labels_changed(self, params: Message) -> Message:
        # The labels are on disk; whichever job begins next reads them there.
        return {"revision": params["revision"], "received": time.time()}

    def _tile(self, params: Message) -> Message:
        reply: Message = protocol.plain(
            jobs.explain_tile(Path(params["project"]), int(params["tile"]))
        )
        return reply

    def _shutdown(self, _params: Message) -> Message:
        with self._lock:
            if self._job is not None:
                self._job.cancelled.set()
        return {}

    def _run(self, job: _Job) -> None:
        end = self._outcome(job)
        with self._lock:
            self._job = None  # before the news, so that its reader may start the next job
        self._emit(end)

    def _outcome(self, job: _Job) -> Message:
        try:
            if job.work.learns:
                self._wait_until_warm(job)
            return protocol.succeeded(job.number, job.work.run(job))
        except Cancelled:
            return protocol.cancelled(job.number)
        except AlCoreError as error:
            return protocol.failed(job.number, error, str(error), "")
        except Exception as error:  # noqa: BLE001 - the thread boundary
            sentence = f"Unexpected problem in “{job.verb}”: {error or type(error).__name__}"
            return protocol.failed(job.number, error, sentence, traceback.format_exc())

    def _wait_until_warm(self, job: _Job) -> None:
        while not self._warm.wait(REPORT_EVERY_S):
            checkpoint(job, 0.0, "Starting the engine")
        if self._damage is not None:
            raise self._damage

    def _warm_up(self) -> None:
        """Import what is slow to import, and tell what the network will run on."""
        try:
            for name in _HEAVY:
                importlib.import_module(f"..{name}", __package__)
            found = jobs.find_device()
            event = protocol.device(found.text, found.kind, found.memory_gb)
        except Exception as error:  # noqa: BLE001 - a broken library may raise anything
            self._damage = EngineError(
                f"The engine's environment is damaged ({error}). Install it again."
            )
            event = protocol.device(str(self._damage), "none", None)
        self._warm.set()
        self._emit(event)
