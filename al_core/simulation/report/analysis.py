"""Learning curves of finished rounds: what each run reached, and with how many labels."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FULL = "full"  # the run that has every label of the pool
RARE = "rare"  # the key of the mean score of the rare classes
PIXELS = "labelled_pixels"
KEYS = ("strategy", "seed", "round", "labelled_tiles", PIXELS)


@dataclass(frozen=True)
class Run:
    """One strategy with one seed.

    Attributes:
        strategy: Its name as the command line has it.
        seed: The seed of the split, the first tiles and the training.
        rounds: (R,) round numbers, ascending.
        tiles: (R,) labelled tiles.
        pixels: (R,) labelled pixels; NaN where whole tiles are labelled.
        values: The other columns by name, (R,) each, NaN where undefined.
    """

    strategy: str
    seed: int
    rounds: NDArray[np.int64]
    tiles: Floats
    pixels: Floats
    values: Mapping[str, Floats]

    def column(self, key: str) -> Floats:
        """Return (R,) values of a column, NaN where there is none."""
        found = self.values.get(key)
        return np.full(len(self.rounds), np.nan) if found is None else found

    def last(self, key: str) -> float:
        """Return the value after the last round, NaN where undefined."""
        return float(self.column(key)[-1])


@dataclass(frozen=True)
class Curve:
    """The mean over seeds, round by round: (R,) each; `std` is NaN for a single seed."""

    rounds: NDArray[np.int64]
    tiles: Floats
    pixels: Floats
    mean: Floats
    std: Floats
    seeds: NDArray[np.int64]


def read_runs(path: Path, rare: Sequence[str] = (), by_class: str = "iou") -> tuple[Run, ...]:
    """Read rounds.csv.

    Args:
        path: The file; one that is not there yet gives no runs.
        rare: Classes whose mean score becomes the column RARE.
        by_class: What the columns of these scores begin with.

    Returns:
        The runs in the order in which their strategies appear, then by seed.
    """
    rows: dict[tuple[str, int], list[dict[str, str]]] = {}
    order: dict[str, int] = {}
    for row in _rows(path):
        order.setdefault(row["strategy"], len(order))
        rows.setdefault((row["strategy"], int(row["seed"])), []).append(row)
    keys = sorted(rows, key=lambda key: (order[key[0]], key[1]))
    columns = [f"{by_class}_{name}" for name in rare]
    return tuple(_run(key, rows[key], columns) for key in keys)


def _rows(path: Path) -> Iterable[dict[str, str]]:
    if not path.is_file():
        return
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if None not in row.values():  # a torn last line has lost some
                yield row


def _run(key: tuple[str, int], rows: list[dict[str, str]], rare: Sequence[str]) -> Run:
    rows = sorted(rows, key=lambda row: int(row["round"]))
    names = [name for name in rows[0] if name is not None and name not in KEYS]
    values = {name: np.array([_number(row.get(name)) for row in rows]) for name in names}
    if rare:
        values[RARE] = mean_defined(np.array([values[name] for name in rare if name in values]))
    return Run(
        *key,
        rounds=np.array([int(row["round"]) for row in rows]),
        tiles=np.array([float(row["labelled_tiles"]) for row in rows]),
        pixels=np.array([_number(row.get(PIXELS)) for row in rows]),
        values=values,
    )


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def mean_defined(values: Floats) -> Floats:
    """Return the mean along the first axis over what is not NaN; NaN where nothing is."""
    defined = np.isfinite(values)
    total = np.where(defined, values, 0.0).sum(axis=0)
    count = defined.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def deviation(values: Floats) -> Floats:
    """Return the standard deviation along the first axis, NaN below two values."""
    count = np.isfinite(values).sum(axis=0)
    squares = np.where(np.isfinite(values), (values - mean_defined(values)) ** 2, 0.0)
    spread = np.sqrt(squares.sum(axis=0) / np.maximum(count - 1, 1))
    return np.where(count > 1, spread, np.nan)


def curve(runs: Sequence[Run], key: str) -> Curve:
    """Return the mean and the spread of a column over the runs that have each round.

    Args:
        runs: Of one strategy, one per seed; they may have got differently far.
        key: A column of rounds.csv, or RARE.
    """
    rounds = sorted({int(number) for run in runs for number in run.rounds})
    table = np.full((3, len(runs), len(rounds)), np.nan)
    for row, run in enumerate(runs):
        at = np.searchsorted(rounds, run.rounds)
        for layer, values in enumerate((run.tiles, run.pixels, run.column(key))):
            table[layer, row, at] = values
    tiles, pixels, values = table
    return Curve(
        rounds=np.array(rounds, np.int64),
        tiles=mean_defined(tiles),
        pixels=mean_defined(pixels),
        mean=mean_defined(values),
        std=deviation(values),
        seeds=np.isfinite(values).sum(axis=0),
    )


def area_under_curve(tiles: Floats, values: Floats) -> float:
    """Return the trapezoid area under `values` over `tiles`, divided by the range of tiles.

    Args:
        tiles: (R,) labelled tiles, ascending.
        values: (R,) a measure; rounds where it is NaN are left out.

    Returns:
        The mean height of the curve: the value itself where there is one round, NaN for none.
    """
    defined = np.isfinite(values)
    x, y = tiles[defined], values[defined]
    if len(x) == 0:
        return math.nan
    if len(x) == 1 or x[-1] <= x[0]:
        return float(y.mean())
    return float((np.diff(x) * (y[1:] + y[:-1]) / 2).sum() / (x[-1] - x[0]))


def labels_needed(tiles: Floats, values: Floats, target: float) -> float | None:
    """Return how many labelled tiles first give `target`, by linear interpolation.

    Returns:
        Tiles, perhaps between two rounds; the first round's where that one suffices; None
        where the target is not reached.
    """
    defined = np.isfinite(values)
    x, y = tiles[defined], values[defined]
    above = np.flatnonzero(y >= target)
    if len(above) == 0 or not math.isfinite(target):
        return None
    at = int(above[0])
    if at == 0:
        return float(x[0])
    share = (target - y[at - 1]) / (y[at] - y[at - 1])
    return float(x[at - 1] + share * (x[at] - x[at - 1]))
