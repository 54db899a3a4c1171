"""Pick tiles that would change the network most, and in different ways (BADGE)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..config import QueryConfig
from ..diversity import badge
from ..scoring import PoolStatistics, gradient_lengths
from .base import LoopState, Need, Pick, Reason
from .pool import Pool, check_scanned


class Badge:
    """k-means++ over the gradients of the last weights, as if the prediction were true."""

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
        left, right = self._factors(pool)
        lengths = gradient_lengths(left, right, bias=False)
        known = np.flatnonzero(np.isfinite(lengths))
        order = known[badge(left[known], right[known], config.count, rng)]

        def explain(place: int) -> Reason:
            return pool.class_reason(
                place, f"Gradient of length {lengths[place]:.3g}, unlike the others; {{name}}"
            )

        return pool.picks(order, lengths, explain)

    def _factors(self, pool: Pool) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return float32 (M, K) and (M, d) whose products are the gradients."""
        statistics, rows = pool.statistics, pool.rows
        if statistics.of_whole_tiles:
            residuals = np.asarray(statistics.residuals)[rows]
            return residuals, statistics.features[rows].astype(np.float32)
        table = np.asarray(statistics.gradients)
        check_scanned(self.title, "the gradients of the tiles", known=table.shape[1] > 0)
        return np.ones((rows.size, 1), dtype=np.float32), table[rows].astype(np.float32)
