"""The engine as a process: requests on standard input, responses and events on output."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TextIO

from ..errors import AlCoreError
from . import protocol
from .engine import Engine
from .protocol import Message, Request

NICENESS = 5  # QGIS goes first
_SLOW = frozenset({"tile"})  # methods that read files


class _Wire:
    """Writes messages, one whole line at a time, from any thread."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Write a message; if nobody reads any more, the end of the input will tell."""
        line = protocol.encode(message)
        with self._lock, suppress(OSError, ValueError):
            self._stream.write(line)
            self._stream.flush()


def serve(stdin: TextIO, stdout: TextIO) -> bool:
    """Answer requests until the input ends; then cancel the job under way.

    Args:
        stdin: Requests, one a line.
        stdout: Responses and events, one a line.

    Returns:
        Whether every job has ended; if not, end the process without waiting.
    """
    wire = _Wire(stdout)
    engine = Engine(wire.send)
    slow = ThreadPoolExecutor(max_workers=1, thread_name_prefix="landloop reads")
    with suppress(KeyboardInterrupt):  # asked to terminate
        for line in iter(stdin.readline, ""):
            if line.strip() and not _take(line, engine, wire, slow):
                break
    slow.shutdown(wait=False, cancel_futures=True)
    return engine.close()


def run() -> None:
    """Serve this process's standard streams; ends the process."""
    signal.signal(signal.SIGTERM, _leave)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    ended = False
    stdin = os.fdopen(0, encoding="utf-8", errors="replace", closefd=False)
    with _protected_output() as stdout, suppress(KeyboardInterrupt):
        ended = serve(stdin, stdout)
    sys.stderr.flush()
    # A library's threads must not delay, or crash, the end of the process.
    os._exit(0 if ended else 1)


def _take(line: str, engine: Engine, wire: _Wire, slow: ThreadPoolExecutor) -> bool:
    """Handle one line; False after `shutdown`."""
    try:
        request = protocol.decode_request(line)
    except AlCoreError as error:
        wire.send(protocol.refusal(None, error))
        return True
    if request.method in _SLOW:
        slow.submit(_answer, request, engine, wire)
    else:
        _answer(request, engine, wire)
    return request.method != "shutdown"


def _answer(request: Request, engine: Engine, wire: _Wire) -> None:
    try:
        message = protocol.response(request.id, engine.handle(request.method, request.params))
    except AlCoreError as error:
        message = protocol.refusal(request.id, error)
    except Exception as error:  # noqa: BLE001 - a bad request must not end the engine
        message = protocol.refusal(request.id, error)
    wire.send(message)


@contextmanager
def _protected_output() -> Iterator[TextIO]:
    """Keep the real output for messages; whatever a library prints goes to stderr."""
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n") as stream:
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        yield stream


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
