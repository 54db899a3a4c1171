"""Round numbers for an axis that counts labels."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..messages import tr
from . import phrases

MOST_TICKS = 12
THOUSAND, MILLION = 1_000, 1_000_000


@dataclass(frozen=True)
class Axis:
    """A range of counts, drawn from `left` to `right` in pixels."""

    low: int
    high: int
    left: float
    right: float

    def x(self, value: float) -> float:
        """Return where a count is drawn."""
        if self.high == self.low:
            return (self.left + self.right) / 2
        share = (value - self.low) / (self.high - self.low)
        return self.left + share * (self.right - self.left)

    def ticks(self, width: Callable[[str], float], gap: float) -> list[tuple[int, str]]:
        """Return as many round counts as fit side by side, with their texts.

        Args:
            width: Returns the pixels that a text takes.
            gap: Pixels to leave between two texts.
        """
        span = max(self.high - self.low, 1)
        for step in _round_steps():
            if span > MOST_TICKS * step:
                continue
            ticks = [
                (value, tick_text(value, step))
                for value in range(math.ceil(self.low / step) * step, self.high + 1, step)
            ]
            room = (self.right - self.left) * step / span
            if not ticks[1:] or room >= gap + max(width(text) for _, text in ticks):
                break
        return ticks or [(self.high, phrases.exact(self.high))]


def _round_steps() -> Iterator[int]:
    """Yield 1, 2, 5, 10, 20, 50, … without end."""
    for decade in itertools.count():
        yield from (factor * 10**decade for factor in (1, 2, 5))


def axis_over(counts: Sequence[int], left: float, right: float) -> Axis:
    """Return the axis for these counts: from 0, unless that would waste half of it."""
    low, high = min(counts), max(counts)
    return Axis(0 if low <= high / 2 else low, high, left, right)


def tick_text(value: int, step: int) -> str:
    """Return a round count as briefly as the step allows without rounding it."""
    if value and step >= MILLION:
        return tr("{number} M").format(number=phrases.exact(value // MILLION))
    if value and step >= THOUSAND:
        return tr("{number} k").format(number=phrases.exact(value // THOUSAND))
    return phrases.exact(value)
