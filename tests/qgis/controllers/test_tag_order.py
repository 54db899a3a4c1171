"""What the gallery lists, on arrays."""

import numpy as np
import pytest
from landloop.al_core.config import Task
from landloop.al_core.project import Role
from landloop.al_core.scoring import TagPredictions
from landloop.plugin.controllers.tag_order import ANY, Listing, Show, Sort, listed, sure_ones
from landloop.plugin.overlays.tile_states import Outlook, TileStates

NAN = float("nan")


class Tiles:
    """The two columns of a tile table that matter here: tile 6 is empty, tile 2 validates."""

    role = np.array([Role.POOL, Role.POOL, Role.VALIDATION, *[Role.POOL] * 4])
    valid_px = np.array([9, 9, 9, 9, 9, 9, 0])

    def __len__(self):
        return 7


@pytest.fixture
def states():
    """Tiles 0 to 4 are predicted; 1 has a tag, 4 is unsure; nobody knows 5 and 6."""
    states = TileStates(7, 2, Task.SCENE)
    p = [[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.7, 0.3], [0.55, 0.45]]
    found = TagPredictions(np.arange(5), p, [0.1, 0.9, 0.5, 0.6, 0.99], np.zeros((5, 0)))
    states.set_outlook(Outlook.of(found, 7, Task.SCENE))
    states.change({1: np.array([1, 0], np.uint8), 4: np.array([254, 254], np.uint8)})
    return states


@pytest.fixture
def ids(states):
    def ask(show=Show.ALL, label=ANY, sort=Sort.POSITION, picks=(), likeness=None):
        return listed(Listing(show, label, sort), states, Tiles(), picks, likeness).tolist()

    return ask


@pytest.mark.parametrize(
    ("show", "found"),
    [
        (Show.ALL, [0, 1, 2, 3, 4, 5]),
        (Show.OPEN, [0, 2, 3, 5]),
        (Show.TAGGED, [1]),
        (Show.UNSURE, [4]),
        (Show.QUEUE, [0, 3]),
        (Show.VALIDATION, [2]),
    ],
)
def test_each_filter_shows_its_tiles_and_never_an_empty_one(ids, show, found):
    assert ids(show, picks=[3, 0]) == found


def test_a_class_is_shown_by_its_tags_and_where_there_are_none_by_prediction(ids):
    assert ids(label=0) == [0, 1, 3]
    assert ids(Show.OPEN, label=0) == [0, 3]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (Sort.POSITION, [0, 1, 2, 3, 4, 5]),
        (Sort.UNCERTAIN, [4, 1, 3, 2, 0, 5]),
        (Sort.CERTAIN, [0, 2, 3, 1, 4, 5]),
        (Sort.CLASS, [0, 3, 1, 2, 4, 5]),
        (Sort.QUEUE, [3, 0, 4, 1, 2, 5]),
    ],
)
def test_each_order_puts_what_is_not_known_last(ids, sort, order):
    assert ids(sort=sort, picks=[3, 0]) == order


def test_likeness_puts_the_most_alike_first(ids):
    alike = np.array([0.1, NAN, 0.9, 0.9, 0.2, 1.0, 1.0], np.float32)
    assert ids(sort=Sort.LIKENESS, likeness=alike) == [5, 2, 3, 4, 0, 1]
    assert ids(sort=Sort.LIKENESS) == ids(sort=Sort.QUEUE)


def test_sure_ones_are_counted_by_class_and_never_the_tagged(states):
    assert sure_ones(states, 0.7).tolist() == [2, 1]
    assert sure_ones(states, 0.95).tolist() == [0, 0]


def test_a_project_without_a_network_is_listed_too():
    bare = TileStates(7, 2, Task.MULTILABEL)
    for sort in Sort:
        assert listed(Listing(sort=sort), bare, Tiles(), []).tolist() == [0, 1, 2, 3, 4, 5]
    assert sure_ones(bare, 0.5).tolist() == [0, 0]
