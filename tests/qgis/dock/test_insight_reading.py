import numpy as np
import pytest
from landloop.al_core.legend import Legend, LegendClass
from landloop.al_core.project import RoundMetrics, RoundRecord
from landloop.plugin.dock.insight_reading import news_of, point_of, reliability_of, rows_of
from landloop.plugin.dock.rows import Reliability, RoundNews

NAN = float("nan")
LEGEND = Legend((LegendClass(1, "Water", "#3a7bbf"), LegendClass(2, "Land", "#b08a4f")))


@pytest.fixture
def record(tmp_path):
    """Make a round with any insight."""

    def make(insight, pixels=150):
        confusion = np.array([[pixels, 0], [0, 0]])
        metrics = RoundMetrics(confusion, (0.6, NAN), 0.6, (0.4, NAN), (0.3, 0.7))
        fixed = ("cpu", 0, "hash", 2, 400, metrics, {}, {})
        return RoundRecord(
            1, "2026", tmp_path, *fixed, scanned=True, predicted=True, insight=insight
        )

    return make


def test_figures_come_from_the_round_and_pixels_from_now(record):
    water, land = rows_of(LEGEND, [7, 9], record({"iou_error": [0.05, None], "quota": [2, 3]}))
    assert (water.labelled_px, water.iou, water.iou_error, water.validation_px) == (
        7,
        0.6,
        0.05,
        150,
    )
    assert (land.iou, land.gap, land.iou_error, land.quota) == (None, None, None, 3)


@pytest.mark.parametrize("insight", [{}, {"iou_error": [], "quota": None, "advice": None}])
def test_what_a_round_does_not_say_is_left_out(record, insight):
    old = record(insight)
    assert [row.quota for row in rows_of(LEGEND, [0, 0], old)] == [None, None]
    assert point_of(old).miou_error is None
    assert reliability_of(old) == Reliability()
    assert news_of(old) == RoundNews()


def test_before_the_first_round_there_is_nothing():
    assert news_of(None) == RoundNews()
    assert reliability_of(None) == Reliability()
    assert [row.iou for row in rows_of(LEGEND, [1, 2], None)] == [None, None]


@pytest.mark.parametrize(
    ("source", "words", "doubted"),
    [
        ("validation", "validation tiles", False),
        ("prequential", "before the network learned them", True),
        ("cross_validation", "cross-validation", True),
        ("none", "not known", True),
    ],
)
def test_each_source_of_gaps_is_named_in_plain_words(record, source, words, doubted):
    news = news_of(record({"gap_source": source}))
    assert words in news.gaps
    assert bool(news.caution) == doubted


def test_a_cross_validation_beside_enough_validation_labels_is_no_reason_to_doubt(record):
    assert not news_of(record({"gap_source": "cross_validation"}, pixels=5000)).caution


def test_advice_and_remedy_are_passed_on(record):
    news = news_of(record({"advice": {"stop": True, "text": "Stop."}, "label_next": "Label."}))
    assert (news.advice, news.stop, news.remedy) == ("Stop.", True, "Label.")


def test_calibration_is_read(record):
    insight = {"reliability": [[0.5, 0.4, 9]], "temperature": 2, "ece_before": 0.2, "ece": None}
    assert reliability_of(record(insight)) == Reliability(((0.5, 0.4, 9),), 2.0, 0.2, None)
