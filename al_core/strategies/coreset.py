"""Pick the tiles that look least like anything labelled (greedy k-center)."""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig
from ..scoring import PoolStatistics
from .base import LoopState, Need, Pick
from .fps import farthest_picks
from .pool import Pool
from .space import Space


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
        order = space.farthest(np.flatnonzero(space.known()), config.count)
        return farthest_picks(pool, space, order)
