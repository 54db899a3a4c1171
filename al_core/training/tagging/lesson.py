"""What is learned from: the tags as they were when training started."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...config import Task
from ...errors import TrainingError
from ...models import NetworkInputs
from ...models.views import Views

States = NDArray[np.uint8]

PRESENT = 1
ABSENT = 0


@dataclass(frozen=True, eq=False)
class PooledViews:
    """What an encoder that is not trained makes of tiles, so that it has to look only once.

    `rows` is float16 (M, V, L): V views of each of M tiles, the first as they are; `views` says
    of which kind.
    """

    rows: NDArray[np.float16]
    views: Views


@dataclass(frozen=True, eq=False)
class TagLesson:
    """Tiles and their tags; validation tiles never enter.

    Attributes:
        inputs: Images and tiles.
        ids: int64 (M,) tagged tiles, ascending.
        states: uint8 (M, K), 1 present, 0 absent, 254 not known.
        class_names: By class index.
        task: SCENE or MULTILABEL.
        pooled: For an encoder that is not trained, aligned with `ids`.
    """

    inputs: NetworkInputs
    ids: NDArray[np.int64]
    states: States
    class_names: tuple[str, ...]
    task: Task
    pooled: PooledViews | None = None

    @property
    def classes(self) -> int:
        """The number of classes, K."""
        return len(self.class_names)

    def seen(self) -> NDArray[np.int64]:
        """Return int64 (K,), the tiles that show each class."""
        return np.asarray((self.states == PRESENT).sum(axis=0))

    @property
    def can_be_learnt(self) -> bool:
        """Whether there is something to tell apart."""
        shown = (self.states == PRESENT).any(axis=0)
        return bool((shown & (self.states == ABSENT).any(axis=0)).any())

    def check(self) -> None:
        """Make sure that there is something to tell apart.

        Raises:
            TrainingError: Every tile says the same.
        """
        if not len(self.ids):
            raise TrainingError(
                "There are no tags to learn from. Tag tiles of at least two classes that are not "
                "kept for validation, then train again."
            )
        if self.can_be_learnt:
            return
        shown = self.seen() > 0
        named = [name for name, there in zip(self.class_names, shown, strict=True) if there]
        what = f"show {', '.join(named)}" if named else "show none of the classes"
        raise TrainingError(
            f"All tagged tiles outside validation {what}. Tag tiles that differ in at least one "
            "class, then train again."
        )
