"""Pick tiles that lie far apart within natural clusters (one-shot active learning).

The baseline of MCFPS, arXiv 2405.13285, and what its authors say is wrong with it, undone by
`cluster_share` = proportional.
"""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig
from ..diversity import clustered_points
from ..scoring import PoolStatistics
from .base import LoopState, Need, Pick
from .fps import farthest_picks, unlike
from .pool import Pool
from .space import Space


class Osal:
    """Clusters of all tiles by k-means, their number by the silhouette; farthest points in each."""

    name = "osal"
    title = "Clusters, then variety (OSAL)"
    promise = (
        "Takes tiles that lie far apart within each cluster of features; a baseline that looks at "
        "no prediction and misses classes wherever the clusters are not the classes."
    )
    needs = frozenset({Need.STATISTICS, Need.FEATURES})

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,
    ) -> list[Pick]:
        """Return tiles, the first of every cluster before any second.

        Raises:
            QueryError: The scan holds no features.
        """
        pool = Pool.of(statistics, state)
        if not pool.rows.size:
            return []
        space = Space.asked_for(pool, self.title, config)
        rows, clusters = clustered_points(
            space.points, max(config.count, 0), space.seeds, rng, config.cluster_share
        )
        order = np.searchsorted(space.places, rows)  # places ascend, as the tile ids do
        cluster_of = dict(zip(order.tolist(), clusters.tolist(), strict=True))
        rest = np.setdiff1d(np.flatnonzero(space.known()), order)  # labelled in part
        order = np.concatenate([order, rest[: max(config.count, 0) - order.size]])

        def said(place: int, far: str) -> str:
            if place not in cluster_of:
                return unlike(place, far)
            return f"Unlike the others of cluster {cluster_of[place] + 1}: {far}"

        return farthest_picks(pool, space, order, said)
