"""Pick the tiles that look least like anything labelled (greedy k-center)."""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig
from ..scoring import PoolStatistics
from .base import LoopState, Need, Pick, Reason
from .pool import Pool
from .space import Space, how_far


class Coreset:
    """Cover feature space; the score is the distance to all labelled or picked before."""

    name = "coreset"
    title = "Variety (core-set)"
    promise = (
        "Takes the tiles that look least like the labelled ones and like each other; good with "
        "few labels, but it does not ask what the network gets wrong and likes odd tiles."
    )
    needs = frozenset({Need.STATISTICS, Need.FEATURES})

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,  # noqa: ARG002 - nothing is left to chance
    ) -> list[Pick]:
        """Return tiles in the order of choice.

        Raises:
            QueryError: The scan holds no features.
        """
        pool = Pool.of(statistics, state)
        if not pool.rows.size:
            return []
        space = Space.of(pool, self.title)
        among = np.flatnonzero(space.known())
        order = space.farthest(among, config.count)
        distances, scores = np.zeros(pool.rows.size), np.zeros(pool.rows.size)
        distances[order], scores[order] = space.distances(order), space.radii(order)

        def explain(place: int) -> Reason:
            said = f"Unlike the others: {how_far(float(distances[place]))}"
            return pool.reason(place, "distance", float(scores[place]), said)

        return pool.picks(order, scores, explain)
