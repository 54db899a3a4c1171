"""Tags to say of tiles, and projects whose tiles take them."""

from dataclasses import replace

import numpy as np

from al_core.coords import TileGrid
from al_core.legend import UNSURE
from al_core.project import Project


def states(*values):
    return np.array(values, np.uint8)


WATER, FOREST, TOWN = states(1, 0, 0), states(0, 1, 0), states(0, 0, 1)
NONE, DOUBT = states(0, 0, 0), states(UNSURE, UNSURE, UNSURE)


def opened_with(task, folder, new_project):
    settings = replace(new_project.settings, task=task, halo_px=0, tile_size_px=64)
    images = []
    first = 0
    for image in new_project.images:
        count = len(TileGrid(image.height, image.width, 64, 0))
        images.append(replace(image, first_tile=first, tile_count=count))
        first += count
    new = replace(
        new_project,
        images=tuple(images),
        settings=settings,
        valid_px=np.arange(first, dtype=np.int32) + 100,
        validation=np.array([2]),
    )
    return Project.create(folder, new)


def everything(project):
    ids, table = project.tags.table()
    return ids.tolist(), table.tolist()
