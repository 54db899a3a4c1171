"""A simulation folder, analysed: the figures behind the report and summary.json."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ...errors import ConfigError, explain_disk_errors
from .analysis import (
    FULL,
    RARE,
    Curve,
    Run,
    area_under_curve,
    curve,
    labels_needed,
    mean_defined,
    read_runs,
)
from .facts import Facts, Json, read_facts
from .pairs import Pair, win_matrix
from .picks import Picked, read_picks
from .yardstick import Yardstick, rare_below, yardstick_of

TARGETS = (0.90, 0.95, 0.99)  # of the main measure of full supervision
BySeed = dict[int, float]


@dataclass(frozen=True)
class Needed:
    """Labelled tiles that reach a share of full supervision: by seed, and on the mean curve.

    None stands for a target that is not reached; `target` is what the mean curve has to reach.
    """

    target: float
    by_seed: Mapping[int, float | None]
    of_mean: float | None


@dataclass(frozen=True)
class Analysis:
    """Everything that can be said of a folder; half-filled ones give half of it.

    Areas, wins and label counts are those of the runs that have come to the last round, so
    that no strategy is judged by its first rounds alone.
    """

    facts: Facts
    runs: tuple[Run, ...]
    picks: Mapping[str, Picked]
    rare: tuple[str, ...]
    classes: tuple[str, ...]
    absent: tuple[str, ...]

    @cached_property
    def strategies(self) -> tuple[str, ...]:
        """The strategies that have at least one round, without full supervision."""
        return tuple(dict.fromkeys(run.strategy for run in self.runs if run.strategy != FULL))

    @cached_property
    def seeds(self) -> tuple[int, ...]:
        """All seeds that have at least one round."""
        return tuple(sorted({run.seed for run in self.runs}))

    @cached_property
    def yardstick(self) -> Yardstick:
        """What it is judged by."""
        return yardstick_of(self.facts)

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """The measures that are there: the rare classes' only where there are such."""
        return tuple(key for key in self.yardstick.keys if key != RARE or self.rare)

    def name_of(self, key: str) -> str:
        """Return what a measure is called."""
        return self.yardstick.names[key]

    def column_of(self, name: str) -> str:
        """Return the column that holds the score of a class."""
        return f"{self.yardstick.by_class}_{name}"

    @cached_property
    def last_round(self) -> int:
        """The round at which a run is complete."""
        seen = max((int(r.rounds[-1]) for r in self.runs if r.strategy != FULL), default=0)
        planned = self.facts.config.get("rounds")
        if self.facts.is_finished or not isinstance(planned, int):
            return seen
        return max(seen, planned)

    @cached_property
    def absent_in_seeds(self) -> dict[str, tuple[int, ...]]:
        """The classes that the test labels of some seeds lack, though not of all."""
        lacking: dict[str, tuple[int, ...]] = {}
        for name in self.classes:
            column = self.column_of(name)
            there = {run.seed for run in self.runs if np.isfinite(run.column(column)).any()}
            missing = tuple(seed for seed in self.seeds if seed not in there)
            if missing and name not in self.absent:
                lacking[name] = missing
        return lacking

    def of(self, strategy: str) -> tuple[Run, ...]:
        """Return the runs of a strategy, one per seed."""
        return tuple(run for run in self.runs if run.strategy == strategy)

    def complete(self, strategy: str) -> tuple[Run, ...]:
        """Return the runs of a strategy that have come to the last round."""
        last = 0 if strategy == FULL else self.last_round
        return tuple(run for run in self.of(strategy) if run.rounds[-1] >= last)

    def curve(self, strategy: str, key: str) -> Curve:
        """Return the learning curve of a strategy."""
        return curve(self.of(strategy), key)

    def areas(self, key: str) -> dict[str, BySeed]:
        """Return the area under the budget curve of every complete run."""
        return {
            name: {r.seed: area_under_curve(r.tiles, r.column(key)) for r in self.complete(name)}
            for name in self.strategies
        }

    def finals(self, key: str) -> dict[str, BySeed]:
        """Return the value after the last round of every complete run, full supervision too."""
        names = (FULL, *self.strategies) if self.of(FULL) else self.strategies
        return {name: {r.seed: r.last(key) for r in self.complete(name)} for name in names}

    def pairs(self, key: str) -> tuple[Pair, ...]:
        """Return every ordered pair of strategies, compared by area."""
        return win_matrix(self.areas(key))

    def full(self, key: str = "") -> BySeed:
        """Return what full supervision reaches, by seed, in the main measure or another."""
        return {run.seed: run.last(key or self.yardstick.main) for run in self.of(FULL)}

    def needed(self, strategy: str, share: float) -> Needed:
        """Return how many labels reach `share` of what full supervision does."""
        full = self.full()
        mean_full = average(full)[0]
        targets = {run.seed: share * full.get(run.seed, mean_full) for run in self.of(strategy)}
        return self.reached(strategy, share * mean_full, targets)

    def reached(
        self, strategy: str, target: float, targets: Mapping[int, float] | None = None
    ) -> Needed:
        """Return how many labels reach a level of the main measure.

        Args:
            strategy: Whose labels.
            target: Of the mean curve.
            targets: Of the runs by seed; the same for all if None.
        """
        key, whole = self.yardstick.main, self.complete(strategy)
        mean = curve(whole, key)
        levels = dict.fromkeys(self.seeds, target) if targets is None else targets
        return Needed(
            target=target,
            by_seed={
                run.seed: labels_needed(run.tiles, run.column(key), levels[run.seed])
                for run in whole
            },
            of_mean=labels_needed(mean.tiles, mean.mean, target),
        )

    def class_values(self, strategy: str) -> dict[str, tuple[float, float]]:
        """Return mean and deviation of each class's final score; NaN for classes not tested."""
        return {
            name: (math.nan, math.nan)
            if name in self.absent
            else average(
                {run.seed: run.last(self.column_of(name)) for run in self.complete(strategy)}
            )
            for name in self.classes
        }

    def hours(self, strategy: str) -> float:
        """Return the mean measured hours of a complete run."""
        seconds = [float(np.nansum(r.column("seconds"))) for r in self.complete(strategy)]
        return float(np.mean(seconds)) / 3600 if seconds else math.nan


def average(values: Mapping[int, float]) -> tuple[float, float]:
    """Return the mean and the standard deviation of what is defined, NaN where nothing is."""
    found = np.array([value for value in values.values() if math.isfinite(value)])
    spread = float(found.std(ddof=1)) if len(found) > 1 else math.nan
    return float(mean_defined(found)) if len(found) else math.nan, spread


def analyse(folder: Path, rare: Sequence[str] = ()) -> Analysis:
    """Read a simulation folder.

    Args:
        folder: Where the simulation writes; anything may be missing.
        rare: Class names; by default those with few of the pool's labels.

    Raises:
        ConfigError: A rare class is none of the classes.
    """
    facts = read_facts(folder)
    path = folder / "rounds.csv"
    by_class = yardstick_of(facts).by_class
    classes = facts.classes or _classes_of(path, f"{by_class}_")
    plain = read_runs(path)
    absent = tuple(n for n in classes if _is_absent(facts, plain, n, f"{by_class}_{n}"))
    chosen = named_classes(rare, classes) if rare else rare_classes(facts, classes)
    tested = tuple(name for name in chosen if name not in absent)
    return Analysis(
        facts=facts,
        runs=read_runs(path, tested, by_class),
        picks=read_picks(folder / "picks.csv"),
        rare=tested,
        classes=classes,
        absent=absent,
    )


def _classes_of(path: Path, prefix: str) -> tuple[str, ...]:
    if not path.is_file():
        return ()
    with path.open(newline="", encoding="utf-8") as file:
        header = next(csv.reader(file), [])
    return tuple(name.removeprefix(prefix) for name in header if name.startswith(prefix))


def _is_absent(facts: Facts, runs: Sequence[Run], name: str, column: str) -> bool:
    """Tell whether no test labels hold a class; what is written is about the first seed's."""
    if name in facts.absent and facts.config.get("resplit") is not True:
        return True
    return bool(runs) and not any(np.isfinite(run.column(column)).any() for run in runs)


def named_classes(names: Sequence[str], classes: Sequence[str]) -> tuple[str, ...]:
    """Return the classes of these names, whatever their case.

    Raises:
        ConfigError: A name is none of the classes.
    """
    known = {name.casefold(): name for name in classes}
    unknown = [name for name in names if name.casefold() not in known]
    if unknown:
        raise ConfigError(
            f"There is no class “{unknown[0]}”; choose among {', '.join(classes) or 'none'}."
        )
    return tuple(known[name.casefold()] for name in names)


def rare_classes(facts: Facts, classes: Sequence[str]) -> tuple[str, ...]:
    """Return the classes that the pool has, but few of its labels; see `rare_below`."""
    below = rare_below(facts, len(classes))
    return tuple(name for name in classes if 0 < facts.share.get(name, 1.0) < below)


def summary_of(found: Analysis) -> dict[str, Json]:
    """Return the facts and the analysis as JSON."""
    names = found.strategies
    analysis: dict[str, Json] = {
        "strategies": list(names),
        "seeds": list(found.seeds),
        "last_round": found.last_round,
        "complete": {name: [run.seed for run in found.complete(name)] for name in names},
        "rare_classes": list(found.rare),
        "classes_absent_in_test": list(found.absent),
        "classes_absent_in_seeds": {k: list(v) for k, v in found.absent_in_seeds.items()},
        "curves": {n: {key: _curve(found.curve(n, key)) for key in found.metrics} for n in names},
        "full": {key: _stats(found.full(key)) for key in found.metrics},
        "aubc": {k: {n: _stats(v) for n, v in found.areas(k).items()} for k in found.metrics},
        "final": {k: {n: _stats(v) for n, v in found.finals(k).items()} for k in found.metrics},
        f"final_{found.yardstick.by_class}": {
            name: {k: _finite(v[0]) for k, v in found.class_values(name).items()}
            for name in (*names, FULL)
        },
        "labels_needed": {
            n: {f"{t:.0%}": _needed(found.needed(n, t), found.yardstick.main) for t in TARGETS}
            for n in names
        },
        "pairs": {key: [_pair(pair) for pair in found.pairs(key)] for key in found.metrics},
        "picked": {name: dict(picked.share) for name, picked in found.picks.items()},
        "hours": {name: _finite(found.hours(name)) for name in (*names, FULL)},
    }  # fmt: skip
    return {**found.facts.raw, "analysis": analysis}


def write_summary(folder: Path, found: Analysis) -> Path:
    """Write summary.json, whole or not at all.

    Raises:
        StorageError: The disk is full, read-only or protected.
    """
    return write_whole(folder / "summary.json", json.dumps(summary_of(found), indent=1) + "\n")


def write_whole(path: Path, text: str) -> Path:
    """Write a text file beside its place, then put it there.

    Raises:
        StorageError: The disk is full, read-only or protected.
    """
    part = path.with_name(path.name + ".part")
    with explain_disk_errors(path):
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    return path


def _finite(value: float | None) -> float | None:
    return round(value, 6) if value is not None and math.isfinite(value) else None


def _stats(values: Mapping[int, float]) -> Json:
    mean, spread = average(values)
    by_seed: dict[str, Json] = {str(seed): _finite(value) for seed, value in values.items()}
    return {"by_seed": by_seed, "mean": _finite(mean), "std": _finite(spread)}


def _curve(found: Curve) -> Json:
    half = np.nan_to_num(found.std)
    columns = {
        "labelled_tiles": found.tiles,
        "labelled_pixels": found.pixels,
        "mean": found.mean,
        "std": found.std,
        "low": found.mean - half,
        "high": found.mean + half,
    }
    listed: dict[str, Json] = {k: [_finite(float(v)) for v in c] for k, c in columns.items()}
    return {"round": found.rounds.tolist(), "seeds": found.seeds.tolist(), **listed}


def _needed(found: Needed, key: str) -> Json:
    by_seed: dict[str, Json] = {str(seed): _finite(v) for seed, v in found.by_seed.items()}
    return {
        f"target_{key}": _finite(found.target),
        "by_seed": by_seed,
        "of_mean_curve": _finite(found.of_mean),
    }


def _pair(pair: Pair) -> Json:
    return {
        "first": pair.first,
        "second": pair.second,
        "seeds": pair.seeds,
        "wins": pair.wins,
        "difference": _finite(pair.difference),
        "standard_error": _finite(pair.error),
        "p": _finite(pair.p),
    }
