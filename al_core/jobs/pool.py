"""Which tiles of a project are scanned, and which may be picked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import QueryError
from ..project import Project, Role
from ..strategies.standing import open_tiles


def eligible_ids(project: Project) -> NDArray[np.int64]:
    """Return int64 (M,) ids of the tiles that a query may pick.

    Raises:
        QueryError: There is none.
    """
    ids = project.tiles.ids[open_tiles(project)]
    if not ids.size:
        raise QueryError(
            "Every tile is labelled, kept for validation or mostly empty; there is nothing left "
            "to choose from."
        )
    return ids


def scanned_ids(project: Project) -> NDArray[np.int64]:
    """Return int64 (N,) ids of the tiles that a scan looks at, ascending.

    These are the ones that may be picked, and the labelled ones of the pool, which new
    tiles should differ from. Validation tiles never enter.

    Raises:
        QueryError: There is none to pick.
    """
    labelled, _ = project.answers.counts()
    in_pool = labelled[project.tiles.role[labelled] == Role.POOL]
    return np.union1d(eligible_ids(project), in_pool)
