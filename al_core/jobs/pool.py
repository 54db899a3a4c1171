"""Which tiles of a project may be scanned and picked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import QueryError
from ..project import Project, Role
from ..strategies import eligible_tiles


def tile_px(project: Project) -> int:
    """Return the pixels of a whole tile's core."""
    settings = project.settings
    return (settings.tile_size_px - 2 * settings.halo_px) ** 2


def eligible(project: Project) -> NDArray[np.bool_]:
    """Return bool (N,) by tile id: whether a query may pick the tile.

    Pixels marked unsure count as labelled: asking again would not help.
    """
    return eligible_tiles(
        project.tiles.valid_px,
        project.labels.judged_px(),
        project.tiles.role != Role.POOL,
        tile_px(project),
    )


def eligible_ids(project: Project) -> NDArray[np.int64]:
    """Return int64 (M,) ids of the tiles that a query may pick.

    Raises:
        QueryError: There is none.
    """
    ids = project.tiles.ids[eligible(project)]
    if not ids.size:
        raise QueryError(
            "Every tile is labelled, kept for validation or mostly empty; there is nothing left "
            "to choose from."
        )
    return ids
