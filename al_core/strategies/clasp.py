"""Seats for every class, and some luck (after ClaSP PE, arXiv 2601.13677)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..config import QueryConfig, QuotaRule
from ..scoring import PoolStatistics, beta_at, power_noise
from .base import Floats, LoopState, Need, Pick, Reason
from .pool import Places, Pool, best_first, by_name, class_noise
from .quotas import class_pull
from .steps import Flags, class_seats, interleaved


class Clasp:
    """Two thirds by noised ln s_k, class by class; the rest by noised entropy."""

    name = "clasp"
    title = "Classes with luck (ClaSP)"
    promise = (
        "Gives every class the same number of seats for the tiles most unsure about it, with less "
        "and less luck as the rounds go by; needs no features, but does not look for variety."
    )
    needs = frozenset({Need.STATISTICS})

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,
    ) -> list[Pick]:
        """Return the tiles of the classes, first seats first, then the others."""
        pool = Pool.of(statistics, state)
        entropies = pool.mean_of(statistics.sum_entropy)
        beta = beta_at(state.queries, config.rounds)
        noise = class_noise(pool.rows.size, state.class_names, rng)
        shares = power_noise(pool.mean_of(statistics.sum_entropy_p), noise, beta)  # (M, K)
        overall = power_noise(entropies, rng.gumbel(size=pool.rows.size), beta)
        seats = class_seats(config.count, class_pull(QuotaRule.UNIFORM, statistics, state), state)
        open_ = np.isfinite(entropies)
        turns = rng.permutation(by_name(state.class_names))
        taken = _seated(shares, seats, open_, turns)
        open_[[place for _, place in taken]] = False
        rest = _topped_up(overall, open_)[: max(config.count - len(taken), 0)]
        seat_of = {place: index for index, place in taken}
        order = np.array([*seat_of, *rest.tolist()], dtype=np.int64)

        def explain(place: int) -> Reason:
            if place in seat_of:
                text = "Picked for {name}: {percent} % of the score"
                return pool.class_reason(place, text, seat=seat_of[place])
            return pool.class_reason(place, f"Mean entropy {entropies[place]:.2f}; {{name}}")

        return pool.picks(order, entropies, explain)


def _seated(
    noised: Floats, seats: NDArray[np.int64], open_: Flags, turns: NDArray[np.int64]
) -> list[tuple[int, int]]:
    """Return (class, place): the classes choose in turn, each from what is left."""
    free, chosen = open_.copy(), list[tuple[int, Places]]()
    for index in turns.tolist():
        places = best_first(np.where(free, noised[:, index], np.nan))[: seats[index]]
        free[places] = False
        chosen.append((index, places))
    return interleaved(chosen)


def _topped_up(noised: Floats, open_: Flags) -> Places:
    """Return the open places by noised score; those the network is sure of come last."""
    ranked = best_first(np.where(open_, noised, np.nan))
    sure = np.setdiff1d(np.flatnonzero(open_), ranked)
    return np.concatenate([ranked, sure])
