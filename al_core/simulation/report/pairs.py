"""Strategies against each other: seed by seed, with a test that assumes nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import QueryError

EXACT_UP_TO = 16  # pairs; 2^16 sign patterns are counted one by one
DRAWS = 20_000
ENOUGH_SEEDS = 5  # with fewer no test can give p below 0.1, so no difference is called clear
ROUNDING = 1e-12  # differences that are equal but for rounding count as equal
# Student's t at 97.5 %, by degrees of freedom from 1; beyond the list the last one is near enough.
T_975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179,
         2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086)  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """One strategy minus another over the seeds that both have.

    `error` (one standard error of the mean difference) and `p` are None below two seeds.
    """

    first: str
    second: str
    seeds: int
    wins: int
    difference: float
    error: float | None
    p: float | None

    @property
    def share(self) -> float:
        """The share of the seeds in which the first is above the second."""
        return self.wins / self.seeds if self.seeds else math.nan

    @property
    def is_clear(self) -> bool:
        """Whether there are five seeds and the 95 % interval of the difference leaves out zero."""
        if self.error is None or self.seeds < ENOUGH_SEEDS:
            return False
        half = T_975[min(self.seeds - 1, len(T_975)) - 1] * self.error
        return abs(self.difference) > max(half, ROUNDING)


def sign_flip_p(
    differences: NDArray[np.float64] | Sequence[float], rng: np.random.Generator | None = None
) -> float:
    """Return the two-sided p-value of the paired sign-flip permutation test.

    Were the two strategies alike, each difference could as well have had the other sign. The
    p-value is the share of all 2^n choices of signs whose mean is at least as far from zero as
    the one that was seen; above 16 pairs the choices are sampled.

    Args:
        differences: (n,) one paired difference per seed.
        rng: Draws the signs above 16 pairs; by default seeded with 0.

    Raises:
        QueryError: There are fewer than two seeds.
    """
    values = np.asarray(differences, np.float64)
    if len(values) < 2:  # noqa: PLR2004 - a pair of seeds
        raise QueryError(
            f"A paired test needs at least two seeds, but there is {len(values)}; "
            "run the simulation with more, such as --seeds 0,1,2,3,4."
        )
    seen = abs(values.mean()) - ROUNDING
    if len(values) <= EXACT_UP_TO:
        patterns = np.arange(2 ** len(values))[:, None] >> np.arange(len(values)) & 1
        return float((np.abs((1 - 2 * patterns) @ values) / len(values) >= seen).mean())
    rng = np.random.default_rng(0) if rng is None else rng
    signs = rng.integers(0, 2, (DRAWS, len(values))) * 2 - 1
    extreme = int((np.abs(signs @ values) / len(values) >= seen).sum())
    return (extreme + 1) / (DRAWS + 1)


def compare(first: str, second: str, measured: Mapping[str, Mapping[int, float]]) -> Pair:
    """Compare two strategies over the seeds for which both have a defined value.

    Args:
        first: A strategy.
        second: The one that is taken off.
        measured: For every strategy a value by seed.
    """
    a, b = measured.get(first, {}), measured.get(second, {})
    seeds = [s for s in a if s in b and math.isfinite(a[s]) and math.isfinite(b[s])]
    gains = np.array([a[seed] - b[seed] for seed in seeds], np.float64)
    several = len(gains) > 1
    return Pair(
        first=first,
        second=second,
        seeds=len(gains),
        wins=int((gains > ROUNDING).sum()),
        difference=float(gains.mean()) if len(gains) else math.nan,
        error=float(gains.std(ddof=1) / math.sqrt(len(gains))) if several else None,
        p=sign_flip_p(gains) if several else None,
    )


def win_matrix(measured: Mapping[str, Mapping[int, float]]) -> tuple[Pair, ...]:
    """Return every ordered pair of strategies, row by row."""
    return tuple(compare(a, b, measured) for a in measured for b in measured if a != b)


def smallest_p(seeds: int) -> float:
    """Return the smallest p-value that this many seeds can give."""
    return 2.0 ** (1 - seeds)
