"""The compute device, as the verbs tell it."""

from __future__ import annotations

from ..models.device import choose
from .results import DeviceResult


def find() -> DeviceResult:
    """Return what the network will run on if nothing else is asked for."""
    found = choose()
    return DeviceResult(found.text, found.kind, found.memory_gb)
