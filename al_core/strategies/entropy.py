"""Pick the tiles where the network is least sure, whatever the class."""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig, ThresholdPolicy
from ..scoring import PoolStatistics, select_by_threshold
from .base import LoopState, Need, Pick, Reason, leading_class
from .pool import Pool


class Entropy:
    """Rank by the mean entropy of the scorable pixels."""

    name = "entropy"
    title = "Entropy"
    promise = (
        "Takes the tiles the network is least sure of, whatever the class; a solid standard late "
        "in a project, but with few labels it picks many tiles that look alike."
    )
    needs = frozenset({Need.STATISTICS})

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,  # noqa: ARG002 - nothing is left to chance
    ) -> list[Pick]:
        """Return the tiles of highest mean entropy."""
        pool = Pool.of(statistics, state)
        sums = statistics.sum_entropy_p[pool.rows]  # (M, K)
        scores = pool.mean_of(statistics.sum_entropy)
        means = scores / pool.damping()

        def explain(place: int) -> Reason:
            top, share = leading_class(sums[place])
            name = state.class_names[top]
            return Reason(
                class_name=name,
                term="mean entropy",
                value=float(means[place]),
                share=share,
                text=f"{name}: {round(100 * share)} % of the entropy",
                terms=tuple(pool.terms(place).tolist()),
            )

        order = select_by_threshold(scores, config.count, policy=ThresholdPolicy.FILL)
        return pool.picks(order, scores, explain)
