"""Pick the tiles that are unsure about the classes the map still gets wrong.

DCAU-AL, arXiv 2604.08965. Deviations: only pixels that are valid and unlabelled count;
an undefined IoU has a rule (`class_weights`); tiles with few such pixels are damped;
ties go to the lowest tile id.
"""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig
from ..scoring import PoolStatistics, class_shares, dcau, select_by_threshold
from .base import LoopState, Need, Pick, Reason, candidates, damped, leading_class, picks_at


class Dcau:
    """Rank by Σ_k w_k·s_k, the entropy weighted by the gap of each class."""

    name = "dcau"
    needs = frozenset({Need.STATISTICS, Need.WEIGHTS})

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,  # noqa: ARG002 - nothing is left to chance
    ) -> list[Pick]:
        """Return the tiles of highest score, those above the threshold first."""
        rows = candidates(statistics, state)
        n, sums = statistics.n[rows], statistics.sum_entropy_p[rows]  # (M,), (M, K)
        scores = damped(dcau(sums, n, state.weights), n, state.tile_px)
        order = select_by_threshold(scores, config.count, config.gamma, config.policy)

        def explain(place: int) -> Reason:
            terms = state.weights * class_shares(sums[[place]], n[[place]])[0]  # (K,)
            top, share = leading_class(terms)
            name = state.class_names[top]
            return Reason(
                class_name=name,
                term="w*s",
                value=float(terms[top]),
                share=share,
                text=f"{name}: {round(100 * share)} % of the score",
            )

        return picks_at(order, statistics.tile_ids[rows], scores, explain)
