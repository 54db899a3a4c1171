"""What is said and what is predicted of every tile: what map, gallery and chart draw."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...al_core.config import Task
from ...al_core.legend import UNSURE
from ...al_core.scoring import TagPredictions, predicted_tags

PRESENT = 1
NOBODY = -1  # in place of a class


class Kind(enum.IntEnum):
    """What is known of a tile: nothing, a prediction, tags, or that nobody can tell."""

    OPEN = 0
    PREDICTED = 1
    TAGGED = 2
    UNSURE = 3


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a network says, one row a tile; NaN and False where it has not looked.

    Attributes:
        p: float32 (T, K) probabilities.
        uncertainty: float32 (T,), 0 to 1.
        predicted: bool (T, K), the predicted tags.
        certainty: float32 (T,), how sure all of a tile's predicted tags are, 0 to 1: the
            probability of the class; of many tags that of the most doubtful one.
        lead: int64 (T,), the most probable predicted class, or NOBODY.
    """

    p: NDArray[np.float32]
    uncertainty: NDArray[np.float32]
    predicted: NDArray[np.bool_]
    certainty: NDArray[np.float32]
    lead: NDArray[np.int64]

    @classmethod
    def of(cls, found: TagPredictions, tiles: int, task: Task) -> Outlook:
        """Spread predictions over all T tiles; takes a while, in any thread."""
        p = np.full((tiles, found.classes), np.nan, dtype=np.float32)
        uncertainty = np.full(tiles, np.nan, dtype=np.float32)
        p[found.tile_ids], uncertainty[found.tile_ids] = found.p, found.uncertainty
        predicted = predicted_tags(p, task) & np.isfinite(p)
        sure = p if task is Task.SCENE else np.maximum(p, 1 - p)
        certainty = sure.max(axis=1) if task is Task.SCENE else sure.min(axis=1)
        lead = np.where(predicted, p, NOBODY).argmax(axis=1)
        lead[~predicted.any(axis=1)] = NOBODY
        return cls(p, uncertainty, predicted, certainty, lead)

    @classmethod
    def none(cls, tiles: int, classes: int) -> Outlook:
        """Say nothing."""
        unknown = np.full(tiles, np.nan, dtype=np.float32)
        return cls(
            np.full((tiles, classes), np.nan, dtype=np.float32),
            unknown,
            np.zeros((tiles, classes), dtype=bool),
            unknown,
            np.full(tiles, NOBODY, dtype=np.int64),
        )


class TileStates:
    """One row a tile; K classes. Change it by its methods only.

    Attributes:
        task: Whether a tile has one class or any number.
        kind: uint8 (T,), a Kind.
        judged: bool (T,), whether a tile has tags; that nobody can tell is one, too.
        tags: uint8 (T, K), 0 absent, 1 present, 254 cannot tell; of judged tiles.
        shown: bool (T, K), the classes of the tags, else the predicted ones.
        lead: int64 (T,), the class that stands for a tile: the first of its tags, else the
            most probable predicted one, or NOBODY.
        outlook: What the network says.
    """

    def __init__(self, tiles: int, classes: int, task: Task) -> None:
        self.task = task
        self.kind: NDArray[np.uint8] = np.zeros(tiles, dtype=np.uint8)
        self.judged: NDArray[np.bool_] = np.zeros(tiles, dtype=bool)
        self.tags: NDArray[np.uint8] = np.zeros((tiles, classes), dtype=np.uint8)
        self.shown: NDArray[np.bool_] = np.zeros((tiles, classes), dtype=bool)
        self.lead: NDArray[np.int64] = np.full(tiles, NOBODY, dtype=np.int64)
        self.outlook = Outlook.none(tiles, classes)

    def __len__(self) -> int:
        """The number of tiles."""
        return len(self.kind)

    @property
    def single(self) -> bool:
        """Whether a tile has exactly one class."""
        return self.task is Task.SCENE

    def set_tags(self, ids: NDArray[np.int64], tags: NDArray[np.uint8]) -> None:
        """Take over all tags: (M,) tiles and their (M, K) tags; the others have none."""
        before = np.flatnonzero(self.judged)
        self.judged[before] = False
        self.tags[before] = 0
        self.judged[ids] = True
        self.tags[ids] = tags
        self._show(np.union1d(before, ids))

    def change(self, tags: Mapping[int, NDArray[np.uint8] | None]) -> None:
        """Take over the tags of some tiles; None for those that have none any more."""
        ids = np.fromiter(tags, dtype=np.int64, count=len(tags))
        for tile, row in tags.items():
            self.judged[tile] = row is not None
            self.tags[tile] = 0 if row is None else row
        self._show(ids)

    def set_outlook(self, outlook: Outlook | None) -> None:
        """Take over what a network says; None for nothing."""
        self.outlook = outlook or Outlook.none(*self.tags.shape)
        self.shown[:] = self.outlook.predicted
        self.lead[:] = self.outlook.lead
        looked = np.isfinite(self.outlook.uncertainty)
        self.kind[:] = np.where(looked, Kind.PREDICTED, Kind.OPEN)
        self._show(np.flatnonzero(self.judged))

    def _show(self, ids: NDArray[np.int64]) -> None:
        """Draw the conclusions for some tiles."""
        judged, tags = self.judged[ids], self.tags[ids]
        present = tags == PRESENT
        some = present.any(axis=1)
        looked = np.isfinite(self.outlook.uncertainty[ids])
        unsure = judged & ~some & (tags == UNSURE).any(axis=1)
        self.shown[ids] = np.where(judged[:, None], present, self.outlook.predicted[ids])
        said = np.where(some, present.argmax(axis=1), NOBODY)
        self.lead[ids] = np.where(judged, said, self.outlook.lead[ids])
        self.kind[ids] = np.select(
            [unsure, judged, looked], [Kind.UNSURE, Kind.TAGGED, Kind.PREDICTED], Kind.OPEN
        )
