"""One job of the engine, seen from QGIS: what happens to it, and the wish to cancel it."""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Progressed:
    """The job is this far: a fraction, 0 to 1, a sentence, and the time left if it is known."""

    fraction: float
    message: str
    time_left_s: float | None


@dataclass(frozen=True)
class Succeeded:
    """The job has ended well; the result is that of its verb, as plain JSON values."""

    result: dict[str, Any]


@dataclass(frozen=True)
class Failed:
    """The job has failed; details (a traceback) mean that nobody expected it."""

    error_type: str
    message: str
    details: str = ""


@dataclass(frozen=True)
class CancelledEvent:
    """The job has ended because somebody cancelled it."""


Event = Progressed | Succeeded | Failed | CancelledEvent


class Job:
    """A job under way: its client puts the events in, whoever started it takes them out."""

    def __init__(self, ask_to_cancel: Callable[[Job], None]) -> None:
        self._ask_to_cancel = ask_to_cancel
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.number: int | None = None  # what the engine calls it, once it has answered
        self.is_unwanted = False  # cancelled before the engine had answered

    def next_event(self, timeout_s: float) -> Event | None:
        """Return the next event, or None if nothing happens in time."""
        try:
            return self._events.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def cancel(self) -> None:
        """Ask the engine to stop; the end arrives as an event."""
        self._ask_to_cancel(self)

    def put(self, event: Event) -> None:
        """Add an event."""
        self._events.put(event)
