"""The client of an engine inside this process, for a QGIS whose Python has torch."""

from __future__ import annotations

import importlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from ...al_core.service import protocol
from .switchboard import Switchboard

_ENGINE = "...al_core.service.engine"  # imported when asked for: it leads to torch


class HostedClient(Switchboard):
    """Talks to an engine object; one thread passes the requests on, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self._engine: Any = None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="landloop requests")
        self.request("hello", {})  # makes the engine, which warms up by itself

    def close(self, timeout_s: float = 2.0) -> None:
        """End the engine; a job that takes longer is left to itself and its answer dropped."""
        self._is_closing = True
        self._worker.shutdown(wait=False, cancel_futures=True)
        if self._engine is not None:
            self._engine.close(timeout_s)
        self._end()

    def _send(self, message: protocol.Message) -> None:
        with suppress(RuntimeError):  # closed in this moment: whoever closes will tell
            self._worker.submit(self._handle, message)

    def _handle(self, message: protocol.Message) -> None:
        try:
            if self._engine is None:
                engine = importlib.import_module(_ENGINE, __package__)
                self._engine = engine.Engine(self._receive)
            sent = protocol.decode(protocol.encode(message))  # plain values, as on a wire
            answer = protocol.response(
                sent["id"], self._engine.handle(sent["method"], sent["params"])
            )
        except Exception as error:  # noqa: BLE001 - a refusal, whatever happened
            answer = protocol.refusal(message["id"], error)
        self._receive(protocol.decode(protocol.encode(answer)))
