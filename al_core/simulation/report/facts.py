"""What a simulation says about itself in simulation.json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

GREY = "#888888"


@dataclass(frozen=True)
class Facts:
    """The facts, as written (`raw`) and in the forms that the analysis needs.

    Shares are shares of the labelled pixels, 0 to 1, by class name.
    """

    raw: Mapping[str, Json] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    colors: Mapping[str, str] = field(default_factory=dict)
    share: Mapping[str, float] = field(default_factory=dict)
    test_share: Mapping[str, float] = field(default_factory=dict)
    absent: tuple[str, ...] = ()

    @property
    def config(self) -> Mapping[str, Json]:
        """The frozen configuration."""
        found = self.raw.get("config")
        return found if isinstance(found, dict) else {}

    @property
    def command(self) -> str:
        """The exact command."""
        found = self.raw.get("command", "")
        return " ".join(map(str, found)) if isinstance(found, list) else str(found or "")

    @property
    def is_finished(self) -> bool:
        """Whether the simulation has come to its end."""
        return bool(self.raw.get("finished"))

    def number(self, key: str) -> int | None:
        """Return a whole number among the facts: a count, or the length of a list."""
        found = self.raw.get(key)
        if isinstance(found, list):
            return len(found)
        return int(found) if isinstance(found, (int, float)) else None


def read_facts(folder: Path) -> Facts:
    """Read the facts; a folder without simulation.json has none.

    Raises:
        json.JSONDecodeError: The file is damaged.
    """
    path = folder / "simulation.json"
    if not path.is_file():
        return Facts()
    whole = json.loads(path.read_text(encoding="utf-8"))
    raw = whole.get("facts", {})
    if "config" in whole:
        raw = {"config": whole["config"], **raw}
    return facts_of(raw)


def facts_of(raw: Mapping[str, Json]) -> Facts:
    """Return the facts in the forms that the analysis needs."""
    names = _list(raw.get("class_names"))
    classes = tuple(str(name) for name in names)
    return Facts(
        raw=raw,
        classes=classes,
        colors={k: _color(v) for k, v in _by_class(raw.get("class_colors"), classes).items()},
        share=_shares(raw.get("class_share"), classes),
        test_share=_shares(raw.get("test_share"), classes),
        absent=tuple(_names(_list(raw.get("absent_in_test")), classes)),
    )


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else ()


def _by_class(value: Json, classes: Sequence[str]) -> dict[str, Json]:
    """Return what is said of each class, be it listed in their order or by name."""
    if isinstance(value, dict):
        return dict(value)
    return dict(zip(classes, _list(value), strict=False))


def _shares(value: Json, classes: Sequence[str]) -> dict[str, float]:
    found = _by_class(value, classes)
    return {k: float(v) for k, v in found.items() if isinstance(v, (int, float))}


def _names(values: Iterable[Json], classes: Sequence[str]) -> Iterable[str]:
    for value in values:
        yield classes[value] if isinstance(value, int) else str(value)


def _color(value: Json) -> str:
    """Return #rrggbb of a colour that is written so or as three numbers."""
    if isinstance(value, list):
        red, green, blue = (int(v) for v in value[:3] if isinstance(v, (int, float)))
        return f"#{red:02x}{green:02x}{blue:02x}"
    text = str(value)
    return text if text.startswith("#") else GREY
