"""Pick the tiles that are unsure about the classes the map still gets wrong.

DCAU-AL, arXiv 2604.08965. Deviations: only pixels that are valid and unlabelled count;
an undefined IoU has a rule (`class_weights`); tiles with few such pixels are damped;
ties go to the lowest tile id.
"""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig
from ..scoring import PoolStatistics, select_by_threshold
from .base import LoopState, Need, Pick
from .pool import Pool
from .steps import current_gamma


class Dcau:
    """Rank by Σ_k w_k·s_k, the entropy weighted by the gap of each class."""

    name = "dcau"
    title = "Class gaps (DCAU)"
    promise = (
        "Takes the tiles most unsure about the classes the map gets wrong, as published; easy to "
        "explain, but it picks many tiles that look alike and earns little over entropy."
    )
    needs = frozenset({Need.STATISTICS, Need.WEIGHTS})

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,  # noqa: ARG002 - nothing is left to chance
    ) -> list[Pick]:
        """Return the tiles of highest score, those above the threshold first."""
        pool = Pool.of(statistics, state)
        scores, gamma = pool.scores(), current_gamma(config, state)
        order = select_by_threshold(scores, config.count, gamma, config.policy)
        return pool.picks(order, scores, pool.class_reason)
