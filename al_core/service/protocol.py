"""The messages between QGIS and the engine: JSON objects, one a line, UTF-8."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from ..errors import EngineError

PROTOCOL = 1

Message = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """A question to the engine; the response carries the same id."""

    id: int
    method: str
    params: Message


def encode(message: Mapping[str, Any]) -> str:
    """Return a message as one line, its line end included."""
    return json.dumps(plain(message), ensure_ascii=False, allow_nan=False) + "\n"


def decode(line: str) -> Message:
    """Return the message in a line.

    Raises:
        EngineError: The line is not a JSON object.
    """
    try:
        message = json.loads(line)
    except ValueError as error:
        raise EngineError(f"The line “{line.strip()[:80]}” is not JSON ({error}).") from error
    if not isinstance(message, dict):
        raise EngineError(f"The line “{line.strip()[:80]}” is not a JSON object.")
    return message


def decode_request(line: str) -> Request:
    """Return the request in a line.

    Raises:
        EngineError: The line is no request; the sentence says what it lacks.
    """
    message = decode(line)
    number, method, params = message.get("id"), message.get("method"), message.get("params", {})
    if not isinstance(number, int) or not isinstance(method, str) or not isinstance(params, dict):
        raise EngineError(
            "A request needs a whole number as id, a text as method and an object as params."
        )
    return Request(number, method, params)


def request(number: int, method: str, params: Mapping[str, Any]) -> Message:
    """Return the message that asks for `method`."""
    return {"id": number, "method": method, "params": dict(params)}


def response(number: int, result: Mapping[str, Any]) -> Message:
    """Return the answer to a request."""
    return {"id": number, "result": dict(result)}


def refusal(number: int | None, error: Exception) -> Message:
    """Return the answer to a request that cannot be met."""
    return {"id": number, "error": {"type": type(error).__name__, "message": str(error)}}


def progressed(job: int, fraction: float, message: str, time_left_s: float | None) -> Message:
    """Return the event that tells how far a job is."""
    return {
        "event": "progress",
        "job": job,
        "fraction": fraction,
        "message": message,
        "time_left_s": time_left_s,
    }


def succeeded(job: int, result: object) -> Message:
    """Return the event that ends a job that succeeded; `result` is a dataclass."""
    return {"event": "succeeded", "job": job, "result": plain(result)}


def failed(job: int, error: Exception, message: str, details: str) -> Message:
    """Return the event that ends a job that failed; `details` is a traceback or empty."""
    told = {"type": type(error).__name__, "message": message, "details": details}
    return {"event": "failed", "job": job, "error": told}


def cancelled(job: int) -> Message:
    """Return the event that ends a job that was cancelled."""
    return {"event": "cancelled", "job": job}


def device(text: str, kind: str, memory_gb: float | None) -> Message:
    """Return the event that tells what the network will run on."""
    return {"event": "device", "text": text, "kind": kind, "memory_gb": memory_gb}


def plain(value: object) -> Any:
    """Return a value as plain JSON: dataclasses, paths, arrays and NaN (as null) included."""
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, PurePath):
        return str(value)
    return _plain_container(value)


def _plain_container(value: object) -> Any:
    if dataclasses.is_dataclass(value):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # arrays and scalars of numpy, which is not imported here
        return plain(value.tolist())
    raise TypeError(f"{type(value).__name__} cannot travel as JSON")
