"""Spread the batch over the tiles that DCAU finds worth a look."""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig
from ..scoring import PoolStatistics
from .base import LoopState, Need, Pick, Reason
from .pool import Pool
from .space import Space, how_far
from .steps import current_gamma, theta_pool


class DcauPool:
    """k-center among the tiles whose score exceeds θ, at least twice as many as asked for."""

    name = "dcau_pool"
    title = "Gaps and variety"
    promise = (
        "Takes tiles that look different among those unsure about the classes the map gets wrong; "
        "always the same answer, but no class is sure of its seat."
    )
    needs = frozenset({Need.STATISTICS, Need.WEIGHTS, Need.FEATURES})

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
        space, scores = Space.of(pool, self.title), pool.scores()
        among = theta_pool(scores, space.known(), current_gamma(config, state), 2 * config.count)
        order = space.apart(among, config.count, np.zeros(0, dtype=np.int64))
        far = dict(zip(order.tolist(), space.distances(order).tolist(), strict=True))

        def explain(place: int) -> Reason:
            text = "{name}: {percent} % of the score; " + how_far(far[place])
            return pool.class_reason(place, text)

        return pool.picks(order, scores, explain)
