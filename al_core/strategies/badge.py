"""Pick tiles that would change the network most, and in different ways (BADGE)."""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig
from ..diversity import badge
from ..scoring import PoolStatistics
from .base import LoopState, Need, Pick, Reason
from .pool import Pool, check_scanned


class Badge:
    """k-means++ over the mean gradient of the head's weights, as if the prediction were true."""

    name = "badge"
    title = "Gradients (BADGE)"
    promise = (
        "Takes tiles that would change the network much and in different ways; a good mixture of "
        "unsure and varied, though it does not know which classes you lack."
    )
    needs = frozenset({Need.STATISTICS, Need.GRADIENTS})

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,
    ) -> list[Pick]:
        """Return tiles in the order they were drawn; the score is the length of the gradient.

        Raises:
            QueryError: The scan holds no gradients.
        """
        pool = Pool.of(statistics, state)
        if not pool.rows.size:
            return []
        table = np.asarray(statistics.gradients)
        check_scanned(self.title, "the gradients of the tiles", known=table.shape[1] > 0)
        gradients = table[pool.rows].astype(np.float32)
        lengths = np.sqrt(np.square(gradients).sum(axis=1, dtype=np.float64))
        known = np.flatnonzero(np.isfinite(lengths))
        ones = np.ones((known.size, 1), dtype=np.float32)
        order = known[badge(ones, gradients[known], config.count, rng)]

        def explain(place: int) -> Reason:
            return pool.class_reason(
                place, f"Gradient of length {lengths[place]:.3g}, unlike the others; {{name}}"
            )

        return pool.picks(order, lengths, explain)
