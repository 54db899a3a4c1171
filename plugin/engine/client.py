"""The engine as the plugin sees it, and the client of an engine in a process of its own."""

from __future__ import annotations

import logging
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from ...al_core.errors import EngineError
from ...al_core.service import protocol
from .job import CancelledEvent, Event, Failed, Job, Progressed, Succeeded
from .switchboard import Switchboard

__all__ = [
    "CancelledEvent",
    "EngineClient",
    "Event",
    "Failed",
    "Job",
    "ProcessClient",
    "Progressed",
    "Succeeded",
]

_COMPLAINT_BYTES = 8192  # the end of stderr that is kept: enough for a traceback
_LAST = 0  # the number of the request whose answer nobody waits for
_PATIENCE_S = 2.0  # with a process that has closed its output
_log = logging.getLogger(__name__)


class EngineClient(Protocol):
    """An engine, wherever it runs. Callbacks come from a thread of the client."""

    on_device: Callable[[str], None]
    on_died: Callable[[str], None]

    @property
    def alive(self) -> bool:
        """Whether the engine can take jobs."""

    def start(self, verb: str, project: Path, config: dict[str, Any]) -> Job:
        """Begin a job and return at once; if the engine refuses, the job fails."""

    def labels_changed(
        self, project: Path, tiles: list[int], revision: int
    ) -> Future[dict[str, Any]]:
        """Tell which tiles have new labels; they are on disk already."""

    def request(self, method: str, params: dict[str, Any]) -> Future[dict[str, Any]]:
        """Ask for anything; the future raises EngineError if the engine refuses or dies."""

    def close(self, timeout_s: float = 2.0) -> None:
        """End the engine, by force if it takes longer; open jobs count as cancelled."""


class ProcessClient(Switchboard):
    """Talks to an engine process in JSON lines.

    One thread writes, one reads and one listens to stderr, so that a slow engine never makes
    QGIS wait.
    """

    def __init__(self, command: list[str], cwd: Path, env: dict[str, str] | None = None) -> None:
        super().__init__()
        self._outbox: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._complaints = bytearray()
        self._process: subprocess.Popen[bytes] | None = None
        self._threads = [
            threading.Thread(target=work, name=f"landloop {work.__name__}", daemon=True)
            for work in (self._write, self._listen, self._read)
        ]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a list, and no shell  # nosec B603
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            self._end(f"The engine cannot be started ({error}). Install it again.")
            return
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int | None:
        """The engine's process, None if it could not be started."""
        return self._process.pid if self._process is not None else None

    def close(self, timeout_s: float = 2.0) -> None:
        """End the engine, by force if it takes longer; open jobs count as cancelled."""
        if self._process is None:
            return
        self._is_closing = True
        self._send(protocol.request(_LAST, "shutdown", {}))
        self._outbox.put(None)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._kill()
        for thread in self._threads:
            thread.join(_PATIENCE_S)
        self._end()

    def _send(self, message: protocol.Message) -> None:
        self._outbox.put(protocol.encode(message))

    def _write(self) -> None:
        with suppress(OSError), self._process.stdin as stream:  # the reader tells if it is gone
            for line in iter(self._outbox.get, None):
                stream.write(line.encode())
                stream.flush()

    def _read(self) -> None:
        try:
            with self._process.stdout as stream:
                for line in stream:
                    self._take(line)
        finally:
            self._bury()

    def _take(self, line: bytes) -> None:
        try:
            message = protocol.decode(line.decode(errors="replace"))
        except EngineError as error:
            _log.warning("The engine's output holds something else: %s", error)
            return
        self._receive(message)

    def _listen(self) -> None:
        with self._process.stderr as stream:
            while piece := stream.read1(65536):
                self._complaints += piece
                del self._complaints[:-_COMPLAINT_BYTES]

    def _bury(self) -> None:
        """Tell everybody that the process has ended."""
        try:
            code = self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._kill()
            code = self._process.wait()
        self._outbox.put(None)
        self._threads[1].join(_PATIENCE_S)
        last_words = self._complaints.decode(errors="replace").strip()
        if last_words and not self._is_closing:
            _log.warning("The engine's last words: %s", last_words)
        self._end(
            f"The engine stopped unexpectedly (exit code {code}). Your labels are safe; press "
            "Retrain to start it again.",
            last_words if "Traceback" in last_words else "",
        )

    def _kill(self) -> None:
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)  # its helpers too
            else:
                self._process.kill()
