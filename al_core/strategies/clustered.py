"""Strategies in two stages: how unsure the network is of a tile, and clusters of the worst.

Möllenbrok, Sumbul and Demir, “Deep active learning for multi-label classification of remote
sensing images” (2023). The letter does not say what the clusters are made by; here it is the
features, the inputs of the last layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..config import QueryConfig
from ..diversity import cluster_pick
from ..scoring import PoolStatistics
from .base import Floats, LoopState, Need, Pick, Reason
from .pool import Places, Pool, best_first, check_scanned


@dataclass(frozen=True)
class Clustered:
    """Of the m·count tiles of highest score the highest of each cluster, or just the highest.

    Attributes:
        name: The name it is asked for by.
        title: A few words for a list.
        promise: What it does, and when to use it.
        measure: What a scan has to hold, for an error.
        scores: Gives the score of each candidate, float64 (M,), higher for more unsure tiles;
            not finite where unknown.
        said: Words on the {value} of a score, {percent} of the pool having a lower one.
        needs: What has to be there before it can choose.
    """

    name: str
    title: str
    promise: str
    measure: str
    scores: Callable[[Pool, QueryConfig], Floats]
    said: str
    needs: frozenset[Need]

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,
    ) -> list[Pick]:
        """Return the chosen tiles, the highest score first.

        Raises:
            QueryError: The scan does not hold the measure, or no features to cluster by.
        """
        pool = Pool.of(statistics, state)
        if not pool.rows.size:
            return []
        scores = self.scores(pool, config)
        check_scanned(self.title, self.measure, known=bool(np.isfinite(scores).any()))
        order = self._chosen(pool, scores, config, rng)
        ranked = np.sort(scores[np.isfinite(scores)])

        def explain(place: int) -> Reason:
            lower = np.searchsorted(ranked, scores[place]) / ranked.size
            said = self.said.format(value=f"{scores[place]:.2g}", percent=f"{lower:.0%}")
            return pool.class_reason(place, said + "; {name}")

        return pool.picks(order, scores, explain)

    def _chosen(
        self, pool: Pool, scores: Floats, config: QueryConfig, rng: np.random.Generator
    ) -> Places:
        count = max(config.count, 0)
        if not config.clustering:
            return best_first(scores)[:count]
        features = pool.statistics.features
        check_scanned(self.title, "the features of the tiles", known=features.shape[1] > 0)
        return cluster_pick(features[pool.rows], scores, count, config.multiple, rng)
