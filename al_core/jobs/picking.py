"""Choose the tiles to label next."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .. import strategies
from ..config import QueryConfig, to_json
from ..errors import ConfigError, QueryError
from ..progress import Progress, checkpoint
from ..project import Access, PickRecord, Project, RoundRecord
from ..scoring import PoolStatistics, class_shares
from ..strategies import LoopState, Need, Strategy
from . import gaps, pool
from .options import check_at_least
from .results import QueryResult, TileResult

STATISTICS = "statistics.npz"

Floats = NDArray[np.float64]


def choose(project: Project, config: QueryConfig, progress: Progress) -> QueryResult:
    """Rank the tiles of the pool and put the best ones into the queue.

    Raises:
        QueryError: There is no such strategy, nothing is left to choose from, or the
            strategy needs a scan and the current network has not made one.
        ConfigError: `count` or `alpha` makes no sense.
    """
    checkpoint(progress, 0.0, "Choosing tiles")
    strategy = check_options(config)
    current = project.rounds.current()
    ids = pool.eligible_ids(project)
    statistics = _statistics(project, strategy, current, ids)
    gap, weight = _weights(project, config, current)
    state = _state(project, current, np.isin(statistics.tile_ids, ids), weight)
    rng = np.random.default_rng([project.settings.seed, config.seed, state.round])
    picks = strategy.select(statistics, state, config, rng)
    number = current.number if current else None
    records = tuple(
        PickRecord(
            pick.rank, pick.tile_id, pick.score, pick.reason.as_dict(), number, strategy.name
        )
        for pick in picks
    )
    checkpoint(progress, 1.0, "Choosing tiles")
    if current is not None:
        project.rounds.set_weights(current.number, tuple(gap.tolist()), tuple(weight.tolist()))
    project.picks.replace(records, strategy.name, number, to_json(config))
    return QueryResult(records, _notes(len(records), config, state))


def check_options(config: QueryConfig) -> Strategy:
    """Return the strategy that is asked for.

    Raises:
        QueryError: There is none of that name.
        ConfigError: `count` or `alpha` makes no sense.
    """
    check_at_least(1, number_of_tiles_to_choose=config.count)
    check_at_least(0, exponent_alpha=config.alpha, seed=config.seed)
    if not math.isfinite(config.gamma):
        raise ConfigError(f"gamma is {config.gamma}; choose a number such as 0.5.")
    return strategies.get(config.strategy)


def explain(folder: Path, tile_id: int) -> TileResult:
    """Return what the current round's scan says about one tile.

    Raises:
        QueryError: The tile has not been scanned.
    """
    with Project.open(folder, Access.SHARED) as project:
        current = project.rounds.current()
        if current is None or not current.scanned:
            raise QueryError("No network has looked at the tiles yet; press Retrain first.")
        statistics = PoolStatistics.load(current.folder / STATISTICS)
        weights = np.array(current.metrics.weight)
    row = statistics.row_of(tile_id)
    if row is None:
        raise QueryError(f"Tile {tile_id} was not scanned: it was labelled, or kept apart.")
    shares = class_shares(statistics.sum_entropy_p[[row]], statistics.n[[row]])[0]
    terms = weights * shares
    return TileResult(tile_id, tuple(shares.tolist()), tuple(terms.tolist()), float(shares.sum()))


def _statistics(
    project: Project,
    strategy: Strategy,
    current: RoundRecord | None,
    ids: NDArray[np.int64],
) -> PoolStatistics:
    if Need.STATISTICS not in strategy.needs:
        return PoolStatistics.unscanned(ids, len(project.legend))
    if current is None:
        raise QueryError(
            f"“{strategy.name}” needs a trained network: train and scan first, or use the "
            "strategy “random”."
        )
    if not current.scanned:
        raise QueryError(
            f"Scan first: no scan was made since the training of round {current.number}."
        )
    statistics = PoolStatistics.load(current.folder / STATISTICS)
    if statistics.model_hash != current.model_hash:
        raise QueryError(
            f"Scan first: the scan of round {current.number} was made by another network."
        )
    return statistics


def _weights(
    project: Project, config: QueryConfig, current: RoundRecord | None
) -> tuple[Floats, Floats]:
    classes = len(project.legend)
    if current is None:
        return np.full(classes, np.nan), np.full(classes, 1 / classes)
    return gaps.weighed(current.metrics.confusion, project.labels.class_pixels(), config)


def _state(
    project: Project,
    current: RoundRecord | None,
    eligible: NDArray[np.bool_],
    weights: Floats,
) -> LoopState:
    if not eligible.any():
        raise QueryError(
            "None of the tiles that were scanned may still be picked; scan again, or retrain."
        )
    return LoopState(
        class_names=project.legend.names,
        weights=weights,
        eligible=eligible,
        round=current.number if current else 0,
        tile_px=pool.tile_px(project),
    )


def _notes(chosen: int, config: QueryConfig, state: LoopState) -> tuple[str, ...]:
    wanted = min(config.count, int(state.eligible.sum()))
    if chosen == wanted:
        return ()
    return (f"Only {chosen} of {wanted} tiles exceed the threshold; lower gamma for more.",)
