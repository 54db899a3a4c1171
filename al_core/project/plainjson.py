"""JSON that any program reads: NaN becomes null, numpy's numbers become plain ones."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np


def dumps(value: object, indent: int | None = None) -> str:
    """Return JSON text; what is not finite becomes null, unknown objects become text."""
    return json.dumps(_plain(value), indent=indent, allow_nan=False, ensure_ascii=False)


def numbers(text: str) -> tuple[float, ...]:
    """Read an array of numbers in which null means NaN."""
    return tuple(math.nan if item is None else float(item) for item in json.loads(text))


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else str(value)
