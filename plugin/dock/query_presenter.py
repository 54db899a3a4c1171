"""Fills the queue and what chooses it from the controllers, and carries their wishes to them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from qgis.PyQt.QtCore import QObject, QTimer

from ...al_core import config, strategies
from ...al_core.project import PickRecord, Role
from ...al_core.strategies import Need
from .. import messages, settings
from ..controllers.hints import HintController
from ..controllers.queue import QueueController
from ..controllers.ranking import RankingController
from ..controllers.session import Session
from ..controllers.similar import SimilarController
from .rows import ClassRow, QueueRow
from .work_panel import WorkPanel

SETTLE_MS = 200  # strokes come in bursts; the ticks in the queue follow when they pause


class QueryPresenter(QObject):
    """Binds the queue, the options of the query and the reasons."""

    def __init__(
        self,
        panel: WorkPanel,
        session: Session,
        queue: QueueController,
        ranking: RankingController,
        similar: SimilarController,
        hints: HintController,
    ) -> None:
        super().__init__(panel)
        self._panel = panel
        self._session = session
        self._queue = queue
        self._is_cold = False
        self._ranking = ranking
        self._looked_at: set[Path] = set()  # projects whose tiles have features before a round
        self._classes: tuple[ClassRow, ...] = ()  # names and colours only
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._show_labels)
        panel.query.set_query_config(_kept())
        panel.why.set_hint(settings.HINT.get())
        self._bind_queue()
        self._bind_query(ranking)
        self._bind_similar(similar, ranking)
        self._bind_folds()
        panel.why.hint_toggled.connect(hints.set_visible)
        panel.why.hint_toggled.connect(settings.HINT.set)
        hints.ready_changed.connect(panel.why.set_map_ready)
        session.opened.connect(self._open)
        session.rounds_changed.connect(self._show_stage)
        session.picks_changed.connect(self._show_new_queue)
        session.labels_changed.connect(lambda _tiles: self._settle.start())
        session.closed.connect(self._settle.stop)

    def _show_queue(self) -> None:
        """Show the picks, and which of them are labelled by now."""
        if not self._session.is_open:
            return
        labelled = self._queue.labelled_tiles()
        self._panel.queue.set_rows(queue_rows(self._queue.picks(), self._classes, labelled))
        if self._queue.current is not None:
            self._panel.queue.set_current(self._queue.current)

    def _show_labels(self) -> None:
        """Show what the labels have changed: the ticks, and the classes without any."""
        if not self._session.is_open:
            return
        self._show_queue()
        pixels = self._session.project.answers.class_pixels(Role.POOL)
        none = [row.name for row in self._classes if not pixels[row.index]]
        self._panel.query.show_missing(none if len(none) < len(self._classes) else ())

    def _show_new_queue(self) -> None:
        """Show another queue, without the place that the old one was at."""
        self._panel.queue.set_current(None)
        self._show_labels()

    def _bind_queue(self) -> None:
        table = self._panel.queue
        table.tile_requested.connect(self._queue.fly_to)
        table.next_requested.connect(self._queue.next)
        table.previous_requested.connect(self._queue.previous)
        table.row_shown.connect(self._explain)
        self._queue.current_changed.connect(table.set_current)
        self._queue.picks_shown.connect(self._show_queue)
        self._queue.busy_changed.connect(self._show_busy)

    def _bind_query(self, ranking: RankingController) -> None:
        query = self._panel.query
        query.query_requested.connect(self._ask)
        query.options_changed.connect(ranking.rank)
        query.options_settled.connect(ranking.keep)
        query.options_settled.connect(_keep)
        ranking.ranked.connect(self._clear_problem)
        ranking.failed.connect(self._show_problem)

    def _bind_similar(self, similar: SimilarController, ranking: RankingController) -> None:
        table = self._panel.queue
        table.similar_requested.connect(similar.find)
        table.similar_click_requested.connect(similar.find_by_click)
        table.back_requested.connect(ranking.back)
        ranking.similar_changed.connect(table.set_similar)
        ranking.ready_changed.connect(table.set_similar_ready)
        similar.failed.connect(self._show_problem)

    def _bind_folds(self) -> None:
        """Fold and unfold as the analyst left it; the beginning of a project unfolds the choice."""
        reason, choice = self._panel.reason, self._panel.choice
        reason.setCollapsed(not settings.WHY_OPEN.get())
        choice.setCollapsed(not settings.CHOICE_OPEN.get())
        reason.collapsedStateChanged.connect(lambda folded: settings.WHY_OPEN.set(not folded))
        choice.collapsedStateChanged.connect(self._keep_choice)

    def _keep_choice(self, folded: bool) -> None:  # noqa: FBT001 - a slot
        if not self._is_cold:
            settings.CHOICE_OPEN.set(not folded)

    def _open(self) -> None:
        self._classes = tuple(
            ClassRow(index, entry.name, entry.color)
            for index, entry in enumerate(self._session.project.legend)
        )
        self._panel.query.set_ready(True)
        self._clear_problem()
        self._show_stage()
        self._show_new_queue()

    def _show_stage(self) -> None:
        """Before the first round another choice is offered."""
        self._is_cold = self._session.project.rounds.current() is None
        self._panel.query.set_cold(self._is_cold)
        self._panel.queue.set_cold(self._is_cold)
        QTimer.singleShot(0, self._fold_choice)  # a group that is not seen yet would not fold

    def _fold_choice(self) -> None:
        open_ = self._is_cold or settings.CHOICE_OPEN.get()
        self._panel.choice.setCollapsed(not open_)

    def _explain(self, row: QueueRow | None) -> None:
        self._panel.reason.setVisible(row is not None)
        self._panel.why.show_pick(row, self._classes)

    def _ask(self, options: config.QueryConfig) -> None:
        self._clear_problem()
        self._queue.query(options, self._scan_for(options))

    def _scan_for(self, options: config.QueryConfig) -> config.ScanConfig | None:
        """Return how the tiles have to be looked at before this query, None if they need not."""
        train, folder = self._panel.train.train_options(), self._session.folder
        if self._is_cold:
            compares = Need.FEATURES in strategies.get(options.strategy).needs
            if not compares or folder in self._looked_at:
                return None
            self._looked_at.add(folder)
        elif not self._ranking.needs_scan(options):
            return None
        return config.ScanConfig(
            device=train.device,
            strategy=options.strategy,
            encoder=train.encoder,
            weights=train.weights,
        )

    def _show_busy(self, busy: bool) -> None:  # noqa: FBT001 - a slot
        self._panel.query.set_ready(not busy)

    def _show_problem(self, error: object) -> None:
        self._panel.query.show_problem(messages.sentence_of(error))

    def _clear_problem(self) -> None:
        self._panel.query.show_problem("")


def queue_rows(
    picks: Sequence[PickRecord], classes: Sequence[ClassRow], labelled: frozenset[int]
) -> list[QueueRow]:
    """Return the queue's rows."""
    colors = {row.name: row.color for row in classes}
    return [
        QueueRow(
            pick.tile_id,
            pick.rank,
            math.nan if pick.strategy == "random" else pick.score,  # chance has no score
            str(pick.reason.get("class") or pick.reason.get("text", "")),
            float(pick.reason.get("share") or 0.0),
            colors.get(str(pick.reason.get("class"))),
            pick.tile_id in labelled,
            str(pick.reason.get("text", "")),
            strategy_title(pick.strategy),
            tuple(float(term or 0.0) for term in pick.reason.get("terms", ())),
        )
        for pick in picks
    ]


def strategy_title(name: str) -> str:
    """Return what a strategy is called; a project may name one that is gone."""
    return strategies.get(name).title if name in strategies.names() else name


def _kept() -> config.QueryConfig:
    """Return the options that were used last."""
    standard = config.QueryConfig()
    return config.QueryConfig(
        strategy=settings.STRATEGY.get(),
        count=settings.COUNT.get(),
        alpha=settings.ALPHA.get(),
        gamma=settings.GAMMA.get(),
        gamma_mode=_known(settings.GAMMA_MODE.get(), standard.gamma_mode),
        quotas=_known(settings.QUOTAS.get(), standard.quotas),
        gap_source=_known(settings.GAP_SOURCE.get(), standard.gap_source),
        rounds=settings.ROUNDS.get(),
    )


def _known(value: str, standard: object) -> object:
    """Return a member of the enum of `standard`, which stands in for what is unknown."""
    kind = type(standard)
    return kind(value) if value in {member.value for member in kind} else standard


def _keep(options: config.QueryConfig) -> None:
    settings.STRATEGY.set(options.strategy)
    settings.COUNT.set(options.count)
    settings.ALPHA.set(options.alpha)
    settings.GAMMA.set(options.gamma)
    settings.GAMMA_MODE.set(options.gamma_mode.value)
    settings.QUOTAS.set(options.quotas.value)
    settings.GAP_SOURCE.set(options.gap_source.value)
    settings.ROUNDS.set(options.rounds)
