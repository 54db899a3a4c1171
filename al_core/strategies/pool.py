"""The eligible tiles of a scan, in the order of their ids, and what is said about each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import QueryError
from ..scoring import PoolStatistics, class_shares, dcau, reliability
from .base import Floats, LoopState, Pick, Reason, candidates, leading_class, picks_at

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pool:
    """M candidates; a place is a position among them.

    Attributes:
        statistics: The scan they are part of.
        state: Where the loop stands.
        rows: int64 (M,) their positions in the statistics, by ascending tile id.
    """

    statistics: PoolStatistics
    state: LoopState
    rows: Places

    @classmethod
    def of(cls, statistics: PoolStatistics, state: LoopState) -> Pool:
        """Return the eligible tiles.

        Raises:
            QueryError: The statistics belong to another legend.
        """
        return cls(statistics, state, candidates(statistics, state))

    @property
    def n(self) -> NDArray[np.int64]:
        """Scorable pixels, int64 (M,)."""
        return self.statistics.n[self.rows]

    def damping(self) -> Floats:
        """Return the factor that keeps nearly finished tiles back, float64 (M,)."""
        return reliability(self.n, self.state.tile_px or int(self.n.max(initial=0)))

    def mean_of(self, sums: Floats) -> Floats:
        """Return the damped mean over the scorable pixels.

        Args:
            sums: float64 (N,) or (N, K) sums by row of the statistics.

        Returns:
            float64 (M,) or (M, K); NaN where there is no such pixel.
        """
        table = sums[self.rows].reshape(self.rows.size, int(np.prod(sums.shape[1:])))
        means = class_shares(table, self.n) * self.damping()[:, None]
        return means.reshape(self.rows.size, *sums.shape[1:])

    def scores(self) -> Floats:
        """Return the damped DCAU score of each tile, float64 (M,)."""
        sums = self.statistics.sum_entropy_p[self.rows]
        return np.asarray(dcau(sums, self.n, self.state.weights) * self.damping())

    def terms(self, place: int) -> Floats:
        """Return w_k·s_k of one tile, float64 (K,); 0 where it has no scorable pixel."""
        row = self.rows[[place]]
        shares = class_shares(self.statistics.sum_entropy_p[row], self.statistics.n[row])[0]
        return np.asarray(np.nan_to_num(self.state.weights * shares))

    def picks(self, order: Places, scores: Floats, explain: Callable[[int], Reason]) -> list[Pick]:
        """Return the picks for the chosen places, in order."""
        return picks_at(order, self.statistics.tile_ids[self.rows], scores, explain)

    def reason(self, place: int, term: str, value: float, text: str) -> Reason:
        """Return a reason that no class has a part in; the terms are there all the same."""
        return Reason(None, term, value, 0.0, text, tuple(self.terms(place).tolist()))

    def class_reason(
        self, place: int, text: str = "{name}: {percent} % of the score", seat: int | None = None
    ) -> Reason:
        """Return the reason by the class of the largest w_k·s_k, or by a given one.

        Args:
            place: Which tile.
            text: May name the class as {name} and its share of the score as {percent}.
            seat: The class index to speak of; None takes the largest term.
        """
        terms = self.terms(place)
        index = leading_class(terms)[0] if seat is None else seat
        total = float(terms.sum())
        share = float(terms[index]) / total if total > 0 else 0.0
        name = self.state.class_names[index]
        said = text.format(name=name, percent=round(100 * share))
        return Reason(name, "w*s", float(terms[index]), share, said, tuple(terms.tolist()))


def by_name(class_names: Sequence[str]) -> Places:
    """Return the class indices by name: chance must not depend on the order of a legend."""
    return np.array(sorted(range(len(class_names)), key=class_names.__getitem__), dtype=np.int64)


def class_noise(tiles: int, class_names: Sequence[str], rng: np.random.Generator) -> Floats:
    """Return standard Gumbel noise float64 (tiles, K), drawn class after class by name."""
    noise = np.empty((tiles, len(class_names)))
    for index in by_name(class_names):
        noise[:, index] = rng.gumbel(size=tiles)
    return noise


def best_first(scores: Floats) -> Places:
    """Return the places of finite score, the highest first, ties to the lowest place."""
    places = np.flatnonzero(np.isfinite(scores))
    return places[np.argsort(-scores[places], kind="stable")]


def check_scanned(title: str, what: str, *, known: bool) -> None:
    """Refuse a scan that lacks what a strategy looks at.

    Raises:
        QueryError: It does.
    """
    if not known:
        raise QueryError(f"“{title}” needs {what}, which this scan does not have; scan again.")
