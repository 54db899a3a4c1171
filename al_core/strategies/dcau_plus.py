"""Cover for what the map lacks, seats for classes, variety above θ, and odd tiles left out.

Built on DCAU-AL (arXiv 2604.08965) and ClaSP PE (arXiv 2601.13677); the combination is ours.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..config import QueryConfig, Step
from ..diversity import loneliness, outlying
from ..scoring import PoolStatistics, beta_at, power_noise
from .base import Floats, LoopState, Need, Pick, Reason
from .division import divided
from .pool import Places, Pool, best_first, by_name, class_noise
from .space import Space, how_far
from .steps import Flags, class_pool, current_gamma, interleaved, theta_pool

ODD_QUANTILE = 0.995

POWER = 3  # of the uncertainty beside the distance: twice as unsure makes up for 8 times as near

NAMED = 3  # classes in a reason; more are hinted at

Choice = Callable[[Places, int, Places, Floats], Places]


class DcauPlus:
    """k-center while classes are unseen; then seats by a quota rule, and weighed k-center."""

    name = "dcau_plus"
    title = "Recommended (gaps, classes, variety)"
    promise = (
        "Looks around as long as the map lacks a class; then takes tiles for classes with few "
        "labels, and where the map is wrong and unsure, all unlike what you have labelled."
    )
    needs = frozenset({Need.STATISTICS, Need.WEIGHTS, Need.FEATURES})

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,
    ) -> list[Pick]:
        """Return what covers, the seats of the classes, first seats first, and the rest.

        Raises:
            QueryError: The scan holds no features.
        """
        pool = Pool.of(statistics, state)
        if not pool.rows.size:
            return []
        space, scores = Space.of(pool, self.title), pool.scores()
        usable = np.isfinite(scores) & space.known()
        odd = np.zeros_like(usable) if config.without is Step.GUARD else odd_places(space)
        regular = usable & ~odd
        division = divided(config, statistics, state)
        cover = _cover(config, space, np.where(regular, scores, np.nan), division.cover)
        regular[cover] = False
        noised = noised_shares(pool, config, rng)
        turns = rng.permutation(by_name(state.class_names))
        choose = _choice(config, space, plain=division.plain)
        seats = class_part(choose, noised, division.seats, regular, turns, cover)
        taken = np.concatenate([cover, np.array([place for _, place in seats], dtype=np.int64)])
        order = completed(choose, scores, taken, (usable, regular), config, state)
        far = dict(zip(order.tolist(), space.distances(order).tolist(), strict=True))
        seat_of = {place: index for index, place in seats}
        radius = dict(zip(cover.tolist(), space.radii(cover).tolist(), strict=True))
        sought = _sought(division.unseen, state)

        def explain(place: int) -> Reason:
            if place in radius:
                return pool.reason(place, "distance", radius[place], sought + how_far(far[place]))
            text = "{name}: {percent} % of the score; " + how_far(far[place])
            if place in seat_of:
                return pool.class_reason(place, "Picked for " + text, seat=seat_of[place])
            return pool.class_reason(place, text)

        return pool.picks(order, scores, explain)

    def odd(self, statistics: PoolStatistics, state: LoopState) -> NDArray[np.int64]:
        """Return the ids of the tiles that are picked only when no other is left, ascending.

        Raises:
            QueryError: The scan holds no features.
        """
        pool = Pool.of(statistics, state)
        if not pool.rows.size:
            return np.zeros(0, dtype=np.int64)
        odd = odd_places(Space.of(pool, self.title))
        return statistics.tile_ids[pool.rows[odd]]


def odd_places(space: Space) -> Flags:
    """Return which candidates lie apart from all others, bool (M,)."""
    return outlying(loneliness(space.points), ODD_QUANTILE)[space.places]


def noised_shares(pool: Pool, config: QueryConfig, rng: np.random.Generator) -> Floats:
    """Return ln s_k + Gumbel/β of each tile and class, float64 (M, K)."""
    shares = pool.mean_of(pool.statistics.sum_entropy_p)
    noise = class_noise(pool.rows.size, pool.state.class_names, rng)
    if config.without is Step.NOISE:
        noise = np.zeros_like(noise)
    return power_noise(shares, noise, beta_at(pool.state.queries, config.rounds))


def weighed(space: Space, power: int = POWER) -> Choice:
    """Return a choice of candidates that are far from others, the more unsure the rather.

    Distance alone goes to the margins of the feature space, which say little of the classes.

    Args:
        space: Where the tiles lie.
        power: Of the scores; with 0 distance counts alone.
    """

    def choose(among: Places, count: int, chosen: Places, scores: Floats) -> Places:
        return space.apart(among, count, chosen, np.power(scores, power))

    return choose


def _choice(config: QueryConfig, space: Space, *, plain: bool) -> Choice:
    if config.without is Step.VARIETY:
        return first
    return weighed(space, 0 if plain or config.without is Step.WORTH else POWER)


def _cover(config: QueryConfig, space: Space, scores: Floats, count: int) -> Places:
    """Return tiles far from all that is labelled and from each other, however sure they are."""
    if config.without is Step.VARIETY:
        return best_first(scores)[:count]
    return space.farthest(np.flatnonzero(np.isfinite(scores)), count)


def _sought(unseen: Flags, state: LoopState) -> str:
    """Return what tiles are chosen for by distance: the classes that the map does not show."""
    names = [state.class_names[index] for index in np.flatnonzero(unseen)]
    said = ", ".join(names[:NAMED]) + (" and more" if names[NAMED:] else "")
    return f"To find {said}: unlike the others, "


def first(among: Places, count: int, chosen: Places, scores: Floats) -> Places:  # noqa: ARG001
    """Return the best of some candidates, however alike."""
    return among[:count]


def class_part(
    choose: Choice,
    noised: Floats,
    seats: NDArray[np.int64],
    open_: Flags,
    turns: NDArray[np.int64],
    before: Places,
) -> list[tuple[int, int]]:
    """Fill the seats of each class from the pool of that class.

    Args:
        choose: Takes so many of some candidates, given those already taken and the scores.
        noised: float64 (M, K).
        seats: int64 (K,).
        open_: bool (M,) what may be chosen.
        turns: int64 (K,) the classes in the order in which they choose.
        before: int64, the candidates that are chosen already.

    Returns:
        (class, place), the first seat of every class first.
    """
    free, chosen = open_.copy(), list[tuple[int, Places]]()
    taken = before
    for index in turns[seats[turns] > 0].tolist():
        among = class_pool(noised[:, index], free, int(seats[index]))
        scores = np.exp(noised[among, index])
        places = choose(among, int(seats[index]), taken, scores)
        free[places] = False
        taken = np.concatenate([taken, places])
        chosen.append((index, places))
    return interleaved(chosen)


def completed(
    choose: Choice,
    scores: Floats,
    taken: Places,
    open_: tuple[Flags, Flags],
    config: QueryConfig,
    state: LoopState,
) -> Places:
    """Return the whole batch by rank: the rest from above θ, and odd tiles in need only.

    Args:
        choose: Takes so many of some candidates, given those already taken and the scores.
        scores: float64 (M,) the DCAU scores.
        taken: int64, the places that are chosen already.
        open_: bool (M,) all tiles that have a score, and those of them that are not odd.
        config: Says how many, and γ.
        state: Says which round it is.
    """
    usable, regular = (flags.copy() for flags in open_)
    missing = max(config.count - taken.size, 0)
    usable[taken] = regular[taken] = False
    least = regular.size if config.without is Step.THETA else 2 * missing
    among = theta_pool(scores, regular, current_gamma(config, state), least)
    rest = choose(among, missing, taken, scores[among])
    usable[rest] = False
    fill = best_first(np.where(usable, scores, np.nan))[: missing - rest.size]
    return np.concatenate([taken, rest, fill])
