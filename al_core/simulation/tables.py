"""The finished rounds as tables: rounds.csv, timing.csv and picks.csv."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..errors import explain_disk_errors
from .chains import Unit
from .contestants import Contestant
from .journal import Entry
from .measures import Row, measures_of
from .world import World

ROUNDS, TIMING, PICKS = "rounds.csv", "timing.csv", "picks.csv"


class Tables:
    """Writes the tables of a folder, each whole or not at all."""

    def __init__(self, folder: Path, world: World, runs: Iterable[tuple[Contestant, int]]) -> None:
        """Remember what belongs into the tables, in the order of the rows."""
        self._folder, self._world = folder, world
        self._measures = measures_of(world)
        self._runs = tuple(runs)

    def write(self) -> None:
        """Write what is finished by now.

        Raises:
            StorageError: The disk is full.
        """
        found = [(*run, entry) for run in self._runs for entry in self._entries(*run)]
        columns = [*_KEYS, *self._measures.columns, "seconds"]
        self._table(ROUNDS, columns, (self._round(*item) for item in found))
        self._table(TIMING, _TIMING, (_timing(*item) for item in found))
        picks = (row for item in found for row in self._picks(*item))
        self._table(PICKS, self._pick_columns(), picks)

    def _entries(self, contestant: Contestant, seed: int) -> tuple[Entry, ...]:
        return Unit(seed, contestant).journal(self._folder).read()

    def _round(self, contestant: Contestant, seed: int, entry: Entry) -> Row:
        weights = None if contestant.query is None else entry.weight
        values = self._measures.of(entry, weights)
        return [contestant.label, seed, entry.round, *values, entry.seconds]

    def _pick_columns(self) -> list[str]:
        prefix = self._measures.prefix
        return [*_PICKS, *(f"{prefix}{name}" for name in self._world.legend.names)]

    def _picks(self, contestant: Contestant, seed: int, entry: Entry) -> Iterator[Row]:
        tiles, images = self._world.tiles, self._world.images
        for pick in entry.picks:
            yield [
                contestant.label,
                seed,
                entry.round,
                pick.rank,
                pick.tile,
                images[int(tiles.image[pick.tile])].name,
                int(tiles.row[pick.tile]),
                int(tiles.col[pick.tile]),
                pick.score,
                pick.class_name or "",
                pick.term,
                pick.value,
                pick.share,
                pick.text,
                *pick.px,
            ]

    def _table(self, name: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(value) for value in row] for row in rows)
        path = self._folder / name
        temporary = path.with_name(f".{name}.{os.getpid()}.tmp")
        with explain_disk_errors(path):
            temporary.write_text(text.getvalue(), encoding="utf-8")
            temporary.replace(path)


_KEYS = ("strategy", "seed", "round")
_TIMING = (*_KEYS, "fit_s", "scan_s", "query_s", "evaluate_s", "steps")
_PICKS = (
    *_KEYS,
    *("rank", "tile", "image", "row", "col", "score"),
    *("class", "term", "value", "share", "text"),
)


def _timing(contestant: Contestant, seed: int, entry: Entry) -> Row:
    times = (entry.fit_s, entry.scan_s, entry.query_s, entry.evaluate_s)
    return [contestant.label, seed, entry.round, *times, entry.steps]


def _cell(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.6f}" if math.isfinite(value) else ""
    return value
