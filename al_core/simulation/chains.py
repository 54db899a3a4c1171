"""The pieces of work: the first round of a seed, a strategy's chain of rounds, full supervision."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..config import Start
from ..errors import QueryError, explain_disk_errors
from ..models.checkpoint import ABOUT_FILE
from ..progress import Part, Progress, checkpoint
from ..scoring import PoolStatistics
from ..strategies import Need
from ..strategies.queueing import has_columns
from .choosing import SCANNED, Evidence, choose, evidence, scan_for
from .contestants import FULL, Contestant
from .journal import Choice, Entry, Journal, Table
from .teachers import teacher_of
from .teaching import LOOK_SHARE, Assignment, Ids, Place, Taught

RUNS, STATE = "runs", "state"
START = "start"
STATISTICS = "statistics.npz"
DRAWS = 10_000
_MATRIX = 2  # dimensions

Told = Callable[[Entry], None]


@dataclass(frozen=True)
class Unit:
    """A piece of work: `contestant` is None for the first round that all of a seed share."""

    seed: int
    contestant: Contestant | None

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{self.contestant.slug if self.contestant else START}_s{self.seed}"

    @property
    def label(self) -> str:
        """What a person calls it."""
        return f"{self.contestant.label if self.contestant else 'first round'}, seed {self.seed}"

    @property
    def is_chain(self) -> bool:
        """Whether it is a strategy that chooses round by round."""
        return self.contestant is not None and self.contestant.query is not None

    @property
    def needs_start(self) -> bool:
        """Whether it goes on from the first round that its seed shares.

        A network that learns beside the other is there from the first round on, so that a
        strategy which needs it begins by itself, with the same tiles.
        """
        if self.contestant is None or self.contestant.query is None:
            return False
        return Need.LOSS not in self.contestant.strategy.needs

    def journal(self, folder: Path) -> Journal:
        """Return its finished rounds."""
        return Journal(folder / RUNS / f"{self.name}.jsonl")

    def rounds(self, rounds: int) -> int:
        """Return how many networks it trains, out of so many queries."""
        return self.entries(rounds) - self.needs_start

    def entries(self, rounds: int) -> int:
        """Return how many rounds it has in the end, out of so many queries."""
        return rounds + 1 if self.is_chain else 1

    def done(self, folder: Path) -> int:
        """Return how many of these are trained; the first one of a chain is not its own."""
        return max(len(self.journal(folder).read()) - self.needs_start, 0)


@dataclass
class _Stretch:
    """Scales the progress of one round into that of its chain."""

    progress: Progress
    first: int
    total: int

    def part(self, number: int) -> Progress:
        """Return the progress of the round with this number."""
        done = number - self.first
        return Part(self.progress, done / self.total, (done + 1) / self.total)


def work(place: Place, unit: Unit, told: Told, progress: Progress) -> None:
    """Do a piece of work from where it stopped.

    Args:
        place: World, split, device and seed.
        unit: What to do.
        told: Hears of every finished round, once it is on the disk.
        progress: The watcher.

    Raises:
        AlCoreError: Something is wrong, and what to do about it.
        Cancelled: The user cancelled; finished rounds stay.
    """
    journal = unit.journal(place.folder)
    journal.mend()
    if unit.contestant is None:
        _first_round(place, unit, told, progress)
    elif unit.contestant.query is None:
        _full(place, unit, told, progress)
    else:
        _Chain(place, unit, unit.contestant, told, progress).run()


def initial_ids(place: Place) -> Ids:
    """Return the tiles of round 0: at random, drawn again until they can teach something."""
    rng = np.random.default_rng([place.seed, 0])
    drawn = np.zeros(0, dtype=np.int64)
    for _ in range(DRAWS):
        drawn = np.sort(rng.choice(place.split.pool, place.config.initial, replace=False))
        if place.world.can_teach(drawn):
            break
    return drawn


def _first_round(place: Place, unit: Unit, told: Told, progress: Progress) -> None:
    """Train on the first tiles and scan for everybody; both are kept."""
    started = time.monotonic()
    ids = initial_ids(place)
    taught = teacher_of(place).teach(Assignment(ids, 0), progress)
    before_scan = time.monotonic()
    needs = taught.can_tell  # for any strategy: some may be added later
    statistics = scan_for(place, taught, ids, needs, Part(progress, LOOK_SHARE, 1.0))
    scan_s = time.monotonic() - before_scan
    folder = place.folder / STATE / unit.name
    with explain_disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        statistics.save(folder / STATISTICS)
        np.save(folder / "tile_confusions.npy", taught.validation.tile_confusions)
        taught.keep(folder / "r0")
    taught.picture(START, 0, ())
    entry = _entry(place, 0, ids, taught)
    entry = replace(entry, scan_s=scan_s, seconds=time.monotonic() - started)
    unit.journal(place.folder).append(entry)
    told(entry)


def _full(place: Place, unit: Unit, told: Told, progress: Progress) -> None:
    started = time.monotonic()
    ids = place.split.pool
    taught = teacher_of(place).teach(Assignment(ids, 0), progress)
    taught.picture(FULL, 0, ())
    entry = replace(_entry(place, 0, ids, taught), seconds=time.monotonic() - started)
    unit.journal(place.folder).append(entry)
    told(entry)


@dataclass
class _Chain:
    """One strategy with one seed."""

    place: Place
    unit: Unit
    contestant: Contestant
    told: Told
    progress: Progress

    def run(self) -> None:
        """Go on until the last round."""
        history = list(self.unit.journal(self.place.folder).read())
        if not history and self.unit.needs_start:
            history = [self._inherit()]
        last = self.place.config.rounds
        stretch = _Stretch(self.progress, len(history), max(last + 1 - len(history), 1))
        for number in range(len(history), last + 1):
            history.append(self._round(number, history, stretch.part(number)))

    def _inherit(self) -> Entry:
        """Take over the round that all strategies of the seed share, and choose from it."""
        place = self.place
        start = Unit(place.seed, None)
        entry = start.journal(place.folder).read()[0]
        folder = place.folder / STATE / start.name
        began = time.monotonic()
        statistics = PoolStatistics.load(folder / STATISTICS)
        if not has_columns(statistics, self.contestant.strategy.needs):
            raise QueryError(
                f"The first round of seed {place.seed} is of an older version, which did not look "
                f"for what “{self.contestant.label}” needs; choose another folder."
            )
        found = evidence(
            place,
            self.contestant,
            np.array(entry.validation),
            np.load(folder / "tile_confusions.npy"),
            np.array(entry.labelled),
        )
        entry = self._finished(entry, found, (), ())
        picks: tuple[Choice, ...] = ()
        if place.config.rounds:
            picks = choose(place, self.contestant, statistics, found, [entry])
            entry = self._finished(entry, found, (), picks)
        needs_scan = self.contestant.strategy.needs & SCANNED
        query_s = time.monotonic() - began
        entry = replace(
            entry,
            query_s=query_s,
            scan_s=entry.scan_s if needs_scan else 0.0,
            seconds=entry.fit_s + entry.evaluate_s + query_s + (entry.scan_s if needs_scan else 0),
        )
        teacher_of(place).inherit_picture(START, self.contestant.slug, picks)
        self.unit.journal(place.folder).append(entry)
        return entry

    def _round(self, number: int, history: list[Entry], progress: Progress) -> Entry:
        place = self.place
        started = time.monotonic()
        checkpoint(progress, 0.0, f"{self.unit.label}: round {number}")
        needs = self.contestant.strategy.needs
        ids = self._labelled(history)
        task = Assignment(ids, number, self._previous(number), needs)
        taught = teacher_of(place).teach(task, progress)
        found = evidence(
            place,
            self.contestant,
            taught.validation.confusion,
            taught.validation.tile_confusions,
            ids,
        )
        entry = self._finished(_entry(place, number, ids, taught), found, (), ())
        picks: tuple[Choice, ...] = ()
        scan_s = query_s = 0.0
        if number < place.config.rounds:
            began = time.monotonic()
            statistics = scan_for(place, taught, ids, needs, Part(progress, LOOK_SHARE, 1.0))
            scanned = time.monotonic()
            picks = choose(place, self.contestant, statistics, found, [*history, entry])
            scan_s, query_s = scanned - began, time.monotonic() - scanned
        self._leave(number, taught, picks)
        entry = replace(
            self._finished(entry, found, (), picks),
            scan_s=scan_s,
            query_s=query_s,
            seconds=time.monotonic() - started,
        )
        self.unit.journal(place.folder).append(entry)
        self.told(entry)
        return entry

    def _labelled(self, history: list[Entry]) -> Ids:
        """Return the tiles that the next round learns from."""
        if not history:
            return initial_ids(self.place)
        before = history[-1]
        return np.sort(np.array([*before.labelled, *(pick.tile for pick in before.picks)]))

    def _finished(
        self, entry: Entry, found: Evidence, notes: tuple[str, ...], picks: tuple[Choice, ...]
    ) -> Entry:
        return replace(
            entry, weight=tuple(found.weights.tolist()), picks=picks, notes=(*entry.notes, *notes)
        )

    @property
    def _looks_back(self) -> bool:
        """Whether a round needs the network of the one before."""
        is_cold = self.place.config.start is Start.COLD
        return not is_cold or Need.BEFORE in self.contestant.strategy.needs

    def _previous(self, number: int) -> Path | None:
        if not number or not self._looks_back:
            return None
        shared = number == 1 and self.unit.needs_start
        name = Unit(self.place.seed, None).name if shared else self.unit.name
        folder = self.place.folder / STATE / name / f"r{number - 1}"
        # Simulations of older versions kept none where rounds start cold.
        is_there = (folder / ABOUT_FILE).is_file()
        return folder if is_there or self.place.config.start is not Start.COLD else None

    def _leave(self, number: int, taught: Taught, picks: tuple[Choice, ...]) -> None:
        """Leave what the next round goes on from, and a picture if this round has one."""
        if self._looks_back:
            folder = self.place.folder / STATE / self.unit.name
            with explain_disk_errors(folder):
                taught.keep(folder / f"r{number}")
                shutil.rmtree(folder / f"r{number - 2}", ignore_errors=True)
        taught.picture(self.contestant.slug, number, picks)


def _entry(place: Place, number: int, ids: Ids, taught: Taught) -> Entry:
    return Entry(
        round=number,
        labelled=tuple(ids.tolist()),
        labelled_px=tuple(place.world.counts[ids].sum(axis=0).tolist()),
        confusion=_rows(taught.test.confusion),
        validation=_rows(taught.validation.confusion),
        weight=(),
        temperature=float(taught.temperature),
        ece=float(taught.test.ece),
        accuracy=taught.accuracy,
        picks=(),
        steps=taught.fitted.steps,
        fit_s=taught.fit_s,
        scan_s=0.0,
        query_s=0.0,
        evaluate_s=taught.evaluate_s,
        seconds=0.0,
        notes=taught.fitted.notes,
    )


def _rows(table: NDArray[np.int64]) -> Table:
    if table.ndim > _MATRIX:
        return tuple(tuple(tuple(row) for row in part) for part in table.tolist())
    return tuple(tuple(row) for row in table.tolist())
