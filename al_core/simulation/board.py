"""Who works on what, and how far all of it is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ..progress import Progress, checkpoint
from .lanes import InlineLane, Lane, News, ThreadLane, end, process_lanes
from .setting import Setting

POLL_S = 0.05
REFRESH_S = 5.0
GPU_LANES = 4  # more wait for each other in Python


@dataclass
class Board:
    """Gives units to lanes until all are done.

    `refresh` is called now and then after finished rounds, in the thread of `run`.
    """

    setting: Setting
    progress: Progress
    refresh: Callable[[], None]
    _left: list[int] = field(default_factory=list)
    _running: dict[int, Lane] = field(default_factory=dict)
    _fractions: dict[int, float] = field(default_factory=dict)
    _message: str = ""
    _kept: int = 0
    _is_stale: bool = False
    _refreshed: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        units = self.setting.units
        self._left = [number for number, unit in enumerate(units) if not self.setting.is_done(unit)]
        self._weights = {number: self.setting.weight(units[number]) for number in self._left}
        self._trainings = sum(
            unit.rounds(self.setting.config.rounds) - unit.done(self.setting.folder)
            for unit in units
        )

    def run(self) -> None:
        """Do all units that are not done yet.

        Raises:
            AlCoreError: One of them failed; finished rounds stay.
            Cancelled: The user cancelled; finished rounds stay.
        """
        if not self._left:
            return
        lanes = self._lanes()
        try:
            idle = list(lanes)
            while self._left or self._running:
                self._give(idle)
                idle += self._listen(lanes)
                self._look()
                if self._running:
                    time.sleep(POLL_S)
        finally:
            end(lanes)

    def _lanes(self) -> list[Lane]:
        count = lane_count(self.setting, len(self._left))
        if count == 1:
            return [InlineLane(self.setting, self._hear_at_once, self.progress)]
        if self.setting.device.kind == "cuda":
            return [ThreadLane(self.setting) for _ in range(count)]
        return list(process_lanes(self.setting, count))

    def _give(self, idle: list[Lane]) -> None:
        for number in list(self._left):
            if not idle:
                return
            if not self._is_ready(number):
                continue
            lane = idle.pop(0)
            self._left.remove(number)
            self._running[number] = lane
            lane.give(number)

    def _is_ready(self, number: int) -> bool:
        units = self.setting.units
        if not units[number].needs_start:
            return True
        start = next(
            place
            for place, unit in enumerate(units)
            if unit.contestant is None and unit.seed == units[number].seed
        )
        return start not in self._left and start not in self._running

    def _listen(self, lanes: list[Lane]) -> list[Lane]:
        """Take note of all news; return the lanes that have become idle."""
        for lane in lanes:
            for news in lane.receive():
                self._hear(news)
        done = [number for number in self._running if self._fractions.get(number, 0.0) >= 1.0]
        return [self._running.pop(number) for number in done]

    def _hear(self, news: News) -> None:
        if news.error is not None:
            raise news.error
        if news.round_kept:
            self._kept += 1
            self._is_stale = True
            return
        # 1 means done and nothing else does: a fraction is a guess.
        self._fractions[news.unit] = 1.0 if news.done else min(news.fraction, 0.999)
        if news.message:
            self._message = f"{self.setting.units[news.unit].label} · {news.message}"

    def _hear_at_once(self, news: News) -> None:
        """Hear from a lane in this thread; its errors wait until it has returned."""
        if news.error is not None:
            raise news.error
        self._hear(news)
        if not news.done:
            self._look()

    def _look(self) -> None:
        """Report, stop if asked to, and refresh what people look at."""
        done = sum(
            weight * (self._fractions.get(number, 0.0) if number not in self._left else 0.0)
            for number, weight in self._weights.items()
        )
        total = sum(self._weights.values())
        text = f"{self._kept} of {self._trainings} trainings · {self._message}"
        checkpoint(self.progress, min(done / total, 1.0) if total else 1.0, text)
        if self._is_stale and time.monotonic() - self._refreshed > REFRESH_S:
            self.refresh()
            self._refreshed, self._is_stale = time.monotonic(), False


def lane_count(setting: Setting, units: int) -> int:
    """Return how many lanes to work in: as asked for, or as many as the computer feeds."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    automatic = min(cores or 1, GPU_LANES) if setting.device.kind == "cuda" else cores or 1
    return max(1, min(setting.config.jobs or automatic, units))
