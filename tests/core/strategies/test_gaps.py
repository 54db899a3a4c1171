"""Class gaps: where they are measured, and the weights that follow."""

import numpy as np
import pytest

from al_core.config import GapSource, QueryConfig
from al_core.scoring import class_weights
from al_core.strategies.gaps import evidence, is_enough, weighed

ENOUGH = np.array([[150, 10], [20, 80]])
NOTHING = np.zeros((2, 2), int)
SINCE = [[3, 1], [0, 2]]
LEFT_OUT = [[30, 10], [0, 20]]


def test_plenty_of_validation_pixels_give_the_weights_of_the_paper():
    confusion = np.diag([900, 500, 300])
    confusion[0, 1] = confusion[2, 0] = 300
    iou = np.array([900 / 1500, 500 / 800, 300 / 600])
    gap, weight = weighed(confusion, np.full(3, 1000), QueryConfig())
    assert gap == pytest.approx(1 - iou)
    assert weight == pytest.approx(class_weights(iou, 0.5))


def test_few_validation_pixels_are_pulled_to_the_mean_and_none_is_explored():
    confusion = np.diag([1000, 50, 0, 0])
    gap, weight = weighed(confusion, np.array([10, 10, 10, 0]), QueryConfig())
    assert gap[:3] == pytest.approx([0.0, 0.0, 1.0])
    assert np.isnan(gap[3])
    assert weight == pytest.approx([0, 0, 1, 0])
    confusion[1, 0] = 50
    gap, _ = weighed(confusion, np.full(4, 10), QueryConfig())
    plain = np.array([1000 / 1050, 0.5])
    assert gap[1] == pytest.approx(1 - (50 + 200 * plain.mean()) / 300)


def test_validation_needs_two_hundred_pixels_of_two_classes():
    assert is_enough(ENOUGH)
    assert not is_enough(ENOUGH // 2)
    assert not is_enough(np.array([[900, 100], [0, 0]]))


@pytest.mark.parametrize(
    ("validation", "insight", "wanted", "source"),
    [
        (ENOUGH, {"prequential": SINCE}, GapSource.AUTO, "validation"),
        (ENOUGH // 9, {"prequential": SINCE}, GapSource.AUTO, "prequential"),
        (ENOUGH // 9, {"prequential": NOTHING.tolist()}, GapSource.AUTO, "none"),
        (NOTHING, {"cross_validation": LEFT_OUT}, GapSource.AUTO, "cross_validation"),
        (NOTHING, {}, GapSource.AUTO, "none"),
        (ENOUGH // 9, {}, GapSource.VALIDATION, "validation"),
        (ENOUGH, {"prequential": SINCE}, GapSource.PREQUENTIAL, "prequential"),
        (ENOUGH, {}, GapSource.PREQUENTIAL, "none"),
        (ENOUGH, {"cross_validation": LEFT_OUT}, GapSource.CROSS_VALIDATION, "cross_validation"),
    ],
)
def test_the_source_is_the_first_that_is_there_or_the_one_asked_for(
    validation, insight, wanted, source
):
    found = evidence(validation, insight, wanted)
    tables = {
        "validation": validation,
        "prequential": SINCE,
        "cross_validation": LEFT_OUT,
        "none": NOTHING,
    }
    assert found.source == source
    assert np.array_equal(found.confusion, tables[source])


def test_errors_belong_to_the_source_they_were_measured_on():
    insight = {"iou_error": [0.1, None], "prequential": SINCE}
    found = evidence(ENOUGH, insight, GapSource.AUTO)
    assert found.errors[0] == 0.1
    assert np.isnan(found.errors[1])
    assert np.isnan(evidence(ENOUGH, insight, GapSource.PREQUENTIAL).errors).all()
