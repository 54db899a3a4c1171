"""Strategies that rank every tile by itself: how unsure the network is of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..config import QueryConfig
from ..scoring import PoolStatistics
from .base import Floats, LoopState, Need, Pick, Reason
from .pool import Pool, best_first, check_scanned


@dataclass(frozen=True)
class Ranked:
    """Rank by the mean of one measure over the scorable pixels.

    Attributes:
        name: The name it is asked for by.
        title: A few words for a list.
        promise: What it does, and when to use it.
        measure: How the mean is called in a reason.
        sums: Gives the sums by tile, float64 (N,), higher for more unsure tiles.
        needs: What has to be there before it can choose.
    """

    name: str
    title: str
    promise: str
    measure: str
    sums: Callable[[PoolStatistics], Floats]
    needs: frozenset[Need] = frozenset({Need.STATISTICS})

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,  # noqa: ARG002 - nothing is left to chance
    ) -> list[Pick]:
        """Return the tiles of highest mean.

        Raises:
            QueryError: The scan does not hold the measure.
        """
        pool = Pool.of(statistics, state)
        sums = self.sums(statistics)
        if pool.rows.size:
            check_scanned(self.title, self.measure, known=bool(np.isfinite(sums[pool.rows]).any()))
        scores = pool.mean_of(sums)

        def explain(place: int) -> Reason:
            said = f"{self.measure[0].upper()}{self.measure[1:]} {scores[place]:.2g}"
            return pool.class_reason(place, said + "; {name}")

        return pool.picks(best_first(scores)[: max(config.count, 0)], scores, explain)


MARGIN = Ranked(
    name="margin",
    title="Margin",
    promise="Takes the tiles where the two most likely classes come closest; quick and simple, "
    "but it tends to pick many tiles that look alike.",
    measure="mean closeness of the first two classes",
    sums=lambda statistics: statistics.n - statistics.sum_margin,
)
LEAST_CONFIDENCE = Ranked(
    name="least_confidence",
    title="Least confidence",
    promise="Takes the tiles where the most likely class is least likely; quick and simple, but "
    "it tends to pick many tiles that look alike.",
    measure="mean lack of confidence",
    sums=lambda statistics: statistics.sum_least_confidence,
)
BALD = Ranked(
    name="bald",
    title="BALD (dropout)",
    promise="Takes the tiles on which the network disagrees with itself when parts of it are "
    "switched off; of use with a network that has dropout, unreliable with few labels.",
    measure="mean disagreement under dropout",
    sums=lambda statistics: np.asarray(statistics.sum_bald),
    needs=frozenset({Need.STATISTICS, Need.DROPOUT}),
)
