"""Counts of pixels and counts of tiles, and the F1 of tags."""

import numpy as np
import pytest

from al_core import scoring
from al_core.errors import ConfigError
from al_core.scoring import tag_confusion

UNSURE = 254
SCENES = np.array([[8, 2, 0], [1, 6, 0], [0, 3, 5]])


def test_scenes_counted_class_by_class_are_tags():
    truth, predicted = (np.repeat(axis.ravel(), SCENES.ravel()) for axis in np.indices((3, 3)))
    tags = tag_confusion(np.eye(3)[truth], np.eye(3)[predicted])
    assert tags.tolist() == [[[14, 1], [2, 8]], [[13, 5], [1, 6]], [[17, 0], [3, 5]]]
    assert scoring.truth_counts(tags).tolist() == SCENES.sum(axis=1).tolist()
    assert scoring.class_unions(tags).tolist() == scoring.class_unions(SCENES).tolist()
    ious = scoring.class_scores(SCENES)
    assert ious == pytest.approx(scoring.iou(SCENES))
    assert scoring.class_scores(tags) == pytest.approx(2 * ious / (1 + ious))


def test_what_nobody_can_tell_is_not_counted():
    table = tag_confusion([[1, UNSURE], [0, UNSURE]], [[1, 1], [1, 0]])
    assert table.tolist() == [[[0, 1], [0, 1]], [[0, 0], [0, 0]]]
    assert np.isnan(scoring.class_scores(table)).tolist() == [False, True]


def test_without_a_tag_no_f1_is_defined():
    nothing = scoring.multilabel_f1(np.zeros((3, 2)), np.zeros((3, 2)), "skip")
    assert np.isnan(nothing).all()
    assert scoring.multilabel_f1(np.zeros((3, 2)), np.zeros((3, 2))) == (0.0, 0.0)


def test_an_unknown_rule_is_refused_with_the_rules():
    with pytest.raises(ConfigError, match="zero, skip"):
        scoring.multilabel_f1([[1]], [[1]], "maybe")
