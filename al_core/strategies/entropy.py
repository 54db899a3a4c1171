"""Pick the tiles where the network is least sure, whatever the class."""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig, ThresholdPolicy
from ..scoring import PoolStatistics, class_shares, select_by_threshold
from .base import LoopState, Need, Pick, Reason, candidates, damped, leading_class, picks_at


class Entropy:
    """Rank by the mean entropy of the scorable pixels."""

    name = "entropy"
    needs = frozenset({Need.STATISTICS})

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,  # noqa: ARG002 - nothing is left to chance
    ) -> list[Pick]:
        """Return the tiles of highest mean entropy."""
        rows = candidates(statistics, state)
        n, sums = statistics.n[rows], statistics.sum_entropy_p[rows]  # (M,), (M, K)
        means = class_shares(statistics.sum_entropy[rows, None], n)[:, 0]
        scores = damped(means, n, state.tile_px)
        order = select_by_threshold(scores, config.count, policy=ThresholdPolicy.FILL)

        def explain(place: int) -> Reason:
            top, share = leading_class(sums[place])
            name = state.class_names[top]
            return Reason(
                class_name=name,
                term="mean entropy",
                value=float(means[place]),
                share=share,
                text=f"{name}: {round(100 * share)} % of the entropy",
            )

        return picks_at(order, statistics.tile_ids[rows], scores, explain)
