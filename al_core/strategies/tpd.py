"""Pick the tiles about which the network changed its mind since the round before (TPD).

After Huang et al., “Semi-supervised active learning with temporal output discrepancy” (2021), as
in the letter that `clustered` names. The scan compares; without a network before it is chance.
"""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig
from ..scoring import PoolStatistics
from .base import Floats, LoopState, Need, Pick, Reason
from .clustered import Clustered
from .pool import Pool


def _scores(pool: Pool, _: QueryConfig) -> Floats:
    return pool.mean_of(np.asarray(pool.statistics.sum_discrepancy))


_COMPARED = Clustered(
    name="tpd",
    title="Change of mind (TPD)",
    promise="Takes tiles that the network predicts otherwise than a round ago, one of each kind; "
    "of use while training goes on from the last network, and chance in the first round.",
    measure="a comparison with the network of the round before",
    scores=_scores,
    said="Changed by {value} since the round before, more than {percent} of the tiles",
    needs=frozenset({Need.STATISTICS, Need.FEATURES, Need.BEFORE}),
)
_FIRST = "Drawn at random: there is no network of a round before to compare with"


class Tpd:
    """The distance between the predictions of two rounds; by lot after the first."""

    name = _COMPARED.name
    title = _COMPARED.title
    promise = _COMPARED.promise
    needs = _COMPARED.needs

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,
    ) -> list[Pick]:
        """Return the chosen tiles; the score of those drawn by lot is 0.

        Raises:
            QueryError: The scan was not asked to compare.
        """
        if statistics.before_hash != "":
            return _COMPARED.select(statistics, state, config, rng)
        pool = Pool.of(statistics, state)
        scored = np.flatnonzero(np.isfinite(pool.mean_of(statistics.sum_entropy)))
        order = rng.permutation(scored)[: max(config.count, 0)]
        scores = np.zeros(pool.rows.size)
        return pool.picks(order, scores, lambda place: _by_lot(pool, place))


def _by_lot(pool: Pool, place: int) -> Reason:
    return pool.reason(place, "random", 0.0, _FIRST)
