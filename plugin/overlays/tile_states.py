"""What is said and what is predicted of every tile: what map, gallery and chart draw."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...al_core.config import Task
from ...al_core.legend import UNSURE
from ...al_core.scoring import predicted_tags

PRESENT = 1


class Kind(enum.IntEnum):
    """What is known of a tile: nothing, a prediction, tags, or that nobody can tell."""

    OPEN = 0
    PREDICTED = 1
    TAGGED = 2
    UNSURE = 3


class TileStates:
    """One row a tile; K classes. Change it by its methods only.

    Attributes:
        task: Whether a tile has one class or any number.
        kind: uint8 (T,), a Kind.
        tags: uint8 (T, K), 0 absent, 1 present, 254 cannot tell; of judged tiles.
        shown: bool (T, K), the classes of the tags, else the predicted ones.
        p: float32 (T, K) predicted probabilities, NaN where no network has looked.
        uncertainty: float32 (T,), 0 to 1; NaN likewise.
    """

    def __init__(self, tiles: int, classes: int, task: Task) -> None:
        self.task = task
        self.kind: NDArray[np.uint8] = np.zeros(tiles, dtype=np.uint8)
        self.tags: NDArray[np.uint8] = np.zeros((tiles, classes), dtype=np.uint8)
        self.shown: NDArray[np.bool_] = np.zeros((tiles, classes), dtype=bool)
        self.p: NDArray[np.float32] = np.full((tiles, classes), np.nan, dtype=np.float32)
        self.uncertainty: NDArray[np.float32] = np.full(tiles, np.nan, dtype=np.float32)
        self._judged: NDArray[np.bool_] = np.zeros(tiles, dtype=bool)

    def __len__(self) -> int:
        """The number of tiles."""
        return len(self.kind)

    @property
    def single(self) -> bool:
        """Whether a tile has exactly one class."""
        return self.task is Task.SCENE

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Which tiles have tags, bool (T,)."""
        return self._judged

    @property
    def predicted(self) -> NDArray[np.bool_]:
        """Of which tiles a network has said something, bool (T,)."""
        return np.isfinite(self.p[:, 0])

    def set_tags(self, ids: NDArray[np.int64], tags: NDArray[np.uint8]) -> None:
        """Take over all tags: (M,) tiles and their (M, K) tags; the others have none."""
        self._judged[:] = False
        self._judged[ids] = True
        self.tags[:] = 0
        self.tags[ids] = tags
        self._show(np.arange(len(self)))

    def change(self, tags: Mapping[int, NDArray[np.uint8] | None]) -> None:
        """Take over the tags of some tiles; None for those that have none any more."""
        ids = np.fromiter(tags, dtype=np.int64, count=len(tags))
        for tile, row in tags.items():
            self._judged[tile] = row is not None
            self.tags[tile] = 0 if row is None else row
        self._show(ids)

    def set_predictions(
        self, ids: NDArray[np.int64], p: NDArray[np.float32], uncertainty: NDArray[np.float32]
    ) -> None:
        """Take over what a network says: (N,) tiles, (N, K) probabilities, (N,) uncertainty."""
        self.p[:] = np.nan
        self.uncertainty[:] = np.nan
        self.p[ids], self.uncertainty[ids] = p, uncertainty
        self._show(np.arange(len(self)))

    def forget_predictions(self) -> None:
        """Have no network any more."""
        none = np.zeros(0, dtype=np.int64)
        self.set_predictions(none, self.p[:0], self.uncertainty[:0])

    def predicted_tags(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return bool (n, K): what is predicted; nothing where no network has looked."""
        p = self.p[ids]
        return predicted_tags(p, self.task) & np.isfinite(p)

    def certainty(self) -> NDArray[np.float32]:
        """Return float32 (T,): how sure the network is of its tags of a tile, 0 to 1; NaN.

        It is the probability of the class; of many tags that of the most doubtful one.
        """
        if self.single:
            return self.p.max(axis=1)  # NaN where NaN
        return np.maximum(self.p, 1 - self.p).min(axis=1)

    def lead(self) -> NDArray[np.int64]:
        """Return int64 (T,): the class that stands for a tile, the most probable shown; or -1."""
        weight = np.where(self.shown, 1 + np.nan_to_num(self.p, nan=0.0), 0)
        return np.where(self.shown.any(axis=1), weight.argmax(axis=1), -1)

    def _show(self, ids: NDArray[np.int64]) -> None:
        """Draw the conclusions for some tiles."""
        judged, tags = self._judged[ids], self.tags[ids]
        present = tags == PRESENT
        looked = np.isfinite(self.p[ids, 0])
        unsure = judged & ~present.any(axis=1) & (tags == UNSURE).any(axis=1)
        self.shown[ids] = np.where(judged[:, None], present, self.predicted_tags(ids))
        self.kind[ids] = np.select(
            [unsure, judged, looked], [Kind.UNSURE, Kind.TAGGED, Kind.PREDICTED], Kind.OPEN
        )
