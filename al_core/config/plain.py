"""Configs as JSON and back."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any, TypeVar, get_type_hints

from ..errors import ConfigError

Config = TypeVar("Config")


def to_json(config: object) -> dict[str, Any]:
    """Return a config as plain JSON values."""
    return {
        item.name: _plain(getattr(config, item.name))
        for item in dataclasses.fields(config)  # type: ignore[arg-type]
    }


def from_json(kind: type[Config], data: Mapping[str, Any]) -> Config:
    """Return a config of type `kind` from JSON values; missing ones take their default.

    Raises:
        ConfigError: An option is unknown or its value is impossible.
    """
    hints = get_type_hints(kind)
    unknown = sorted(set(data) - set(hints))
    if unknown:
        raise ConfigError(
            f"{kind.__name__} has no option “{unknown[0]}”; it has {', '.join(hints)}."
        )
    return kind(**{name: _parsed(hints[name], name, data[name]) for name in data})


def _plain(value: object) -> object:
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value):
        return to_json(value)
    return list(value) if isinstance(value, tuple) else value


def _parsed(hint: Any, name: str, value: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        try:
            return hint(value)
        except ValueError as error:
            choices = ", ".join(str(choice.value) for choice in hint)
            raise ConfigError(f"“{value}” is not a {name}; choose one of {choices}.") from error
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return from_json(hint, value)
    return tuple(value) if isinstance(value, list) else value
