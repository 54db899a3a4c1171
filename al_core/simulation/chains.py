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
from ..errors import explain_disk_errors
from ..models import SegmentationNetwork
from ..progress import Part, Progress, checkpoint
from ..scoring import PoolStatistics
from ..strategies import Need
from .choosing import SCANNED, Evidence, choose, evidence, scan_for
from .contestants import FULL, Contestant
from .journal import Choice, Entry, Journal
from .preview import Preview
from .teaching import (
    LOOK_SHARE,
    Ids,
    Place,
    Taught,
    has_dropout,
    load_network,
    save_network,
    teach,
)

RUNS, STATE = "runs", "state"
START = "start"
STATISTICS = "statistics.npz"
DRAWS = 10_000

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
    def needs_start(self) -> bool:
        """Whether the first round of its seed has to be there."""
        return self.contestant is not None and self.contestant.query is not None

    def journal(self, folder: Path) -> Journal:
        """Return its finished rounds."""
        return Journal(folder / RUNS / f"{self.name}.jsonl")

    def rounds(self, rounds: int) -> int:
        """Return how many networks it trains, out of so many queries."""
        return rounds if self.needs_start else 1

    def done(self, folder: Path) -> int:
        """Return how many of these are trained; the first one of a chain is not its own."""
        entries = len(self.journal(folder).read())
        return max(entries - 1, 0) if self.needs_start else entries


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
    """Return the tiles of round 0: at random, drawn again until they hold two classes."""
    rng = np.random.default_rng([place.seed, 0])
    counts = place.world.counts
    drawn = np.zeros(0, dtype=np.int64)
    for _ in range(DRAWS):
        drawn = np.sort(rng.choice(place.split.pool, place.config.initial, replace=False))
        if np.count_nonzero(counts[drawn].sum(axis=0)) > 1:
            break
    return drawn


def _first_round(place: Place, unit: Unit, told: Told, progress: Progress) -> None:
    """Train on the first tiles and scan for everybody; both are kept."""
    started = time.monotonic()
    ids = initial_ids(place)
    taught = teach(place, ids, 0, None, progress)
    needs = frozenset(Need)  # of any strategy: some may be added later
    if not has_dropout(taught.network):
        needs -= {Need.DROPOUT}
    before_scan = time.monotonic()
    statistics = scan_for(place, taught, ids, needs, Part(progress, LOOK_SHARE, 1.0))
    scan_s = time.monotonic() - before_scan
    folder = place.folder / STATE / unit.name
    with explain_disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        statistics.save(folder / STATISTICS)
        np.save(folder / "tile_confusions.npy", taught.validation.tile_confusions)
        if place.config.start is not Start.COLD:
            save_network(folder / "r0", taught.network)
    if place.seed == place.config.seeds[0]:
        Preview.of(place).write(taught.forward, START, place.seed, 0)
    entry = _entry(place, 0, ids, taught)
    entry = replace(entry, scan_s=scan_s, seconds=time.monotonic() - started)
    unit.journal(place.folder).append(entry)
    told(entry)


def _full(place: Place, unit: Unit, told: Told, progress: Progress) -> None:
    started = time.monotonic()
    ids = place.split.pool
    taught = teach(place, ids, 0, None, progress)
    if place.seed == place.config.seeds[0]:
        Preview.of(place).write(taught.forward, FULL, place.seed, 0)
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
        history = list(self.unit.journal(self.place.folder).read()) or [self._inherit()]
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
        found = evidence(
            place,
            self.contestant,
            np.array(entry.validation),
            np.load(folder / "tile_confusions.npy"),
            np.array(entry.labelled),
        )
        entry = self._finished(entry, found, (), ())
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
        Preview.of(place).inherit(self.contestant.slug, place.seed)
        self.unit.journal(place.folder).append(entry)
        return entry

    def _round(self, number: int, history: list[Entry], progress: Progress) -> Entry:
        place = self.place
        started = time.monotonic()
        checkpoint(progress, 0.0, f"{self.unit.label}: round {number}")
        before = history[-1]
        ids = np.sort(np.array([*before.labelled, *(pick.tile for pick in before.picks)]))
        taught = teach(place, ids, number, self._previous(number), progress)
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
            needs = self.contestant.strategy.needs
            statistics = scan_for(place, taught, ids, needs, Part(progress, LOOK_SHARE, 1.0))
            scanned = time.monotonic()
            picks = choose(place, self.contestant, statistics, found, [*history, entry])
            scan_s, query_s = scanned - began, time.monotonic() - scanned
        self._leave(number, taught)
        entry = replace(
            self._finished(entry, found, (), picks),
            scan_s=scan_s,
            query_s=query_s,
            seconds=time.monotonic() - started,
        )
        self.unit.journal(place.folder).append(entry)
        self.told(entry)
        return entry

    def _finished(
        self, entry: Entry, found: Evidence, notes: tuple[str, ...], picks: tuple[Choice, ...]
    ) -> Entry:
        return replace(
            entry, weight=tuple(found.weights.tolist()), picks=picks, notes=(*entry.notes, *notes)
        )

    def _previous(self, number: int) -> SegmentationNetwork | None:
        if self.place.config.start is Start.COLD:
            return None
        own = self.place.folder / STATE / self.unit.name / f"r{number - 1}"
        first = self.place.folder / STATE / Unit(self.place.seed, None).name / "r0"
        return load_network(own if number > 1 else first, self.place.device)

    def _leave(self, number: int, taught: Taught) -> None:
        """Leave what the next round goes on from, and the map if this round shows one."""
        place = self.place
        if place.config.start is not Start.COLD:
            folder = place.folder / STATE / self.unit.name
            with explain_disk_errors(folder):
                save_network(folder / f"r{number}", taught.network)
                shutil.rmtree(folder / f"r{number - 2}", ignore_errors=True)
        preview = Preview.of(place)
        if place.seed == place.config.seeds[0] and number in preview.rounds:
            preview.write(taught.forward, self.contestant.slug, place.seed, number)


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
        picks=(),
        steps=taught.fitted.steps,
        fit_s=taught.fit_s,
        scan_s=0.0,
        query_s=0.0,
        evaluate_s=taught.evaluate_s,
        seconds=0.0,
        notes=taught.fitted.notes,
    )


def _rows(table: NDArray[np.int64]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(row) for row in table.tolist())
