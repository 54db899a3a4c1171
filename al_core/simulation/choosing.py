"""Let a strategy choose, from what its network and the labels so far tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..config import QueryConfig, Recipe
from ..errors import QueryError
from ..progress import Progress
from ..scoring import PoolStatistics, class_scores, class_weights, iou_errors
from ..strategies import LoopState, Need, PastRound, Pick
from ..strategies.gaps import weighed
from .contestants import Contestant
from .journal import Choice, Entry
from .teaching import Place, Taught

SCANNED = frozenset(Need) - {Need.WEIGHTS}

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the validation says.

    `gaps` and `gap_errors` are float64 (K,), NaN where unknown; `weights` float64 (K,).
    """

    gaps: Floats
    gap_errors: Floats
    weights: Floats


def evidence(
    place: Place,
    contestant: Contestant,
    confusion: Counts,
    tile_confusions: Counts,
    ids: Ids,
) -> Evidence:
    """Return gaps and weights of a round, with what is known of their errors.

    Args:
        place: World and seed.
        contestant: Says how gaps become weights.
        confusion: int64 (K, K) over the validation tiles, or (K, 2, 2).
        tile_confusions: int64 (n, K, K), or (n, K, 2, 2), tile by tile.
        ids: int64 (M,) labelled tiles.
    """
    query = contestant.query or QueryConfig()
    labelled_px = place.world.counts[ids].sum(axis=0)
    if place.config.recipe is Recipe.PAPER:  # nothing is pulled towards anything there
        gap = 1.0 - class_scores(confusion)
        weight = class_weights(1.0 - gap, query.alpha, query.undefined, labelled_px > 0)
    else:
        gap, weight = weighed(confusion, labelled_px, query)
    rng = np.random.default_rng([place.seed, len(ids), 3])
    return Evidence(gap, iou_errors(tile_confusions, rng), weight)


def scan_for(
    place: Place, taught: Taught, ids: Ids, needs: frozenset[Need], progress: Progress
) -> PoolStatistics:
    """Return the statistics that a set of needs asks for; empty rows if none are needed.

    Args:
        place: World and split.
        taught: The network.
        ids: int64 (M,) labelled tiles; they get a row too.
        needs: What has to be known.
        progress: Hears of every batch.
    """
    if not needs & SCANNED:
        return PoolStatistics.unscanned(place.split.pool, place.world.classes)
    return taught.scan(ids, needs, progress)


def choose(
    place: Place,
    contestant: Contestant,
    statistics: PoolStatistics,
    found: Evidence,
    history: Sequence[Entry],
) -> tuple[Choice, ...]:
    """Return the tiles that a strategy picks after its latest round.

    Args:
        place: World and split.
        contestant: The strategy and its options.
        statistics: The scan of the pool.
        found: What the validation says.
        history: The rounds so far, the current one last.

    Raises:
        QueryError: Nothing came back.
    """
    query = contestant.query
    if query is None:
        return ()
    latest = history[-1]
    state = _state(place, statistics, found, history)
    rng = np.random.default_rng([place.seed, latest.round, 1])
    picks = contestant.strategy.select(statistics, state, query, rng)
    if not picks:
        raise QueryError(
            f"“{contestant.label}” chose no tile in round {latest.round}: nothing exceeds its "
            "threshold; take the policy “fill” or a lower gamma."
        )
    return tuple(_choice(place, pick) for pick in picks)


def _state(
    place: Place, statistics: PoolStatistics, found: Evidence, history: Sequence[Entry]
) -> LoopState:
    world, latest = place.world, history[-1]
    labelled = np.isin(statistics.tile_ids, np.array(latest.labelled))
    counts = np.where(labelled[:, None], world.counts[statistics.tile_ids], 0)
    return LoopState(
        class_names=world.legend.names,
        weights=found.weights,
        eligible=~labelled,
        round=latest.round + 1,  # a project counts its rounds from 1
        tile_px=world.tile_px,
        gaps=found.gaps,
        gap_errors=found.gap_errors,
        label_counts=counts,
        answered=labelled,
        history=tuple(
            PastRound(
                len(entry.labelled),
                np.array(entry.labelled_px),
                class_scores(np.array(entry.validation)),
            )
            for entry in history
        ),
    )


def _choice(place: Place, pick: Pick) -> Choice:
    reason = pick.reason
    return Choice(
        rank=pick.rank,
        tile=pick.tile_id,
        score=pick.score,
        class_name=reason.class_name,
        term=reason.term,
        value=reason.value,
        share=reason.share,
        text=reason.text,
        px=tuple(place.world.counts[pick.tile_id].tolist()),
    )
