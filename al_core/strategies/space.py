"""Where the tiles lie in feature space: candidates, and the labelled tiles to differ from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..config import QueryConfig
from ..diversity import centred, nearest, spread_out, unit_rows
from .base import Floats
from .pool import Places, Pool, check_scanned

LEAST_WORTH = 1e-6  # so that what is worth nothing still comes in the order of its distance
FARTHEST = 2.0  # no two points of length 1 are farther apart


@dataclass(frozen=True, eq=False)
class Space:
    """Features of the candidates and of the labelled tiles, centred.

    Attributes:
        points: float32 (P, d) by ascending tile id; NaN where a feature is not finite.
        places: int64 (M,) the row of each candidate.
        seeds: int64 (L,) the rows of the labelled tiles.
        width: No two points are farther apart.
    """

    points: NDArray[np.float32]
    places: Places
    seeds: Places
    width: float = FARTHEST

    @classmethod
    def of(cls, pool: Pool, title: str) -> Space:
        """Return the space of a pool in which all points are of length 1.

        Raises:
            QueryError: The scan holds no features; `title` is the strategy that asks.
        """
        return cls._laid_out(pool, title, unit_rows)

    @classmethod
    def plain(cls, pool: Pool, title: str) -> Space:
        """Return the space of a pool in which the features are as the network made them.

        Raises:
            QueryError: The scan holds no features; `title` is the strategy that asks.
        """
        space = cls._laid_out(pool, title, centred)
        lengths = np.sqrt(np.einsum("nd,nd->n", space.points, space.points))
        longest = float(lengths[np.isfinite(lengths)].max(initial=0.0))
        return replace(space, width=2.0 * longest)

    @classmethod
    def asked_for(cls, pool: Pool, title: str, config: QueryConfig) -> Space:
        """Return the space that the option `normalise` names: `of` or `plain`."""
        return (cls.of if config.normalise else cls.plain)(pool, title)

    @classmethod
    def _laid_out(cls, pool: Pool, title: str, lay: Callable[..., NDArray[np.float32]]) -> Space:
        statistics, labelled = pool.statistics, pool.state.labelled_rows()
        check_scanned(title, "the features of the tiles", known=statistics.features.shape[1] > 0)
        rows = np.union1d(pool.rows, labelled)
        rows = rows[np.argsort(statistics.tile_ids[rows], kind="stable")]
        turn = np.full(len(statistics), -1, dtype=np.int64)
        turn[rows] = np.arange(rows.size)
        return cls(lay(statistics.features, rows), turn[pool.rows], np.sort(turn[labelled]))

    def known(self) -> NDArray[np.bool_]:
        """Tell which candidates have finite features, bool (M,)."""
        return np.asarray(np.isfinite(self.points[self.places, 0]))

    def apart(
        self, among: Places, count: int, chosen: Places, worth: Floats | None = None
    ) -> Places:
        """Return candidates far from the labelled ones, the chosen ones and each other.

        Args:
            among: int64 (A,) the candidates to choose from; the earlier fills up first.
            count: How many.
            chosen: int64 (C,) candidates that are chosen already.
            worth: float64 (A,), not negative: how much the distance of each candidate counts;
                None counts all alike.

        Returns:
            int64 (≤ count,), in the order of choice; of equal distances the earlier.
        """
        fixed = np.concatenate([self.seeds, self.places[chosen]])
        rows = np.concatenate([self.places[among], fixed])
        seeds = np.arange(among.size, rows.size)
        weights = None if worth is None else _relative(worth, rows.size)
        return among[spread_out(self.points[rows], count, seeds, worth=weights)]

    def farthest(self, among: Places, count: int) -> Places:
        """Return candidates far from the labelled ones and each other; the points are not copied.

        Args:
            among: int64 (A,) the candidates to choose from, ascending.
            count: How many.

        Returns:
            int64 (≤ count,), in the order of choice; of equal distances the lowest place.
            Candidates that are labelled in part come last.
        """
        shut = np.ones(len(self.points), dtype=np.bool_)
        shut[self.places[among]] = False
        found = spread_out(self.points, count, self.seeds, np.flatnonzero(shut))
        order = np.searchsorted(self.places, found)  # places ascend, as the tile ids do
        return np.concatenate([order, np.setdiff1d(among, order)[: max(count - order.size, 0)]])

    def distances(self, order: Places) -> NDArray[np.float64]:
        """Return the distance of candidates to the nearest labelled tile.

        Args:
            order: int64 (C,) candidates.

        Returns:
            float64 (C,), 0 to the width; +inf where nothing is labelled.
        """
        seeds = self.points[self.seeds]
        seeds = seeds[np.isfinite(seeds[:, 0])]
        return np.sqrt(nearest(self.points[self.places[order]], seeds).astype(np.float64))

    def to_scale(self, distances: Floats) -> Floats:
        """Return distances on the scale of `how_far`, on which the width is FARTHEST."""
        return np.asarray(distances * (FARTHEST / self.width if self.width > 0 else 1.0))

    def has_seeds(self) -> bool:
        """Tell whether there is a labelled tile to keep away from."""
        return bool(np.isfinite(self.points[self.seeds, 0]).any())

    def radii(self, order: Places) -> NDArray[np.float64]:
        """Return the distance of each choice to all that is labelled or was chosen before it.

        Args:
            order: int64 (C,) candidates in the order of choice.

        Returns:
            float64 (C,), 0 to the width, never rising; the width for a first choice with
            nothing labelled.
        """
        chosen = self.points[self.places[order]].astype(np.float64)
        cosines = np.tril(chosen @ chosen.T, -1)
        norms = np.square(chosen).sum(axis=1)
        gaps = np.maximum(norms[:, None] + norms - 2 * cosines, 0.0)
        gaps[np.triu_indices(len(gaps))] = self.width**2
        between = np.sqrt(gaps.min(axis=1, initial=self.width**2))
        return np.minimum.accumulate(np.minimum(between, self.distances(order)))


def _relative(worth: Floats, size: int) -> NDArray[np.float32]:
    """Return the worth beside the largest of them, and 1 for the rows that cannot be chosen."""
    weights = np.ones(size, dtype=np.float32)
    most = float(worth.max(initial=0.0))
    if most > 0:
        weights[: worth.size] = np.maximum(worth / most, LEAST_WORTH)
    return weights


def how_far(distance: float) -> str:
    """Return words for the distance to the nearest labelled tile; it is on a scale of 0 to 2."""
    if not np.isfinite(distance):
        return "nothing labelled yet to compare with"
    return f"{distance:.2f} from the nearest labelled tile"
