"""The steps that batch strategies are put together from: arrays in, arrays out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..balance import apportion
from ..config import QueryConfig
from ..scoring import above_threshold, gamma_at
from .base import Floats, LoopState
from .pool import Places, best_first, by_name

Flags = NDArray[np.bool_]


def class_seats(count: int, pull: Floats, state: LoopState) -> NDArray[np.int64]:
    """Return how many tiles of the class part each class gets: two thirds of the batch.

    Classes that pull alike take turns: where seats are left over after one round, the next
    one goes on with the classes that had none, in the order of their names.

    Args:
        count: Tiles in the batch.
        pull: float64 (K,) how strongly each class pulls.
        state: Its class names and round break ties, whatever the order of the legend.

    Returns:
        int64 (K,), sums to ⌊2/3·count⌋.
    """
    total = 2 * count // 3
    order = np.roll(by_name(state.class_names), -state.queries * total)
    seats = np.zeros(pull.size, dtype=np.int64)
    seats[order] = apportion(pull[order], total)
    return seats


def class_pool(noised: Floats, open_: Flags, seats: int) -> Places:
    """Return the open tiles that a class may choose from: the top 4·seats + 4.

    Args:
        noised: float64 (M,) ln s_k with noise.
        open_: bool (M,) not chosen yet, and not odd.
        seats: How many the class will choose.

    Returns:
        int64, best first; tiles without any share of the class are left out.
    """
    return best_first(np.where(open_, noised, np.nan))[: 4 * seats + 4]


def theta_pool(scores: Floats, open_: Flags, gamma: float, least: int) -> Places:
    """Return the open tiles above θ = μ + γσ, or the best ones if those are too few.

    Args:
        scores: float64 (M,); θ is taken over all that are finite.
        open_: bool (M,) not chosen yet, and not odd.
        gamma: How far above the mean θ lies, in standard deviations.
        least: How many are enough.

    Returns:
        int64, best first.
    """
    ranked = best_first(np.where(open_, scores, np.nan))
    above = int(above_threshold(scores, gamma)[ranked].sum())
    return ranked[: max(above, least)]


def interleaved(chosen: list[tuple[int, Places]]) -> list[tuple[int, int]]:
    """Return (class, place) so that the first seat of every class comes before any second.

    Args:
        chosen: The places of each class, in the order of choice.
    """
    seats = [
        (seat, turn, index, int(place))
        for turn, (index, places) in enumerate(chosen)
        for seat, place in enumerate(places)
    ]
    return [(index, place) for _, _, index, place in sorted(seats)]


def current_gamma(config: QueryConfig, state: LoopState) -> float:
    """Return γ of this round; the errors of the classes count as independent of each other."""
    mious = [_mean(past.iou) for past in state.history]
    error = float("nan")
    if state.gap_errors is not None and np.isfinite(state.gap_errors).any():
        known = state.gap_errors[np.isfinite(state.gap_errors)]
        error = float(np.sqrt(np.square(known).sum()) / known.size)
    return gamma_at(config.gamma_mode, config.gamma, state.queries, config.rounds, mious, error)


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
