"""The threshold over the pool, and the choice by it (DCAU-AL, equation 7)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..config import ThresholdPolicy
from ..errors import ConfigError

_TOLERANCE = 1e-12  # a constant pool must not leak candidates through rounding


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations, which can be merged block by block."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: ArrayLike) -> Moments:
        """Return the moments of one block of finite values."""
        block = np.asarray(values, dtype=np.float64).ravel()
        if not block.size:
            return cls()
        mean = float(block.mean())
        return cls(block.size, mean, float(np.square(block - mean).sum()))

    def merge(self, other: Moments) -> Moments:
        """Return the moments of both blocks together (Chan, Golub and LeVeque)."""
        count = self.count + other.count
        if not count:
            return self
        step = other.mean - self.mean
        return Moments(
            count,
            self.mean + step * other.count / count,
            self.squares + other.squares + step * step * self.count * other.count / count,
        )

    @property
    def std(self) -> float:
        """The population standard deviation (ddof = 0); NaN without values."""
        return float(np.sqrt(self.squares / self.count)) if self.count else float("nan")


def threshold(scores: ArrayLike, gamma: float = 0.5) -> float:
    """Return θ = μ + γσ over the finite scores.

    Args:
        scores: (N,) scores of the eligible tiles; others are NaN.
        gamma: How many standard deviations above the mean.

    Returns:
        θ; NaN without a finite score.
    """
    values = np.asarray(scores, dtype=np.float64)
    moments = Moments.of(values[np.isfinite(values)])
    return moments.mean + gamma * moments.std


def above_threshold(scores: ArrayLike, gamma: float = 0.5) -> NDArray[np.bool_]:
    """Tell which scores exceed θ by more than rounding.

    Args:
        scores: (N,) scores; one that is not finite never does.
        gamma: See `threshold`.

    Returns:
        bool (N,); all False where all scores are the same.
    """
    values = np.asarray(scores, dtype=np.float64)
    limit = threshold(values, gamma)
    return np.isfinite(values) & (values > limit + _TOLERANCE * max(1.0, abs(limit)))


def select_by_threshold(
    scores: ArrayLike,
    count: int,
    gamma: float = 0.5,
    policy: ThresholdPolicy | str = ThresholdPolicy.FILL,
) -> NDArray[np.int64]:
    """Return the best-scored positions, those above θ first.

    Args:
        scores: (N,) scores; a score that is not finite is never chosen.
        count: How many to choose at most.
        gamma: See `threshold`.
        policy: `fill` goes on below θ until `count` is reached, which equals the plain
            top of the list; `strict` stops at θ and may return none.

    Returns:
        int64 (≤ count,), best first, ties by lowest position.

    Raises:
        ConfigError: `policy` is neither.
    """
    values = np.asarray(scores, dtype=np.float64)
    strict = _policy(policy) is ThresholdPolicy.STRICT
    chosen = above_threshold(values, gamma) if strict else np.isfinite(values)
    places = np.flatnonzero(chosen)
    wanted = max(count, 0)
    if 0 < wanted < places.size:  # only what may be among the first needs an order
        least = np.partition(values[places], places.size - wanted)[places.size - wanted]
        places = places[values[places] >= least]
    order = np.lexsort((places, -values[places]))
    return places[order[:wanted]].astype(np.int64)


def _policy(policy: ThresholdPolicy | str) -> ThresholdPolicy:
    try:
        return ThresholdPolicy(policy)
    except ValueError as error:
        choices = ", ".join(choice.value for choice in ThresholdPolicy)
        raise ConfigError(
            f"“{policy}” is not a threshold policy; choose one of {choices}."
        ) from error
