"""Choose the tiles to label next."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .. import strategies
from ..config import QueryConfig, Recipe, Start, ThresholdPolicy
from ..errors import ConfigError, QueryError
from ..progress import Progress, Silent, checkpoint
from ..project import Access, PickRecord, Project, RoundRecord
from ..scoring import PoolStatistics, class_shares
from ..strategies import LoopState, Need, Strategy
from ..strategies.asking import check_numbers
from ..strategies.dcau_plus import DcauPlus
from ..strategies.ll import NOT_LEARNT
from ..strategies.queueing import has_columns, put_in_force, rank
from ..strategies.standing import read_standing
from . import pool
from .options import check_at_least
from .results import QueryResult, TileResult

STATISTICS = "statistics.npz"
COLD_STATISTICS = "cold.npz"  # in the project's own folder: there is no round yet

_SIMILAR = "similar"
# Certainty does not count before there are labels; see `strategies.mcfps`.
_COLD_NEEDS = {Need.STATISTICS, Need.FEATURES, Need.CERTAINTY}
_ALWAYS_COLD = {Recipe.PAPER.value, Recipe.MCFPS.value}
_LISTED = 10


def choose(project: Project, config: QueryConfig, progress: Progress) -> QueryResult:
    """Rank the tiles of the pool and put the best ones into the queue.

    Raises:
        QueryError: There is no such strategy, nothing is left to choose from, or the
            strategy needs a scan and the current network has not made one.
        ConfigError: `count` or `alpha` makes no sense.
    """
    checkpoint(progress, 0.0, "Choosing tiles")
    strategy = check_options(config)
    ids = pool.eligible_ids(project)
    standing = read_standing(project)
    statistics = _statistics(project, strategy, standing.current, ids)
    ranking = rank(standing, statistics, config)
    checkpoint(progress, 1.0, "Choosing tiles")
    put_in_force(project, ranking)
    records = ranking.records
    notes = [*_notes(records, strategy, config, statistics, ranking.state)]
    if statistics.before_hash and Need.BEFORE in strategy.needs:
        notes.extend(_cold_note(strategy, standing.current))
    missing = standing.missing()
    if missing and strategy.name != _SIMILAR:
        notes.append(_missing_note(missing))
    return QueryResult(records, tuple(notes))


def refill(project: Project, config: QueryConfig) -> QueryResult:
    """Fill the queue after a round; that is in force by now, so nothing may fail or cancel it."""
    try:
        return choose(project, config, Silent())
    except QueryError as error:
        return QueryResult((), (str(error),))


def check_options(config: QueryConfig) -> Strategy:
    """Return the strategy that is asked for.

    Raises:
        QueryError: There is none of that name.
        ConfigError: A number makes no sense.
    """
    check_at_least(1, number_of_tiles_to_choose=config.count)
    check_at_least(0, exponent_alpha=config.alpha, seed=config.seed)
    if not math.isfinite(config.gamma):
        raise ConfigError(f"gamma is {config.gamma}; choose a number such as 0.5.")
    check_numbers(config)
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
        raise QueryError(f"Tile {tile_id} was not scanned: it is kept apart, or mostly empty.")
    if not statistics.n[row]:
        raise QueryError(f"Tile {tile_id} has no unlabelled pixel that could be scored.")
    shares = class_shares(statistics.sum_entropy_p[[row]], statistics.n[[row]])[0]
    terms = weights * shares
    return TileResult(tile_id, tuple(shares.tolist()), tuple(terms.tolist()), float(shares.sum()))


def _statistics(
    project: Project,
    strategy: Strategy,
    current: RoundRecord | None,
    ids: NDArray[np.int64],
) -> PoolStatistics:
    """Return the scan that a strategy needs, or rows without content if it needs none."""
    if not strategy.needs:
        return PoolStatistics.unscanned(ids, len(project.legend))
    if current is None:
        return _cold_statistics(project, strategy)
    if not current.scanned:
        raise QueryError(
            f"Scan first: no scan was made since the training of round {current.number}."
        )
    statistics = PoolStatistics.load(current.folder / STATISTICS)
    if statistics.model_hash != current.model_hash:
        raise QueryError(
            f"Scan first: the scan of round {current.number} was made by another network."
        )
    _check_columns(strategy, statistics, current)
    return statistics


def _cold_statistics(project: Project, strategy: Strategy) -> PoolStatistics:
    """Return the features of a scan before the first round."""
    if not {Need.FEATURES} <= strategy.needs <= _COLD_NEEDS:
        raise QueryError(
            f"“{strategy.name}” needs a trained network: train and scan first, or use the "
            "strategy “random”."
        )
    path = project.folder / COLD_STATISTICS
    if not path.is_file():
        raise QueryError(
            f"“{strategy.name}” compares the features of tiles, and none were made yet; scan "
            "first, with a pretrained encoder if there is one."
        )
    return PoolStatistics.load(path)


def _check_columns(strategy: Strategy, statistics: PoolStatistics, current: RoundRecord) -> None:
    """Refuse a scan that was made for another strategy, or by a network that learnt less.

    Raises:
        QueryError: A column is missing.
    """
    if not has_columns(statistics, strategy.needs):
        learnt = current.config.get("train", {}).get("learn_loss", False)
        if Need.LOSS in strategy.needs and not learnt:
            raise QueryError(NOT_LEARNT)
        raise QueryError(
            f"Scan again for “{strategy.name}”: the last scan was made for a strategy that looks "
            "at less."
        )


def _notes(
    records: tuple[PickRecord, ...],
    strategy: Strategy,
    config: QueryConfig,
    statistics: PoolStatistics,
    state: LoopState,
) -> Iterator[str]:
    chosen, wanted = len(records), min(config.count, int(state.eligible.sum()))
    if chosen < wanted and config.policy is ThresholdPolicy.STRICT:
        yield f"Only {chosen} of {wanted} tiles exceed the threshold; lower gamma for more."
    elif chosen < wanted:
        yield f"Only {chosen} of {wanted} tiles could be ranked; scan again to see them all."
    if isinstance(strategy, DcauPlus):
        picked = [record.tile_id for record in records]
        yield from _odd_note(np.setdiff1d(strategy.odd(statistics, state), picked))


def _odd_note(odd: NDArray[np.int64]) -> Iterator[str]:
    if odd.size:
        listed = ", ".join(str(tile) for tile in odd[:_LISTED].tolist())
        more = f" and {odd.size - _LISTED} more" if odd.size > _LISTED else ""
        yield (
            f"Left out because they look like no other tile: {listed}{more}; look at them, they "
            "may be clouds or something rare."
        )


def _cold_note(strategy: Strategy, current: RoundRecord | None) -> Iterator[str]:
    """Warn of a comparison of networks of which the second did not go on from the first."""
    train = current.config.get("train", {}) if current is not None else {}
    if train.get("start") == Start.COLD.value or train.get("recipe") in _ALWAYS_COLD:
        yield (
            f"The last training started cold, so much of what “{strategy.name}” compares is "
            "chance; train with a warm start."
        )


def _missing_note(missing: tuple[str, ...]) -> str:
    return (
        f"Without any label yet: {', '.join(missing)}; click a tile that shows one and choose "
        f"“{_SIMILAR}” to find more like it."
    )
