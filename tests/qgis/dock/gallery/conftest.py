"""Tiles of which something is known, as the controllers would hand them over."""

import numpy as np
import pytest
from landloop.al_core.config import Task
from landloop.al_core.legend import Legend, LegendClass
from landloop.al_core.project import Role
from landloop.al_core.scoring import TagPredictions
from landloop.plugin.controllers.selection import Mode
from landloop.plugin.dock.gallery.card import Facts
from landloop.plugin.overlays.tile_states import Outlook, TileStates
from qgis.PyQt.QtGui import QColor

TILES = 60
LEGEND = Legend(
    (
        LegendClass(1, "Water", "#0000ff"),
        LegendClass(2, "Land", "#00ff00"),
        LegendClass(3, "Town", "#ff0000"),
    )
)


class Tiles:
    """Tile 7 validates."""

    role = np.where(np.arange(TILES) == 7, Role.VALIDATION, Role.POOL)

    def __len__(self):
        return TILES


@pytest.fixture
def states():
    """Every tile is predicted, tile k to be of class k % 3; tile 5 is not."""
    states = TileStates(TILES, 3, Task.SCENE)
    ids = np.delete(np.arange(TILES), 5)
    p = np.full((len(ids), 3), 0.05)
    p[np.arange(len(ids)), ids % 3] = 0.9
    found = TagPredictions(ids, p, np.full(len(ids), 0.2), np.zeros((len(ids), 0)))
    states.set_outlook(Outlook.of(found, TILES, Task.SCENE))
    return states


@pytest.fixture
def facts(states):
    return Facts(Tiles(), states, LEGEND, tuple(QColor(one.color) for one in LEGEND))


@pytest.fixture
def select():
    """Let a view show what it asks to select, as the project would; collect its wishes."""

    def bind(view):
        wishes = []
        mask = np.zeros(TILES, dtype=bool)

        def take(ids, mode, current):
            wishes.append((ids, mode, current))
            nonlocal mask
            mask = np.zeros(TILES, dtype=bool) if mode is Mode.REPLACE else mask.copy()
            mask[ids] = ~mask[ids] if mode is Mode.TOGGLE else True
            last = ids[-1] if ids else None
            view.show_selection(mask, current if current is not None else last)

        view.selected.connect(take)
        return wishes

    return bind
