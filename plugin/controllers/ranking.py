"""Ranks the tiles anew from the last scan, here and now, without the engine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ...al_core import config, strategies
from ...al_core.errors import AlCoreError, QueryError
from ...al_core.project import RoundRecord
from ...al_core.scoring import PoolStatistics
from ...al_core.strategies.queueing import Ranking, has_columns, put_in_force, rank
from ...al_core.strategies.standing import Standing, read_standing
from ..messages import tr
from .background import Background
from .queue import QueueController
from .session import Session

STATISTICS = "statistics.npz"
SIMILAR = "similar"
SIMILAR_COUNT = 10
PAUSE_MS = 20  # for the queue to be painted: two threads of Python wait for each other


@dataclass(frozen=True)
class _Load:
    """Reading the scan of a round."""

    folder: Path
    number: int
    model_hash: str
    written: int  # when; a round may be scanned again


@dataclass(frozen=True, eq=False)
class _Rank:
    """Ranking with one scan."""

    load: _Load


class RankingController(QObject):
    """Keeps the scan of the current round at hand and ranks with it in a thread.

    Options come faster than rankings end while a slider is dragged: of those that wait only
    the newest is taken up. What is ranked is shown in the queue; `keep` puts it in force.
    """

    ready_changed = pyqtSignal(bool)
    ranked = pyqtSignal()
    kept = pyqtSignal()
    failed = pyqtSignal(object)
    similar_changed = pyqtSignal(object)  # the tile whose likes are shown, or None

    def __init__(self, session: Session, queue: QueueController) -> None:
        super().__init__()
        self._session = session
        self._queue = queue
        self._background = Background(self)
        self._background.ended.connect(self._end)
        self._load: _Load | None = None  # what is, or is to be, at hand
        self._statistics: PoolStatistics | None = None
        self._wish: config.QueryConfig | None = None
        self._to_keep: config.QueryConfig | None = None
        self._shown: Ranking | None = None
        self._standing: Standing | None = None  # of the project, until its labels change
        self._similar: int | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._go_on)
        session.opened.connect(self._take_round)
        session.rounds_changed.connect(self._take_round)
        session.picks_changed.connect(self._forget_shown)
        session.picks_changed.connect(self._take_round)
        session.labels_changed.connect(self._forget_standing)
        session.closed.connect(self._close)

    @property
    def is_ready(self) -> bool:
        """Whether there is a scan to rank with."""
        return self._statistics is not None

    def needs_scan(self, options: config.QueryConfig) -> bool:
        """Tell whether the strategy looks at something that the scan at hand does not have."""
        if self._statistics is None:
            return False
        return not has_columns(self._statistics, strategies.get(options.strategy).needs)

    def rank(self, options: config.QueryConfig) -> None:
        """Show what these options choose, as soon as it is known; do nothing without a scan."""
        if self._load is None or not self._session.is_open:
            return
        self._wish = options
        self._to_keep = None
        self._go_on()

    def keep(self, options: config.QueryConfig) -> None:
        """Put in force what these options chose, once it is known."""
        if self._shown is not None and self._shown.config == options:
            self._store(self._shown)
        else:
            self._to_keep = options

    def find_similar(self, tile_id: int) -> None:
        """Show the tiles most like this one; the queue in force stays as it is."""
        if not self.is_ready:
            self.failed.emit(
                QueryError(tr("No network has looked at the tiles yet; press Retrain first."))
            )
            return
        self.rank(config.QueryConfig(strategy=SIMILAR, like=tile_id, count=SIMILAR_COUNT))

    def back(self) -> None:
        """Show the queue in force again."""
        self._forget_shown()
        self._queue.show(None)

    def unload(self) -> None:
        """Wait for what runs."""
        self._pause.stop()
        self._background.close()

    def _take_round(self) -> None:
        """Read the scan of the newest round, unless it is at hand."""
        self._forget_standing()
        current = self._session.project.rounds.current()
        load = _load_of(current)
        if load == self._load:
            return
        self._load, self._statistics = load, None
        self._forget_shown()
        self.ready_changed.emit(False)  # noqa: FBT003 - Qt
        self._go_on()

    def _close(self) -> None:
        self._load = self._statistics = None
        self._forget_standing()
        self._forget_shown()
        self.ready_changed.emit(False)  # noqa: FBT003 - Qt

    def _forget_shown(self) -> None:
        self._wish = self._to_keep = self._shown = None
        self._set_similar(None)

    def _forget_standing(self, *_: object) -> None:
        self._standing = None

    def _go_on(self) -> None:
        """Start what is to be done next; what runs goes on until it ends."""
        if self._background.is_busy or self._pause.isActive() or self._load is None:
            return
        if self._statistics is None:
            path = self._load.folder / STATISTICS
            self._background.start(self._load, partial(PoolStatistics.load, path))
        elif self._wish is not None:
            options, self._wish = self._wish, None
            self._begin(options)

    def _begin(self, options: config.QueryConfig) -> None:
        """Take what the ranking needs from the project, whose database is this thread's."""
        try:
            _check_scan(options, self._statistics)
            if self._standing is None:
                self._standing = read_standing(self._session.project)
        except AlCoreError as error:
            self.failed.emit(error)
            return
        work = partial(rank, self._standing, self._statistics, options)
        self._background.start(_Rank(self._load), work)

    def _end(self, purpose: object, outcome: object) -> None:
        if isinstance(purpose, _Load):
            self._end_load(purpose, outcome)
        elif purpose.load == self._load:
            self._end_rank(outcome)
        self._pause.start()

    def _end_load(self, load: _Load, outcome: object) -> None:
        if load != self._load:
            return
        if isinstance(outcome, PoolStatistics) and outcome.model_hash == load.model_hash:
            self._statistics = outcome
            self.ready_changed.emit(True)  # noqa: FBT003 - Qt
            return
        self._load = None  # there is nothing to rank with; Retrain mends it
        if isinstance(outcome, Exception):
            self.failed.emit(outcome)

    def _end_rank(self, outcome: object) -> None:
        is_outdated = self._wish is not None or not self._session.is_open
        if isinstance(outcome, Exception):
            if not is_outdated:
                self.failed.emit(outcome)
            return
        self._shown = outcome
        wish = outcome.config
        self._set_similar(wish.like if wish.strategy == SIMILAR else None)
        self._queue.show(outcome.records)
        self.ranked.emit()
        if self._to_keep == wish:
            self._store(outcome)

    def _store(self, ranking: Ranking) -> None:
        """Put the picks in force, with the class gaps and weights they come from."""
        self._to_keep = None
        try:
            put_in_force(self._session.project, ranking)
        except AlCoreError as error:
            self.failed.emit(error)
            return
        self.kept.emit()

    def _set_similar(self, tile_id: int | None) -> None:
        if tile_id != self._similar:
            self._similar = tile_id
            self.similar_changed.emit(tile_id)


def _check_scan(options: config.QueryConfig, statistics: PoolStatistics) -> None:
    """Refuse a strategy that looks at what the scan was not asked for.

    Raises:
        QueryError: It does.
    """
    strategy = strategies.get(options.strategy)
    if not has_columns(statistics, strategy.needs):
        raise QueryError(
            tr(
                "“{strategy}” needs the network to look at the tiles once more: press Choose "
                "tiles, or Retrain."
            ).format(strategy=strategy.title)
        )


def _load_of(current: RoundRecord | None) -> _Load | None:
    if current is None or not current.scanned:
        return None
    written = (current.folder / STATISTICS).stat().st_mtime_ns
    return _Load(current.folder, current.number, current.model_hash, written)
