"""Class gaps: where they are measured, and the weights that follow."""

import numpy as np
import pytest

from al_core.config import GapSource, QueryConfig
from al_core.scoring import class_weights
from al_core.strategies.gaps import evidence, few_of, is_enough, weighed

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


def tags(*rows):
    """The (K, 2, 2) counts of classes, each as hits, missed, false and neither."""
    return np.array([[[neither, false], [missed, hits]] for hits, missed, false, neither in rows])


def test_the_gap_of_a_tag_is_one_minus_its_f1():
    confusion = tags((10, 2, 2, 30), (4, 4, 0, 36), (0, 0, 0, 44))
    gap, weight = weighed(confusion, np.array([5, 5, 5]), QueryConfig(undefined="neutral"))
    f1 = np.array([20 / 24, 8 / 12])
    assert gap[:2] == pytest.approx(1 - f1)
    assert np.isnan(gap[2])
    assert weight == pytest.approx(class_weights([*f1, np.nan], 0.5, "neutral"))


def test_a_tag_that_few_tiles_show_is_pulled_to_the_mean():
    confusion = tags((10, 0, 0, 30), (1, 1, 2, 36))
    gap, _ = weighed(confusion, np.array([5, 5]), QueryConfig())
    mean = (1.0 + 2 / 5) / 2
    assert gap == pytest.approx([0, 1 - (1 + 4 * mean) / (2.5 + 4)])
    assert few_of(confusion) == 5


def test_a_class_that_no_validation_tile_shows_is_looked_for_once_it_is_tagged():
    confusion = tags((10, 0, 0, 30), (0, 0, 0, 40), (0, 0, 0, 40))
    gap, weight = weighed(confusion, np.array([5, 1, 0]), QueryConfig())
    assert gap[:2].tolist() == [0, 1]
    assert np.isnan(gap[2])
    assert weight.tolist() == [0, 1, 0]


def test_tagged_validation_needs_five_tiles_of_two_classes():
    assert is_enough(tags((3, 1, 0, 1), (1, 0, 0, 4)))
    assert not is_enough(tags((3, 1, 0, 0), (1, 0, 0, 3)))
    assert not is_enough(tags((3, 1, 0, 1), (0, 0, 2, 3)))


def test_tags_have_the_same_sources():
    validation = tags((30, 1, 0, 6), (10, 0, 0, 9))
    insight = {"iou_error": [0.1, 0.2], "prequential": (validation // 2).tolist()}
    found = evidence(validation, insight, GapSource.AUTO)
    assert found.source == "validation"
    assert found.errors.tolist() == [0.1, 0.2]
    since = evidence(0 * validation, insight, GapSource.AUTO)
    assert since.source == "prequential"
    assert np.array_equal(since.confusion, validation // 2)
