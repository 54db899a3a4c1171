"""Reading ahead and writing behind: input and output hidden in a thread each."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Prefetcher(Generic[Item]):
    """Runs through an iterable in a thread, at most `depth` items ahead of its reader.

    What the iterable raises is raised where the next item would have come. Leaving the
    `with` block, by whatever way, ends the thread and closes the iterable.
    """

    def __init__(self, items: Iterable[Item], depth: int = 2) -> None:
        """Start reading ahead."""
        self._items = items
        self._ready: queue.Queue[tuple[Item] | None] = queue.Queue(depth)
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="prefetch", daemon=True)
        self._thread.start()

    def __enter__(self) -> Prefetcher[Item]:
        """Enter."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop reading ahead."""
        self.close()

    def __iter__(self) -> Iterator[Item]:
        """Go through the items in order."""
        while (boxed := self._ready.get()) is not None:
            yield boxed[0]
        self._ready.put(None)  # a second pass ends at once
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Stop reading ahead and wait for the thread to end."""
        self._stop.set()
        while self._thread.is_alive():
            _drop_all(self._ready)
            self._thread.join(0.01)
        _drop_all(self._ready)
        self._ready.put(None)  # whoever still reads gets an end

    def _run(self) -> None:
        try:
            with _closing(self._items) as source:
                for item in source:
                    self._ready.put((item,))
                    if self._stop.is_set():
                        break
        except BaseException as error:  # noqa: BLE001 - a thread's end: handed to the reader
            self._error = error
        self._ready.put(None)


def prefetch(items: Iterable[Item], depth: int = 2) -> Iterator[Item]:
    """Yield the items while a thread prepares the next `depth`; see Prefetcher.

    The thread ends when the generator is exhausted, closed or dropped.
    """
    with Prefetcher(items, depth) as ahead:
        yield from ahead


class BackgroundWriter(Generic[Item]):
    """Does work on items in a thread, in order, with at most `depth` items waiting.

    What the work raises is raised at the next `put`, or at the end of the `with` block. If
    the block is left by an exception, the items that still wait are dropped.
    """

    def __init__(self, work: Callable[[Item], None], depth: int = 4) -> None:
        """Start the thread."""
        self._work = work
        self._waiting: queue.Queue[tuple[Item] | None] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="write-behind", daemon=True)
        self._thread.start()

    def __enter__(self) -> BackgroundWriter[Item]:
        """Enter."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish what waits, or drop it if the block failed."""
        if error is not None:
            _drop_all(self._waiting)
        self._waiting.put(None)
        self._thread.join()
        if error is None:
            self._raise_error()

    def put(self, item: Item) -> None:
        """Hand over an item; waits while `depth` items wait already."""
        self._raise_error()
        self._waiting.put((item,))

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (boxed := self._waiting.get()) is not None:
            if self._error is not None:
                continue  # keep the queue moving, or `put` would wait for ever
            try:
                self._work(boxed[0])
            except BaseException as error:  # noqa: BLE001 - a thread's end: handed to the writer
                self._error = error


@contextmanager
def _closing(items: Iterable[Item]) -> Iterator[Iterator[Item]]:
    """Let a generator clean up in the thread that ran it."""
    source = iter(items)
    try:
        yield source
    finally:
        if isinstance(source, Generator):
            source.close()


def _drop_all(waiting: queue.Queue[Item]) -> None:
    try:
        while True:
            waiting.get_nowait()
    except queue.Empty:
        return
