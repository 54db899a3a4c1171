"""Draw tiles at random: the baseline that every other strategy has to beat."""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig
from ..scoring import PoolStatistics
from .base import LoopState, Need, Pick, Reason, candidates, picks_at

_REASON = Reason(class_name=None, term="random", value=0.0, share=0.0, text="Drawn at random")


class RandomTiles:
    """Every eligible tile is as likely as any other; the scan is not looked at."""

    name = "random"
    title = "Random"
    promise = (
        "Draws tiles by lot; use it for the first labels and to check that another strategy is "
        "worth its while, not to find rare classes."
    )
    needs: frozenset[Need] = frozenset()

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,
    ) -> list[Pick]:
        """Return `config.count` tiles in the order they were drawn; their score is 0."""
        rows = candidates(statistics, state)
        order = rng.permutation(rows.size)[: max(config.count, 0)]
        tile_ids = statistics.tile_ids[rows]
        return picks_at(order, tile_ids, np.zeros(rows.size), lambda _: _REASON)
