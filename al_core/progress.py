"""Progress, cancellation and time left, between any job and whoever watches it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

from .errors import Cancelled


class Progress(Protocol):
    """What a job needs of its watcher; implementations must be thread-safe."""

    def report(self, fraction: float, message: str) -> None:
        """Take note of progress, 0 to 1, and of what is going on."""

    def is_cancelled(self) -> bool:
        """Tell whether the user asked to stop."""


def checkpoint(progress: Progress, fraction: float, message: str = "") -> None:
    """Report progress, and stop here if the user asked to.

    Raises:
        Cancelled: The user cancelled.
    """
    if progress.is_cancelled():
        raise Cancelled
    progress.report(fraction, message)


class Silent:
    """A watcher that neither shows nor cancels anything."""

    def report(self, fraction: float, message: str) -> None:
        """Do nothing."""

    def is_cancelled(self) -> bool:
        """Never cancel."""
        return False


@dataclass(frozen=True)
class Part:
    """A stretch of a longer job: 0…1 here is start…end there."""

    whole: Progress
    start: float
    end: float

    def report(self, fraction: float, message: str) -> None:
        """Pass the progress on, scaled into this part's stretch."""
        self.whole.report(self.start + fraction * (self.end - self.start), message)

    def is_cancelled(self) -> bool:
        """Ask the whole."""
        return self.whole.is_cancelled()


@dataclass
class Clock:
    """Estimates the time left from the pace so far."""

    started: float = field(default_factory=time.monotonic)

    def time_left_s(self, fraction: float) -> float | None:
        """Return the seconds left, or None while it is too early to tell."""
        elapsed = time.monotonic() - self.started
        if fraction < 0.01 or elapsed < 1.0:  # noqa: PLR2004 - too early to tell
            return None
        return elapsed * (1.0 - min(fraction, 1.0)) / fraction
