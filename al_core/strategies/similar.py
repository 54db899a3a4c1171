"""Find the tiles that look like a given one."""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig
from ..diversity import likeness
from ..errors import QueryError
from ..scoring import PoolStatistics
from .base import LoopState, Need, Pick, Reason
from .pool import Pool, best_first, check_scanned


class Similar:
    """Rank by the cosine between a tile's features and those of the tile pointed at."""

    name = "similar"
    title = "Similar to a tile"
    promise = (
        "Takes the tiles that look most like the one you point at; use it to find more of a class "
        "the map does not know yet, not to fill a whole round."
    )
    needs = frozenset({Need.STATISTICS, Need.FEATURES})

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,  # noqa: ARG002 - nothing is left to chance
    ) -> list[Pick]:
        """Return the tiles of highest likeness; the tile itself comes first if it is open.

        Raises:
            QueryError: No tile is pointed at, it was not scanned, or there are no features.
        """
        pool = Pool.of(statistics, state)
        if not pool.rows.size:
            return []
        row = _row(statistics, config.like)
        known = statistics.features.shape[1] > 0
        check_scanned(self.title, "the features of the tiles", known=known)
        rows = np.argsort(statistics.tile_ids, kind="stable")
        cosines = np.full(len(statistics), np.nan)
        cosines[rows] = likeness(statistics.features[rows], int(np.flatnonzero(rows == row)[0]))
        scores = cosines[pool.rows]

        def explain(place: int) -> Reason:
            value = float(scores[place])
            text = f"Likeness to tile {config.like}: {value:.2f}"
            return pool.reason(place, "likeness", value, text)

        return pool.picks(best_first(scores)[: max(config.count, 0)], scores, explain)


def _row(statistics: PoolStatistics, tile_id: int) -> int:
    if tile_id < 0:
        raise QueryError("Choose a tile first that the others should be similar to.")
    row = statistics.row_of(tile_id)
    if row is None:
        raise QueryError(
            f"Tile {tile_id} was not scanned, so nothing can be compared with it; choose another."
        )
    return row
