"""Connects what arrives from an engine with whoever asked for it."""

from __future__ import annotations

import itertools
import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from ...al_core import errors
from ...al_core.errors import AlCoreError, EngineError
from ...al_core.service import protocol
from .job import CancelledEvent, Event, Failed, Job, Progressed, Succeeded

_CLOSED = "The engine has been closed."
_log = logging.getLogger(__name__)


class Switchboard(ABC):
    """What every client does, wherever its engine runs.

    A client overrides `_send`, and calls `_receive` with every message that arrives and `_end`
    when no more will come. All of it may happen in any thread.
    """

    def __init__(self) -> None:
        self.on_died: Callable[[str], None] = _ignore
        self._on_device: Callable[[str], None] = _ignore
        self._device = ""
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._asked: dict[int, Future[dict[str, Any]]] = {}
        self._jobs: dict[int, Job] = {}
        self._early: dict[int, list[Event]] = {}  # events that overtook the answer to `start`
        self._is_closing = False
        self._epitaph = ""  # why there is no engine any more

    @property
    def alive(self) -> bool:
        """Whether the engine can take jobs."""
        return not self._epitaph and not self._is_closing

    @property
    def on_device(self) -> Callable[[str], None]:
        """What is called, in a thread of the client, with the sentence about the device."""
        return self._on_device

    @on_device.setter
    def on_device(self, callback: Callable[[str], None]) -> None:
        self._on_device = callback
        if self._device:
            callback(self._device)

    def start(self, verb: str, project: Path, config: dict[str, Any]) -> Job:
        """Begin a job and return at once; if the engine refuses, the job fails."""
        job = Job(self._cancel)
        params = {"verb": verb, "project": str(project), "config": config}
        self.request("start", params).add_done_callback(lambda answer: self._begin(job, answer))
        return job

    def labels_changed(
        self, project: Path, tiles: list[int], revision: int
    ) -> Future[dict[str, Any]]:
        """Tell which tiles have new labels; they are on disk already."""
        params = {"project": str(project), "tiles": tiles, "revision": revision}
        return self.request("labels_changed", params)

    def request(self, method: str, params: dict[str, Any]) -> Future[dict[str, Any]]:
        """Ask for anything; the future raises EngineError if the engine refuses or dies."""
        future: Future[dict[str, Any]] = Future()
        future.set_running_or_notify_cancel()  # there is no taking it back
        with self._lock:
            epitaph = self._epitaph or (_CLOSED if self._is_closing else "")
            number = next(self._numbers)
            if not epitaph:
                self._asked[number] = future
        if epitaph:
            future.set_exception(EngineError(epitaph))
        else:
            self._send(protocol.request(number, method, params))
        return future

    @abstractmethod
    def _send(self, message: protocol.Message) -> None:
        """Pass a request on; must not block."""

    def _receive(self, message: protocol.Message) -> None:
        """Take a message of the engine; one that makes no sense is only logged."""
        if self._epitaph:
            return
        try:
            if "event" in message:
                self._take_event(message)
            elif not self._is_closing:
                self._take_answer(message)
        except (KeyError, TypeError) as error:
            _log.warning("The engine sent a message that makes no sense: %r (%r)", message, error)

    def _end(self, epitaph: str = _CLOSED, details: str = "") -> None:
        """Fail everything that is still open: there is no engine any more."""
        with self._lock:
            if self._epitaph:
                return
            self._epitaph = epitaph = _CLOSED if self._is_closing else epitaph
            asked, jobs = list(self._asked.values()), list(self._jobs.values())
            self._asked, self._jobs = {}, {}
        for future in asked:
            future.set_exception(EngineError(epitaph))
        for job in jobs:
            job.put(self._last_event(Failed("EngineError", epitaph, details)))
        if not self._is_closing:
            self.on_died(epitaph)

    def _take_answer(self, message: protocol.Message) -> None:
        with self._lock:
            future = self._asked.pop(message["id"])
        if "error" in message:
            future.set_exception(_error(message["error"]["type"], message["error"]["message"]))
        else:
            future.set_result(message["result"])

    def _take_event(self, message: protocol.Message) -> None:
        if message["event"] == "device":
            self._device = message["text"]
            self._on_device(self._device)
            return
        event, number = _event(message), message["job"]
        with self._lock:
            if number in self._jobs:
                self._jobs[number].put(event)
            else:
                self._early.setdefault(number, []).append(event)
            if not isinstance(event, Progressed):
                self._jobs.pop(number, None)

    def _begin(self, job: Job, answer: Future[dict[str, Any]]) -> None:
        """Give a job its number, and the events that came before it."""
        error = answer.exception()
        if error is not None:
            job.put(self._last_event(Failed(type(error).__name__, str(error))))
            return
        with self._lock:
            job.number = answer.result()["job"]
            events = self._early.pop(job.number, [])
            if self._epitaph:
                events.append(self._last_event(Failed("EngineError", self._epitaph)))
            for event in events:
                job.put(event)
            if not events or isinstance(events[-1], Progressed):
                self._jobs[job.number] = job
        if job.is_unwanted:
            self._cancel(job)

    def _cancel(self, job: Job) -> None:
        with self._lock:
            job.is_unwanted = True
        if job.number is not None:
            self.request("cancel", {"job": job.number})

    def _last_event(self, failure: Failed) -> Event:
        """Return how a job ends without its engine: whoever closes the engine cancels its jobs."""
        return CancelledEvent() if self._is_closing else failure


def _event(message: protocol.Message) -> Event:
    kind = message["event"]
    if kind == "progress":
        return Progressed(message["fraction"], message["message"], message["time_left_s"])
    if kind == "succeeded":
        return Succeeded(message["result"])
    if kind == "cancelled":
        return CancelledEvent()
    error = message["error"]
    return Failed(error["type"], error["message"], error.get("details", ""))


def _error(kind: str, message: str) -> AlCoreError:
    found = getattr(errors, kind, None)
    is_ours = isinstance(found, type) and issubclass(found, AlCoreError)
    return found(message) if is_ours else EngineError(message)


def _ignore(_text: str) -> None:
    """Do nothing."""
