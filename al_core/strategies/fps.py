"""Pick the tiles that lie farthest apart, the first of all by lot (farthest point sampling).

As the baseline of MCFPS, arXiv 2405.13285: in the features as the network made them, unless the
option `normalise` brings them to one length, as “coreset” does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..config import QueryConfig
from ..scoring import PoolStatistics
from .base import LoopState, Need, Pick, Reason
from .pool import Places, Pool
from .space import Space, how_far


class Fps:
    """Greedy k-center from the labelled tiles; the score is the distance at the choice."""

    name = "fps"
    title = "Farthest points"
    promise = (
        "Takes the tiles whose features lie farthest from the labelled ones and from each other; "
        "of use for rare classes and a good encoder, but it does not ask what the network knows."
    )
    needs = frozenset({Need.STATISTICS, Need.FEATURES})

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,
    ) -> list[Pick]:
        """Return tiles in the order of choice.

        Raises:
            QueryError: The scan holds no features.
        """
        pool = Pool.of(statistics, state)
        if not pool.rows.size:
            return []
        space = Space.asked_for(pool, self.title, config)
        order = farthest(space, config.count, rng)
        return farthest_picks(pool, space, order)


def farthest(space: Space, count: int, rng: np.random.Generator) -> Places:
    """Return candidates far from the labelled ones and each other; the first may be any.

    Args:
        space: Where the tiles lie.
        count: How many.
        rng: Draws the first where nothing is labelled.

    Returns:
        int64 (≤ count,), in the order of choice.
    """
    among = np.flatnonzero(space.known())
    if space.has_seeds() or count < 1 or not among.size:
        return space.farthest(among, count)
    first = rng.choice(among, 1)
    return np.concatenate([first, space.apart(np.setdiff1d(among, first), count - 1, first)])


def unlike(place: int, far: str) -> str:  # noqa: ARG001 - the same for every place
    """Return why a tile was chosen by distance: `far` is how far it lies from the labelled."""
    return f"Unlike the others: {far}"


def farthest_picks(
    pool: Pool, space: Space, order: Places, said: Callable[[int, str], str] = unlike
) -> list[Pick]:
    """Return the picks for places that were chosen by distance.

    Args:
        pool: The candidates.
        space: Where they lie.
        order: int64 (C,) their places, in the order of choice.
        said: Gives the sentence for a place and for words on its distance.
    """
    distances, scores = np.zeros(pool.rows.size), np.zeros(pool.rows.size)
    distances[order] = space.to_scale(space.distances(order))
    scores[order] = space.to_scale(space.radii(order))

    def explain(place: int) -> Reason:
        text = said(place, how_far(float(distances[place])))
        return pool.reason(place, "distance", float(scores[place]), text)

    return pool.picks(order, scores, explain)
