"""What each strategy chose to have labelled, class by class."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PREFIXES = ("px_", "tag_")  # of the columns that count pixels, or tiles


@dataclass
class Picked:
    """The tiles that a strategy picked, over all its seeds and rounds.

    Attributes:
        tiles: How many.
        pixels: Their true pixels by class; or how many of the tiles show it.
        asked: How many were picked for the sake of each class, where the strategy says so.
        seeds: The seeds that it picked with.
    """

    tiles: int = 0
    pixels: dict[str, float] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    seeds: set[str] = field(default_factory=set)

    @property
    def share(self) -> Mapping[str, float]:
        """The share of each class in the picked pixels, 0 to 1."""
        total = sum(self.pixels.values())
        return {name: px / total for name, px in self.pixels.items()} if total else {}


def read_picks(path: Path) -> dict[str, Picked]:
    """Add up picks.csv by strategy; a file that is not there yet gives nothing."""
    found: dict[str, Picked] = {}
    if not path.is_file():
        return found
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row.get("strategy"):
                _add(found.setdefault(row["strategy"], Picked()), row)
    return found


def _add(picked: Picked, row: Mapping[str, str | None]) -> None:
    picked.tiles += 1
    picked.seeds.add(row.get("seed") or "")
    if name := row.get("class"):
        picked.asked[name] = picked.asked.get(name, 0) + 1
    for column, value in row.items():
        if column and column.startswith(PREFIXES) and value:
            name = column.partition("_")[2]
            picked.pixels[name] = picked.pixels.get(name, 0.0) + float(value)
