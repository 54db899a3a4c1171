"""From a scan to the queue of a project: rank, then put the ranking in force.

The engine and the plugin both do it; ranking needs no project and runs in any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import QueryConfig, to_json
from ..errors import QueryError
from ..project import PickRecord, Project
from ..scoring import PoolStatistics
from .base import LoopState, Need, Pick
from .dcau_plus import DcauPlus
from .division import divided
from .gaps import evidence
from .registry import get
from .standing import Standing


@dataclass(frozen=True, eq=False)
class Ranking:
    """What a query chose, best first, and the evidence it worked with.

    `facts` are for the insight of the round; `number` is that round, None before the first.
    """

    config: QueryConfig
    number: int | None
    picks: list[Pick]
    state: LoopState
    facts: dict[str, Any]

    @property
    def records(self) -> tuple[PickRecord, ...]:
        """The picks as the project keeps them."""
        return tuple(
            PickRecord(
                pick.rank,
                pick.tile_id,
                pick.score,
                pick.reason.as_dict(),
                self.number,
                self.config.strategy,
            )
            for pick in self.picks
        )


def has_columns(statistics: PoolStatistics, needs: frozenset[Need]) -> bool:
    """Tell whether a scan was asked for all that a strategy looks at.

    A scan that was to compare with the round before, and found none, was asked for it.
    """
    there = {
        Need.FEATURES: statistics.features.shape[1] > 0,
        Need.GRADIENTS: _has_gradients(statistics),
        Need.DROPOUT: _is_known(statistics.sum_bald),
        Need.CERTAINTY: _is_known(statistics.sum_certainty),
        Need.LOSS: _is_known(statistics.predicted_loss),
        Need.BEFORE: statistics.before_hash is not None,
    }
    return all(there.get(need, True) for need in needs)


def _has_gradients(statistics: PoolStatistics) -> bool:
    return np.asarray(statistics.gradients).shape[1] > 0 or statistics.of_whole_tiles


def _is_known(column: NDArray[np.float64] | None) -> bool:
    return column is not None and bool(np.isfinite(column).all())


def rank(standing: Standing, statistics: PoolStatistics, config: QueryConfig) -> Ranking:
    """Choose tiles.

    Args:
        standing: Where the project stands.
        statistics: The scan of its current round.
        config: Strategy and options.

    Raises:
        QueryError: No tile may be picked, or the scan lacks what the strategy needs.
    """
    state = standing.state(statistics, config)
    if not state.eligible.any():
        raise QueryError(
            "None of the tiles that were scanned may still be picked; scan again, or retrain."
        )
    strategy, current = get(config.strategy), standing.current
    picks = strategy.select(statistics, state, config, standing.generator(config))
    facts: dict[str, Any] = {}
    if current is not None:
        found = evidence(current.metrics.confusion, current.insight, config.gap_source)
        facts["gap_source"] = found.source
    if isinstance(strategy, DcauPlus):
        facts["quota"] = divided(config, statistics, state).seats.tolist()
    return Ranking(config, current.number if current else None, picks, state, facts)


def put_in_force(project: Project, ranking: Ranking) -> None:
    """Make a ranking the queue, and tell its round what it was chosen by.

    Args:
        project: In the thread that opened it.
        ranking: Of the project's current round.

    Raises:
        StorageError: The disk is full or protected.
    """
    current, state = project.rounds.current(), ranking.state
    if current is not None and current.number == ranking.number:
        gaps = state.gaps if state.gaps is not None else np.full(state.weights.size, np.nan)
        project.rounds.set_weights(
            current.number, tuple(gaps.tolist()), tuple(state.weights.tolist())
        )
        kept = {name: value for name, value in current.insight.items() if name != "quota"}
        if kept | ranking.facts != current.insight:
            project.rounds.set_insight(current.number, kept | ranking.facts)
    project.picks.replace(
        ranking.records, ranking.config.strategy, ranking.number, to_json(ranking.config)
    )
