"""Pick the tiles that stand for many others (MaxHerding)."""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig
from ..diversity import SAMPLE_ROWS, herding, median_distance
from ..scoring import PoolStatistics
from .base import LoopState, Need, Pick, Reason
from .pool import Places, Pool
from .space import Space


class Herding:
    """Greedy coverage of feature space by a Gaussian kernel as wide as the median distance."""

    name = "herding"
    title = "Typical tiles (first round)"
    promise = (
        "Takes the tiles that many others look like; meant for the first labels, where it helps or "
        "hurts depending on the scene, and not for later rounds."
    )
    needs = frozenset({Need.STATISTICS, Need.FEATURES})

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,
    ) -> list[Pick]:
        """Return tiles in the order of choice; the score falls with the rank.

        Raises:
            QueryError: The scan holds no features.
        """
        pool = Pool.of(statistics, state)
        if not pool.rows.size:
            return []
        space = Space.of(pool, self.title)
        sample = _sample(np.flatnonzero(space.known()), config.count, rng)
        seeds = space.seeds[np.isfinite(space.points[space.seeds, 0])]
        rows = np.concatenate([space.places[sample], seeds])
        points = space.points[rows]
        sigma = median_distance(points)
        covered = np.arange(sample.size, rows.size)
        order = sample[herding(points, config.count, sigma, covered)]
        scores = np.zeros(pool.rows.size)
        scores[order] = 1.0 - np.arange(order.size) / max(order.size, 1)

        def explain(place: int) -> Reason:
            return pool.reason(place, "typical", float(scores[place]), "Stands for many others")

        return pool.picks(order, scores, explain)


def _sample(places: Places, count: int, rng: np.random.Generator) -> Places:
    """Return at most SAMPLE_ROWS of the places (or as many as asked for), ascending."""
    size = max(SAMPLE_ROWS, count)
    if places.size <= size:
        return places
    return np.sort(rng.choice(places, size, replace=False))
