"""Lanes: pieces of work side by side, as processes on a CPU and as threads on a GPU."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Protocol

from ..errors import AlCoreError, Cancelled, EngineError
from ..models.sharing import own_share
from ..progress import Progress
from .setting import Setting

REPORT_EVERY_S = 0.2
PATIENCE_S = 1.0  # for lanes that were asked to stop
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}


@dataclass(frozen=True)
class News:
    """What a lane says.

    Of a unit by its place in the list: how far it is, that a round is on the disk, that it
    is done, or what went wrong.
    """

    unit: int
    fraction: float = 0.0
    message: str = ""
    round_kept: bool = False
    done: bool = False
    error: Exception | None = None


Tell = Callable[[News], None]


class Lane(Protocol):
    """Works on one unit at a time."""

    def give(self, unit: int) -> None:
        """Start with a unit."""

    def receive(self) -> list[News]:
        """Return what there is to say since the last call."""

    def stop(self) -> None:
        """Ask for an end to what is going on."""

    def join(self, seconds: float) -> None:
        """Wait for the end after `stop`, or bring it about."""


@dataclass
class _Watcher:
    """The Progress of a unit: tells its lane, and stops when that is told to."""

    unit: int
    tell: Tell
    stopped: Callable[[], bool]
    last: float = 0.0

    def report(self, fraction: float, message: str) -> None:
        """Say how far it is, but not too often."""
        now = time.monotonic()
        if now - self.last >= REPORT_EVERY_S:
            self.last = now
            self.tell(News(self.unit, fraction, message))

    def is_cancelled(self) -> bool:
        """Ask whether to stop."""
        return self.stopped()


def _do(setting: Setting, unit: int, tell: Tell, stopped: Callable[[], bool]) -> None:
    """Do a unit and tell how it ended."""
    try:
        setting.work(unit, lambda: tell(News(unit, round_kept=True)), _Watcher(unit, tell, stopped))
    except Cancelled:
        tell(News(unit, error=Cancelled()))
    except AlCoreError as error:
        tell(News(unit, error=error))
    except Exception:  # noqa: BLE001 - the border of a lane
        tell(News(unit, error=RuntimeError(traceback.format_exc())))
    else:
        tell(News(unit, 1.0, done=True))


def end(lanes: Sequence[Lane]) -> None:
    """End lanes, all within PATIENCE_S and a little."""
    for lane in lanes:
        lane.stop()
    deadline = time.monotonic() + PATIENCE_S
    for lane in lanes:
        lane.join(max(deadline - time.monotonic(), 0.0))


class InlineLane:
    """Works in the thread that gives the work; `progress` hears of it meanwhile."""

    def __init__(self, setting: Setting, told: Tell, progress: Progress) -> None:
        """Hold the work; `told` is called while it is done."""
        self._setting, self._told, self._progress = setting, told, progress

    def give(self, unit: int) -> None:
        """Do a unit."""
        with own_share(self._setting.device.device):
            _do(self._setting, unit, self._told, self._progress.is_cancelled)

    def receive(self) -> list[News]:
        """Return nothing: all was told already."""
        return []

    def stop(self) -> None:
        """Do nothing: nothing goes on."""

    def join(self, seconds: float) -> None:
        """Wait for nothing."""


class ThreadLane:
    """A thread with a stream of the GPU."""

    def __init__(self, setting: Setting) -> None:
        """Start the thread."""
        self._setting = setting
        self._units: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lane", daemon=True)
        self._thread.start()

    def give(self, unit: int) -> None:
        """Start with a unit."""
        self._units.put(unit)

    def receive(self) -> list[News]:
        """Return the news."""
        news = []
        while not self._news.empty():
            news.append(self._news.get())
        return news

    def stop(self) -> None:
        """Ask the thread to end."""
        self._stop.set()
        self._units.put(None)

    def join(self, seconds: float) -> None:
        """Wait for the thread; it ends with the program if not before."""
        self._thread.join(seconds)

    def _run(self) -> None:
        with own_share(self._setting.device.device):
            while (unit := self._units.get()) is not None:
                _do(self._setting, unit, self._news.put, self._stop.is_set)


@dataclass
class ProcessLane:
    """A process with one thread."""

    start: Callable[[Connection], multiprocessing.process.BaseProcess]
    _news: list[News] = field(default_factory=list)
    _unit: int = -1

    def __post_init__(self) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = self.start(theirs)
        theirs.close()

    def give(self, unit: int) -> None:
        """Start with a unit."""
        self._unit = unit
        self._pipe.send(unit)

    def receive(self) -> list[News]:
        """Return the news; if the process has gone, that is the last."""
        news = []
        try:
            while self._pipe.poll():
                news.append(self._pipe.recv())
        except (EOFError, OSError):
            self._process.join(PATIENCE_S)
            ended = EngineError(
                f"A lane ended unexpectedly (exit code {self._process.exitcode}), perhaps for lack "
                "of memory; run the same command again with fewer --jobs, it goes on."
            )
            news.append(News(self._unit, error=ended))
        return news

    def stop(self) -> None:
        """Close the pipe, which the process takes as the end."""
        self._pipe.close()

    def join(self, seconds: float) -> None:
        """Wait for the process, then end it: what it finished is on the disk."""
        self._process.join(seconds)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(PATIENCE_S)


def process_lanes(setting: Setting, count: int) -> list[ProcessLane]:
    """Start processes that map the world of a setting and wait for work."""
    context = multiprocessing.get_context("spawn")

    def start(pipe: Connection) -> multiprocessing.process.BaseProcess:
        arguments = (pipe, setting.folder, setting.config, os.getpid())
        process = context.Process(target=_serve, args=arguments, name="lane", daemon=True)
        process.start()
        return process

    with _environment(_ONE_THREAD):
        return [ProcessLane(start) for _ in range(count)]


def _serve(pipe: Connection, folder: object, config: object, parent: int) -> None:
    """Be a lane: work until the pipe is closed or the parent has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    setting = Setting.load(folder, config)  # type: ignore[arg-type]
    ended = threading.Event()
    units: queue.SimpleQueue[int | None] = queue.SimpleQueue()

    def listen() -> None:
        try:
            while True:
                units.put(pipe.recv())
        except (EOFError, OSError):
            ended.set()
            units.put(None)

    def tell(news: News) -> None:
        try:
            pipe.send(news)
        except OSError:  # nobody listens any more
            ended.set()

    threading.Thread(target=listen, name="listen", daemon=True).start()
    with own_share(setting.device.device):
        while (unit := units.get()) is not None:
            _do(setting, unit, tell, lambda: ended.is_set() or os.getppid() != parent)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables while processes are started that inherit them."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
