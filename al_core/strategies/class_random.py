"""Draw a class, then a tile that holds it: chance that does not forget rare classes."""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig
from ..scoring import PoolStatistics, class_shares
from .base import Floats, LoopState, Need, Pick, Reason
from .pool import Places, Pool, by_name


class ClassRandom:
    """A class among those the network predicts, then a tile by its predicted share of it."""

    name = "class_random"
    title = "Random by class"
    promise = (
        "Draws a class by lot and then a tile by how much of it the network predicts there; the "
        "honest yardstick for every other strategy, and blind to classes that are never predicted."
    )
    needs = frozenset({Need.STATISTICS})

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,
    ) -> list[Pick]:
        """Return tiles in the order they were drawn; their score is the share of the class."""
        pool = Pool.of(statistics, state)
        shares = class_shares(statistics.sum_p[pool.rows], pool.n)  # (M, K)
        predicted = statistics.histogram[pool.rows].sum(axis=0) > 0
        classes = [int(index) for index in by_name(state.class_names) if predicted[index]]
        drawn = _draw(shares, classes, config.count, rng)
        scores = np.zeros(pool.rows.size)
        scores[list(drawn)] = [shares[place, index] for place, index in drawn.items()]

        def explain(place: int) -> Reason:
            index = drawn[place]
            if index < 0:
                return pool.reason(place, "random", 0.0, "Drawn at random")
            percent = round(100 * shares[place, index])
            text = f"Drawn for {{name}}: {percent} % predicted"
            return pool.class_reason(place, text, seat=index)

        order: Places = np.array(list(drawn), dtype=np.int64)
        return pool.picks(order, scores, explain)


def _draw(
    shares: Floats, classes: list[int], count: int, rng: np.random.Generator
) -> dict[int, int]:
    """Return the class, -1 for none, that each tile was drawn for, in the order of the draws."""
    drawn: dict[int, int] = {}
    open_ = np.asarray(np.isfinite(shares).all(axis=1))
    weights = np.where(open_[:, None], shares, 0.0)
    wanted = min(count, int(open_.sum()))
    while len(drawn) < wanted:
        index = classes[int(rng.integers(len(classes)))] if classes else -1
        chances = weights[:, index] if index >= 0 else open_.astype(np.float64)
        total = chances.cumsum()
        if not total[-1] > 0:  # nothing is left of this class
            classes = [other for other in classes if other != index]
            continue
        place = int(np.searchsorted(total, rng.random() * total[-1], side="right"))
        drawn[place] = index
        weights[place], open_[place] = 0.0, False
    return drawn
