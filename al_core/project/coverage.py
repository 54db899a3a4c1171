"""From labelled pixels to tags of the whole tile."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..config import Task
from .tag_rows import ABSENT, PRESENT, States


def tags_from_counts(
    counts: NDArray[np.int64],
    core_px: ArrayLike,
    task: Task,
    coverage: float,
    least_labelled: float,
) -> tuple[NDArray[np.bool_], States]:
    """Derive tags from how much of each tile the classes cover.

    The rule is that of TreeSatAI, which the letter on LL, TPD and MGE follows: a class is
    present if it covers more than a share, theirs is 7 %, of what is labelled.

    Args:
        counts: (N, K) labelled pixels of each class.
        core_px: (N,) pixels of each tile's core, or one number for all.
        task: In a project of scenes the largest class alone is present.
        coverage: Of the labelled pixels; what covers no more than this is absent.
        least_labelled: Of the core; a tile of which less is labelled is not judged.

    Returns:
        bool (N,), whether a tile is judged, and its tags, uint8 (N, K); of two classes of
        the same size the first makes the scene.
    """
    labelled = counts.sum(axis=1)
    judged = (labelled > 0) & (labelled >= least_labelled * np.asarray(core_px))
    if task is Task.SCENE:
        states = np.full(counts.shape, ABSENT, dtype=np.uint8)
        states[np.arange(len(counts)), counts.argmax(axis=1)] = PRESENT
        return judged, states
    shares = counts / np.maximum(labelled, 1)[:, np.newaxis]
    return judged, np.where(shares > coverage, PRESENT, ABSENT).astype(np.uint8)
