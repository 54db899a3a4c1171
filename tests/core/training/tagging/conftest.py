"""Tiles in memory whose brightness says what they show."""

import numpy as np
import pytest

from al_core.config import Task
from al_core.coords import GeoTransform
from al_core.models import NetworkInputs
from al_core.models.views import Views
from al_core.project import ImageRecord, Normalisation, ProjectSettings
from al_core.project.tiles import tile_table
from al_core.training.tagging import PooledViews, TagLesson

from ..conftest import ArrayReader

TILE, SIDE = 64, 256  # 4 x 4 tiles
NAMES = ("Dark", "Bright", "Striped")


def lesson_of(task, rows=None, states=None):
    """16 tiles: the left half dark, the right half bright; of several, every other striped."""
    tile = np.arange(16)
    bright, striped = tile % 4 >= 2, tile % 2 == 1
    columns = [~bright, bright, striped & (task is Task.MULTILABEL)]
    found = np.stack(columns, axis=1).astype(np.uint8) if states is None else states
    row, col = np.indices((SIDE, SIDE))
    pixels = np.where(col >= SIDE // 2, 1.0, -1.0) + (col // TILE % 2) * (row % 4 < 2)
    noise = np.random.default_rng(0).normal(0, 0.1, (2, SIDE, SIDE))
    pixels = (pixels + noise).astype(np.float32)
    image = ImageRecord(
        7, "", "scene", SIDE, SIDE, "", GeoTransform(0, 0, 1, -1), "float32", None, 0, 16
    )
    scaling = Normalisation((0.0,) * 2, (1.0,) * 2, (0.0,) * 2, (1.0,) * 2)
    settings = ProjectSettings(TILE, 0, (1, 2), scaling, 0, "", task)
    tiles = tile_table((image,), settings, np.full(16, TILE**2), np.zeros(16, np.uint8))
    inputs = NetworkInputs(
        (image,), settings, tiles, lambda _: ArrayReader(pixels, np.ones((SIDE, SIDE), bool))
    )
    pooled = None if rows is None else PooledViews(rows, Views.TURNED)
    return TagLesson(inputs, tile, found, NAMES, task, pooled)


@pytest.fixture
def make_lesson():
    return lesson_of
