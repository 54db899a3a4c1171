"""How a batch is divided: tiles that cover feature space, seats for classes, and the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..config import QueryConfig, Step
from ..scoring import PoolStatistics
from .base import LoopState
from .quotas import class_pull, labelled_classes
from .steps import Flags, class_seats

SEEN_SHARE = 0.1  # of the map beside its share of the labels, from which a class is seen


@dataclass(frozen=True, eq=False)
class Division:
    """Who chooses how many tiles; what is left of the batch is the rest.

    Attributes:
        unseen: bool (K,), the classes that the map does not show.
        cover: Tiles of the whole pool that are chosen by distance alone, for unseen classes.
        seats: int64 (K,), tiles chosen for each of the other classes.
        plain: Whether in the rest, too, distance alone counts.
    """

    unseen: Flags
    cover: int
    seats: NDArray[np.int64]
    plain: bool


def divided(config: QueryConfig, statistics: PoolStatistics, state: LoopState) -> Division:
    """Divide a batch: unseen classes get their share of it, the others two thirds of what is left.

    While a labelled class is unseen there are no seats: it needs more labels first, and until
    then the uncertainty of the others says little of where the map is wrong.

    Args:
        config: Says how many tiles, by which quota rule, and which step is left out.
        statistics: The scan of N tiles.
        state: Labels, and what the quota rule looks at.
    """
    unseen, labelled = unseen_classes(statistics, state), labelled_classes(state)
    if config.without is Step.COVER:
        unseen = np.zeros_like(unseen)
    cover = int(config.count * unseen.mean() + 0.5)
    plain = bool((unseen & labelled).any())
    seats = np.zeros(unseen.size, dtype=np.int64)
    if not plain and config.without is not Step.SEATS:
        pull = class_pull(config.quotas, statistics, state)
        seats = class_seats(config.count - cover, pull, state)
    return Division(unseen, cover, seats, plain)


def unseen_classes(statistics: PoolStatistics, state: LoopState) -> Flags:
    """Tell which classes the network does not see.

    Its probabilities say nothing of where such a class is, so that neither uncertainty nor
    a seat finds it; tiles that look different from the labelled ones do.

    Args:
        statistics: The scan of N tiles.
        state: Labels, and which tiles count.

    Returns:
        bool (K,): classes without labels, and those that the map shows far less than the
        labels do.
    """
    mapped = _shares(statistics.histogram[state.eligible].sum(axis=0))
    if state.label_counts is None:
        return np.asarray(mapped <= 0)
    labels = _shares(state.label_counts.sum(axis=0))
    return np.asarray((labels <= 0) | (mapped < SEEN_SHARE * labels))


def _shares(pixels: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(pixels / max(float(pixels.sum()), 1.0))
