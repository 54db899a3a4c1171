"""Class weights: rules and refusals beyond the vectors."""

import numpy as np
import pytest

from al_core.config import UndefinedIou
from al_core.errors import ConfigError
from al_core.scoring import class_weights, iou, shrink_iou

NAN = float("nan")


def test_a_class_nobody_has_labelled_gets_no_weight():
    weights = class_weights([0.5, 0.0, NAN], labelled=[True, False, False])
    np.testing.assert_allclose(weights, [1, 0, 0])


def test_a_class_that_is_labelled_but_not_validated_is_explored():
    weights = class_weights([0.75, NAN], alpha=1.0, labelled=[True, True])
    np.testing.assert_allclose(weights, [0.2, 0.8])


@pytest.mark.parametrize("rule", list(UndefinedIou))
def test_without_any_defined_iou_the_weights_are_uniform(rule):
    np.testing.assert_allclose(class_weights([NAN, NAN], undefined=rule), [0.5, 0.5])


def test_alpha_zero_is_uniform_even_over_perfect_classes():
    np.testing.assert_allclose(class_weights([1.0, 0.5, 0.0, 1.0], alpha=0), 0.25)


def test_the_only_imperfect_class_takes_all_the_weight():
    np.testing.assert_allclose(class_weights([1.0, 0.9]), [0, 1])


def test_a_negative_alpha_is_refused():
    with pytest.raises(ConfigError, match="alpha is -1"):
        class_weights([0.5, 0.5], alpha=-1)


def test_an_unknown_rule_is_refused_with_the_choices():
    with pytest.raises(ConfigError, match="explore, neutral, exclude"):
        class_weights([0.5, NAN], undefined="ignore")


def test_an_undefined_iou_stays_undefined_when_shrunk():
    shrunk = shrink_iou([5, 0], [10, 0], 10)
    np.testing.assert_allclose(shrunk, [0.5, NAN])
    assert np.isnan(shrink_iou([0, 0], [0, 0], 10)).all()


def test_shrinking_by_nothing_is_the_plain_iou():
    confusion = np.array([[5, 1], [2, 8]])
    union = confusion.sum(0) + confusion.sum(1) - np.diag(confusion)
    np.testing.assert_allclose(shrink_iou(np.diag(confusion), union, 0), iou(confusion))
