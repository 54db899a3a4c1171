"""Pick the least certain tile near each of some tiles that lie far apart (MCFPS).

arXiv 2405.13285. Deviations: see `diversity.mcfps`; and until a class has two labelled tiles in
the mean the certainty does not count, because dropout says little with fewer. To wait for two of
every class would be to wait for ever where a class is hardly there.
"""

from __future__ import annotations

import numpy as np

from ..config import QueryConfig
from ..diversity import unsure_points
from ..scoring import PoolStatistics
from .base import Floats, LoopState, Need, Pick, Reason
from .fps import farthest, farthest_picks, unlike
from .pool import Places, Pool, best_first, check_scanned
from .space import Space

FEWEST_TILES = 2  # of a class in the mean, from which the certainty counts


class Mcfps:
    """Farthest points, the k nearest of each, and of these the least certain under dropout."""

    name = "mcfps"
    title = "Variety, then doubt (MCFPS)"
    promise = (
        "Takes tiles that lie far apart and then the least certain of each neighbourhood; made for "
        "unequal classes and a pre-trained encoder, and of no use where classes are balanced."
    )
    needs = frozenset({Need.STATISTICS, Need.FEATURES, Need.CERTAINTY})

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,
    ) -> list[Pick]:
        """Return tiles in the order of the farthest points; the score is 1 - certainty.

        Raises:
            QueryError: The scan holds no features or, where it counts, no certainty.
        """
        pool = Pool.of(statistics, state)
        if not pool.rows.size:
            return []
        space = Space.asked_for(pool, self.title, config)
        wait = what_is_lacking(state)
        if wait:
            return _by_variety(pool, space, farthest(space, config.count, rng), wait)
        certainty = certainty_of(pool)
        check_scanned(
            self.title, "the certainty under dropout", known=bool(np.isfinite(certainty).any())
        )
        order = _chosen(space, certainty, config)

        def explain(place: int) -> Reason:
            said = f"{certainty[place]:.0%} certain, the least of its neighbourhood; {{name}}"
            return pool.class_reason(place, said)

        return pool.picks(order, 1.0 - certainty, explain)


def what_is_lacking(state: LoopState) -> str:
    """Return what there has to be before the certainty counts, "" if all is there."""
    if not state.round:
        return "a network is trained"
    if state.label_counts is None:
        return "there are labels"
    held = int((state.label_counts > 0).sum())
    if held < FEWEST_TILES * len(state.class_names):
        return f"classes have {FEWEST_TILES} labelled tiles in the mean"
    return ""


def certainty_of(pool: Pool) -> Floats:
    """Return the mean certainty over the scorable pixels, float64 (M,); NaN where unknown."""
    sums = np.asarray(pool.statistics.sum_certainty)[pool.rows]
    means = np.full(sums.shape, np.nan)
    np.divide(sums, pool.n, out=means, where=pool.n > 0)
    return means


def _chosen(space: Space, certainty: Floats, config: QueryConfig) -> Places:
    """Return the chosen candidates; those that are labelled in part come last, by doubt."""
    sure = np.full(len(space.points), np.nan)
    sure[space.places] = certainty
    rows = unsure_points(
        space.points, sure, config.count, space.seeds, config.neighbours, config.skip
    )
    order = np.searchsorted(space.places, rows)  # places ascend, as the tile ids do
    left = np.where(space.known(), 1.0 - certainty, np.nan)
    left[order] = np.nan
    return np.concatenate([order, best_first(left)[: max(config.count, 0) - order.size]])


def _by_variety(pool: Pool, space: Space, order: Places, wait: str) -> list[Pick]:
    def said(place: int, far: str) -> str:
        return f"{unlike(place, far)}; certainty counts once {wait}"

    return farthest_picks(pool, space, order, said)
