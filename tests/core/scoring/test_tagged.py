"""The statistics of whole tiles: one look each, by task."""

import numpy as np
import pytest

from al_core import scoring
from al_core.config import Averaging, Task
from al_core.scoring import TagLook, tagged_statistics

SCENES = np.array([[0.7, 0.2, 0.1], [0.25, 0.5, 0.25]])
TAGS = np.array([[0.9, 0.5, 0.2], [0.0, 1.0, 0.0]])
HALF = np.log(2)


def look(p, **more):
    return TagLook(p=p, features=np.eye(len(p), 4), **more)


def test_a_scene_is_a_tile_of_one_pixel():
    found = tagged_statistics([4, 9], look(SCENES), Task.SCENE)
    for row, p in enumerate(SCENES):
        one = scoring.tile_statistics(p[:, None, None], np.ones((1, 1), bool))
        for name in ("n", "sum_entropy", "sum_entropy_p", "sum_p", "histogram", "sum_margin"):
            assert getattr(found, name)[row] == pytest.approx(getattr(one, name))
        assert found.sum_least_confidence[row] == pytest.approx(one.sum_least_confidence)
    assert found.residuals == pytest.approx(SCENES - [[1, 0, 0], [0, 1, 0]], abs=1e-6)


def test_tags_are_as_many_questions_as_there_are_classes():
    found = tagged_statistics([4, 9], look(TAGS), Task.MULTILABEL)
    h9, h2 = (-(q * np.log(q) + (1 - q) * np.log(1 - q)) for q in (0.9, 0.2))
    assert found.sum_entropy_p == pytest.approx(np.array([[h9, HALF, h2], [0, 0, 0]]))
    assert found.sum_entropy == pytest.approx([h9 + HALF + h2, 0])
    assert found.sum_margin == pytest.approx([(0.8 + 0 + 0.6) / 3, 1])
    assert found.sum_least_confidence == pytest.approx([1 - (0.9 + 0.5 + 0.8) / 3, 0])
    assert found.histogram.tolist() == [[1, 1, 0], [0, 1, 0]]
    assert found.residuals[0] == pytest.approx([-0.1, -0.5, 0.2])
    weights = [0.2, 0.5, 0.3]
    score = scoring.dcau(found.sum_entropy_p, found.n, weights)
    assert score == pytest.approx([0.2 * h9 + 0.5 * HALF + 0.3 * h2, 0])


@pytest.mark.parametrize("task", [Task.SCENE, Task.MULTILABEL])
def test_what_was_not_asked_for_is_not_a_number(task):
    found = tagged_statistics([4, 9], look(SCENES), task)
    for name in ("sum_bald", "sum_certainty", "sum_discrepancy", "predicted_loss"):
        assert np.isnan(getattr(found, name)).all()
    assert found.before_hash is None
    assert found.of_whole_tiles


@pytest.mark.parametrize("task", [Task.SCENE, Task.MULTILABEL])
def test_passes_that_agree_are_as_sure_as_one_and_disagree_about_nothing(task):
    logits = np.log(TAGS.clip(0.01, 0.98))
    p = scoring.probabilities(logits, task)
    found = tagged_statistics([4, 9], look(p, passes=np.stack([logits] * 3)), task)
    assert found.sum_bald == pytest.approx([0, 0], abs=1e-12)
    assert found.sum_certainty == pytest.approx(scoring.certainty(p, task))


def test_passes_that_contradict_each_other_are_least_sure():
    passes = np.array([[[9.0, -9.0], [9.0, -9.0]], [[-9.0, 9.0], [9.0, -9.0]]])
    for task, top in ((Task.SCENE, HALF), (Task.MULTILABEL, 2 * HALF)):
        for average in Averaging:
            found = tagged_statistics([4, 9], look(SCENES[:, :2], passes=passes), task, average)
            assert found.sum_bald == pytest.approx([top, 0], abs=0.01)
            assert found.sum_certainty == pytest.approx([0.5, 1.0], abs=0.01)


def test_a_class_that_the_network_before_did_not_know_is_left_out_of_the_comparison():
    before = np.array([[0.3, 0.5, np.nan], [0.0, 1.0, np.nan]])
    found = tagged_statistics(
        [4, 9], look(TAGS, p_before=before, before_hash="b2"), Task.MULTILABEL
    )
    assert found.sum_discrepancy == pytest.approx([0.6, 0.0])
    assert found.before_hash == "b2"


def test_uncertainty_is_a_share_of_the_most_there_can_be():
    evenly = np.full((1, 4), 0.25)
    assert scoring.tag_uncertainty(evenly, Task.SCENE) == pytest.approx([1.0])
    assert scoring.tag_uncertainty(2 * evenly, Task.MULTILABEL) == pytest.approx([1.0])
    assert scoring.tag_uncertainty(np.eye(4), Task.SCENE).tolist() == [0] * 4
    assert scoring.tag_uncertainty(np.eye(4), Task.MULTILABEL).tolist() == [0] * 4


def test_extreme_logits_are_probabilities():
    logits = [[1e4, -1e4, 0.0]]
    assert scoring.probabilities(logits, Task.SCENE).tolist() == [[1, 0, 0]]
    assert scoring.probabilities(logits, Task.MULTILABEL).tolist() == [[1, 0, 0.5]]
