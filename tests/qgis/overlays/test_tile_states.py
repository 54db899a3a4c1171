import numpy as np
import pytest
from landloop.al_core.config import Task
from landloop.al_core.legend import UNSURE
from landloop.al_core.scoring import TagPredictions
from landloop.plugin.overlays.tile_states import NOBODY, Kind, Outlook, TileStates

P = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]], dtype=np.float32)


@pytest.fixture
def scene():
    """Five tiles; a network has looked at 0 and 1."""
    states = TileStates(5, 3, Task.SCENE)
    states.set_outlook(outlook(states, [0, 1], P))
    return states


def outlook(states, ids, p):
    found = TagPredictions(ids, p, np.full(len(ids), 0.5), np.zeros((len(ids), 0)))
    return Outlook.of(found, len(states), states.task)


def tags(*values):
    return np.array(values, dtype=np.uint8)


def test_a_tile_is_open_predicted_tagged_or_unsure(scene):
    scene.change({1: tags(1, 0, 0), 2: tags(0, 1, 0), 3: tags(UNSURE, UNSURE, UNSURE)})
    assert scene.kind.tolist() == [Kind.PREDICTED, Kind.TAGGED, Kind.TAGGED, Kind.UNSURE, Kind.OPEN]
    assert scene.shown.tolist() == [
        [True, False, False],
        [True, False, False],
        [False, True, False],
        [False] * 3,
        [False] * 3,
    ]


def test_tags_taken_off_bring_the_prediction_back(scene):
    scene.change({1: tags(1, 0, 0)})
    scene.change({1: None})
    assert scene.kind[1] == Kind.PREDICTED
    assert scene.shown[1].tolist() == [False, False, True]


def test_all_tags_at_once_replace_those_before(scene):
    scene.change({4: tags(1, 0, 0)})
    scene.set_tags(np.array([2]), tags(0, 0, 1)[None])
    assert scene.judged.tolist() == [False, False, True, False, False]


def test_of_many_classes_each_from_one_half_is_predicted():
    states = TileStates(3, 3, Task.MULTILABEL)
    states.set_outlook(outlook(states, [0, 2], [[0.5, 0.49, 0.9], [0.1, 0.2, 0.3]]))
    assert states.shown.tolist() == [[True, False, True], [False] * 3, [False] * 3]
    assert states.kind.tolist() == [Kind.PREDICTED, Kind.OPEN, Kind.PREDICTED]


def test_none_of_the_classes_is_an_answer_and_one_doubt_is_no_unsure_tile():
    states = TileStates(3, 3, Task.MULTILABEL)
    states.change({0: tags(0, 0, 0), 1: tags(1, UNSURE, 0), 2: tags(0, UNSURE, 0)})
    assert states.kind.tolist() == [Kind.TAGGED, Kind.TAGGED, Kind.UNSURE]


def test_a_scene_is_as_certain_as_its_class_and_many_tags_as_the_most_doubtful(scene):
    assert scene.outlook.certainty[:2] == pytest.approx([0.7, 0.6])
    assert np.isnan(scene.outlook.certainty[2:]).all()
    many = TileStates(1, 3, Task.MULTILABEL)
    assert outlook(many, [0], [[0.9, 0.2, 0.97]]).certainty == pytest.approx([0.8])


def test_the_leading_class_is_the_first_tag_or_the_most_probable_predicted_class():
    states = TileStates(4, 3, Task.MULTILABEL)
    states.set_outlook(outlook(states, [0, 3], [[0.6, 0.9, 0.1], [0.1, 0.1, 0.2]]))
    states.change({2: tags(0, 1, 1)})
    assert states.lead.tolist() == [1, NOBODY, 1, NOBODY]
    states.change({0: tags(1, 1, 0), 2: tags(0, 0, 0)})
    assert states.lead.tolist() == [0, NOBODY, NOBODY, NOBODY]


def test_without_a_network_nothing_is_predicted_and_tags_stay(scene):
    scene.change({1: tags(1, 0, 0)})
    scene.set_outlook(None)
    assert scene.kind.tolist() == [Kind.OPEN, Kind.TAGGED, Kind.OPEN, Kind.OPEN, Kind.OPEN]
    assert np.flatnonzero(scene.shown.any(axis=1)).tolist() == [1]
