"""The finished rounds as tables: rounds.csv, timing.csv and picks.csv."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..balance import imbalance
from ..errors import explain_disk_errors
from ..scoring import iou
from .chains import Unit
from .contestants import Contestant
from .journal import Entry
from .world import World

ROUNDS, TIMING, PICKS = "rounds.csv", "timing.csv", "picks.csv"

Floats = NDArray[np.float64]
Row = list[object]


@dataclass(frozen=True, eq=False)
class Metrics:
    """What a confusion says: float64 (K,) IoU and F1, NaN for classes without truth."""

    iou: Floats
    f1: Floats

    @classmethod
    def of(cls, confusion: NDArray[np.int64]) -> Metrics:
        """Return the metrics over the classes that the truth holds.

        Args:
            confusion: int64 (K, K), rows truth.
        """
        there = confusion.sum(axis=1) > 0
        values = np.where(there, iou(confusion), np.nan)
        return cls(values, 2 * values / (1 + values))

    @property
    def miou(self) -> float:
        """The mean IoU over the classes that the truth holds."""
        return _mean(self.iou)

    @property
    def macro_f1(self) -> float:
        """The mean F1 over the classes that the truth holds."""
        return _mean(self.f1)


class Tables:
    """Writes the tables of a folder, each whole or not at all."""

    def __init__(self, folder: Path, world: World, runs: Iterable[tuple[Contestant, int]]) -> None:
        """Remember what belongs into the tables, in the order of the rows."""
        self._folder, self._world = folder, world
        self._runs = tuple(runs)

    def write(self) -> None:
        """Write what is finished by now.

        Raises:
            StorageError: The disk is full.
        """
        found = [(*run, entry) for run in self._runs for entry in self._entries(*run)]
        self._table(ROUNDS, self._round_columns(), (self._round(*item) for item in found))
        self._table(TIMING, _TIMING, (_timing(*item) for item in found))
        picks = (row for item in found for row in self._picks(*item))
        self._table(PICKS, self._pick_columns(), picks)

    def _entries(self, contestant: Contestant, seed: int) -> tuple[Entry, ...]:
        return Unit(seed, contestant).journal(self._folder).read()

    def _round_columns(self) -> list[str]:
        names = self._world.legend.names
        by_class = [f"{kind}_{name}" for kind in ("iou", "f1", "weight") for name in names]
        return [*_KEYS, "labelled_tiles", "labelled_pixels", *_MEASURES, *by_class, "seconds"]

    def _round(self, contestant: Contestant, seed: int, entry: Entry) -> Row:
        found = Metrics.of(np.array(entry.confusion))
        pixels = np.array(entry.labelled_px)
        there = self._world.counts.any(axis=0)
        weights = entry.weight if contestant.query else [math.nan] * len(pixels)
        return [
            contestant.label,
            seed,
            entry.round,
            len(entry.labelled),
            int(pixels.sum()),
            found.miou,
            found.macro_f1,
            imbalance(pixels[there]).kl_all,
            Metrics.of(np.array(entry.validation)).miou,
            *found.iou.tolist(),
            *found.f1.tolist(),
            *weights,
            entry.seconds,
        ]

    def _pick_columns(self) -> list[str]:
        return [*_PICKS, *(f"px_{name}" for name in self._world.legend.names)]

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
_MEASURES = ("miou", "macro_f1", "kl", "validation_miou")
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


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else math.nan
