"""How a batch is divided: tiles that cover feature space, seats for classes, and the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..config import QueryConfig, Step
from ..scoring import PoolStatistics
from .base import LoopState
from .quotas import class_pull
from .steps import Flags, class_seats

SEEN_SHARE = 0.1  # of the map beside its share of the labels, from which a class is seen
SEEN_IOU = 0.02


@dataclass(frozen=True, eq=False)
class Division:
    """Who chooses how many tiles; what is left of the batch is the rest.

    Attributes:
        unseen: bool (K,), the classes that the map does not show.
        cover: Tiles that are chosen by distance alone, on behalf of the unseen classes.
        seats: int64 (K,), tiles chosen for each of the other classes.
    """

    unseen: Flags
    cover: int
    seats: NDArray[np.int64]


def divided(config: QueryConfig, statistics: PoolStatistics, state: LoopState) -> Division:
    """Divide a batch: unseen classes get their share of it, the others two thirds of what is left.

    Args:
        config: Says how many tiles, by which quota rule, and which step is left out.
        statistics: The scan of N tiles.
        state: Gaps, labels and history.
    """
    unseen = unseen_classes(statistics, state)
    if config.without is Step.COVER:
        unseen = np.zeros_like(unseen)
    cover = int(config.count * unseen.mean() + 0.5)
    pull = np.where(unseen, 0.0, class_pull(config.quotas, statistics, state))
    seats = np.zeros(unseen.size, dtype=np.int64)
    if pull.sum() > 0 and config.without is not Step.SEATS:
        seats = class_seats(config.count - cover, pull, state)
    return Division(unseen, cover, seats)


def unseen_classes(statistics: PoolStatistics, state: LoopState) -> Flags:
    """Tell which classes the network does not see.

    Its probabilities say nothing of where such a class is, so that neither uncertainty nor
    a seat finds it; tiles that look different from the labelled ones do.

    Args:
        statistics: The scan of N tiles.
        state: Gaps, labels, and which tiles count.

    Returns:
        bool (K,): classes without labels, those that the map shows far less than the labels
        do, and those known to have next to no IoU.
    """
    mapped = _shares(statistics.histogram[state.eligible].sum(axis=0))
    unseen = mapped <= 0
    if state.label_counts is not None:
        labels = _shares(state.label_counts.sum(axis=0))
        unseen = (labels <= 0) | (mapped < SEEN_SHARE * labels)
    if state.gaps is not None:
        unseen = unseen | (state.gaps > 1 - SEEN_IOU)  # False where the gap is not known
    return np.asarray(unseen)


def _shares(pixels: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(pixels / max(float(pixels.sum()), 1.0))
