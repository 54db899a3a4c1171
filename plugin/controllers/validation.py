"""The validation tiles that are still to be labelled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...al_core.project import Project, Role


def next_tile(project: Project, current: int | None) -> int | None:
    """Return the validation tile to label next; None when all of them have labels.

    They come in a drawn order that stays the same for a project, not from north to south: then
    the first few of them already speak for the whole scene.

    Args:
        project: The open project.
        current: The tile that the analyst looks at; the next one comes after it.
    """
    order = _order(project)
    judged = project.answers.judged_px()
    start = order.index(current) + 1 if current in order else 0
    turned = order[start:] + order[:start]
    return next((tile for tile in turned if not judged[tile]), None)


def _order(project: Project) -> list[int]:
    tiles: NDArray[np.int64] = np.flatnonzero(project.tiles.role == Role.VALIDATION)
    order: list[int] = np.random.default_rng(project.settings.seed).permutation(tiles).tolist()
    return order
