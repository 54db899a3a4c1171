"""What the analyst has answered so far, whatever a project asks for: pixels or whole tiles."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .records import Role


class Answers(Protocol):
    """The answers that a project's network learns from: its label masks, or its tags.

    What is counted are pixels where masks are painted, and tiles where tiles are tagged.
    """

    def counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (M,) ascending ids of the tiles to learn from, and (M, K) counts by class."""

    def judged_px(self) -> NDArray[np.int64]:
        """Return (T,) pixels of each tile that nobody needs to be asked about again."""

    def class_pixels(self, role: Role | None = None) -> NDArray[np.int64]:
        """Return (K,) counts of each class, over all tiles or those of a role."""

    def revision(self) -> int:
        """Return a number that grows with every change, whoever makes it."""
