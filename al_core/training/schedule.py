"""How far training is, by steps or by time, and the learning rate that goes with it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from ..config import TrainConfig
from .recipes import settings_of

MIN_STEPS = 600
STEPS_PER_TILE = 40
_WARM_UP = 0.1
_FIRST = 0.1
_LAST = 0.01
_HEAD_START = 0.05


def planned_steps(config: TrainConfig, labelled_tiles: int) -> int:
    """Return the steps asked for, or as many as the recipe plans for the labels."""
    epochs = settings_of(config).epochs
    if epochs:
        planned = epochs * steps_per_epoch(labelled_tiles, config.batch_size)
    else:
        planned = max(MIN_STEPS, STEPS_PER_TILE * labelled_tiles)
    return config.steps or planned


def steps_per_epoch(tiles: int, batch_size: int) -> int:
    """Return how many batches it takes to see every tile once; the last may be smaller."""
    return max(1, math.ceil(tiles / batch_size))


def learning_rate_factor(position: float) -> float:
    """Return the factor of the learning rate: a short rise, then half a cosine down.

    Args:
        position: 0 at the start of training, 1 at its end.
    """
    if position < _WARM_UP:
        return _FIRST + (1 - _FIRST) * position / _WARM_UP
    falling = (min(position, 1.0) - _WARM_UP) / (1 - _WARM_UP)
    return _LAST + (1 - _LAST) * (1 + math.cos(math.pi * falling)) / 2


@dataclass
class Budget:
    """Steps and time, whichever ends first."""

    steps: int
    seconds: float
    started: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def position(self, step: int) -> float:
        """Return how far training is after so many steps, 0 to 1.

        Time has a head start to make up for: while the steps keep up with it, the clock has
        no influence at all, and the same seed gives the same network.
        """
        by_time = (self.elapsed / self.seconds - _HEAD_START) / (1 - _HEAD_START)
        return min(1.0, max(step / self.steps, by_time))
