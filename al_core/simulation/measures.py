"""What the tables say of a round: IoU over pixels, F1 over whole tiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..balance import imbalance
from ..scoring import class_scores, f1_scores, iou
from .journal import Entry
from .world import World

Floats = NDArray[np.float64]
Row = list[object]


class Measures(Protocol):
    """The columns of rounds.csv that depend on what a label is."""

    @property
    def prefix(self) -> str:
        """What stands before a class in the columns of picks.csv."""

    @property
    def columns(self) -> list[str]:
        """The names."""

    def of(self, entry: Entry, weights: Sequence[float] | None) -> Row:
        """Return the values of a round; `weights` are None where nothing is chosen."""


def measures_of(world: World) -> Measures:
    """Return the measures of a world."""
    return OverTiles(world) if world.task.labels_tiles else OverPixels(world)


@dataclass(frozen=True, eq=False)
class OverPixels:
    """IoU and F1 over the classes that the truth holds."""

    world: World
    prefix: str = "px_"

    @property
    def columns(self) -> list[str]:
        """The names."""
        return [
            *("labelled_tiles", "labelled_pixels", "miou", "macro_f1", "kl", "validation_miou"),
            *_by_class(self.world, ("iou", "f1", "weight")),
        ]

    def of(self, entry: Entry, weights: Sequence[float] | None) -> Row:
        """Return the values of a round."""
        values = _iou(entry.confusion)
        f1 = 2 * values / (1 + values)
        return [
            len(entry.labelled),
            int(sum(entry.labelled_px)),
            _mean(values),
            _mean(f1),
            _unevenness(self.world, entry),
            _mean(_iou(entry.validation)),
            *values.tolist(),
            *f1.tolist(),
            *_weights(self.world, weights),
        ]


@dataclass(frozen=True, eq=False)
class OverTiles:
    """F1, leaving out classes that are neither there nor predicted; see METHODS 4.7."""

    world: World
    prefix: str = "tag_"

    @property
    def columns(self) -> list[str]:
        """The names."""
        return [
            *("labelled_tiles", "labelled_tags", "micro_f1", "macro_f1", "macro_f1_zero"),
            *("accuracy", "kl", "validation_macro_f1"),
            *_by_class(self.world, ("f1", "weight")),
        ]

    def of(self, entry: Entry, weights: Sequence[float] | None) -> Row:
        """Return the values of a round."""
        skipped, zero = (f1_scores(entry.confusion, rule) for rule in ("skip", "zero"))
        return [
            len(entry.labelled),
            int(sum(entry.labelled_px)),
            skipped.micro,
            skipped.macro,
            zero.macro,
            entry.accuracy,
            _unevenness(self.world, entry),
            f1_scores(entry.validation, "skip").macro,
            *class_scores(entry.confusion).tolist(),
            *_weights(self.world, weights),
        ]


def _by_class(world: World, kinds: Sequence[str]) -> list[str]:
    return [f"{kind}_{name}" for kind in kinds for name in world.legend.names]


def _weights(world: World, weights: Sequence[float] | None) -> Sequence[float]:
    return [math.nan] * world.classes if weights is None else weights


def _unevenness(world: World, entry: Entry) -> float:
    there = world.counts.any(axis=0)
    return imbalance(np.array(entry.labelled_px)[there]).kl_all


def _iou(table: object) -> Floats:
    """Return float64 (K,), NaN for classes without truth."""
    confusion = np.array(table)
    return np.where(confusion.sum(axis=1) > 0, iou(confusion), np.nan)


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else math.nan
