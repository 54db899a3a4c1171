from itertools import pairwise

import pytest
from landloop.plugin.dock.chart import RoundsChart
from landloop.plugin.dock.rows import RoundPoint
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QToolTip


@pytest.fixture
def chart(shown):
    chart = shown(RoundsChart())
    chart.resize(340, 170)
    return chart


def _has(chart, color):
    image = chart.viewport().grab().toImage()
    wanted = QColor(color)
    return any(
        abs(image.pixelColor(x, y).red() - wanted.red()) < 12
        and abs(image.pixelColor(x, y).green() - wanted.green()) < 12
        and abs(image.pixelColor(x, y).blue() - wanted.blue()) < 12
        for x in range(image.width())
        for y in range(image.height())
    )


def test_without_rounds_it_says_what_to_do(chart):
    assert chart.accessibleDescription() == (
        "No rounds yet. Paint a few areas of at least two classes, then press Retrain."
    )
    assert chart.grab().toImage() != _blank(chart)


def _blank(chart):
    chart._hint = ""
    return chart.grab().toImage()


@pytest.mark.parametrize("count", [1, 2, 30])
def test_it_draws_any_number_of_rounds_in_the_class_colours(chart, classes, count):
    rounds = [RoundPoint(k, 0.35, (0.2, 0.5, 0.9), 10 * k) for k in range(1, count + 1)]
    chart.set_rounds(rounds, classes)
    assert all(_has(chart, row.color) for row in classes)


def test_gaps_are_left_out(chart, classes, rounds):
    chart.set_rounds(rounds[:2], classes)
    assert _has(chart, classes[0].color)
    assert not _has(chart, classes[2].color)


@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_a_figure_between_gaps_is_a_point_even_among_many_rounds(chart, classes, nothing):
    rounds = [
        RoundPoint(k, 0.9, (nothing, 0.7 if k == 10 else nothing, nothing), k) for k in range(1, 21)
    ]
    chart.set_rounds(rounds, classes)
    assert _has(chart, classes[1].color)


def test_a_round_without_any_figure_draws(chart, classes):
    nan = float("nan")
    chart.set_rounds([RoundPoint(1, nan, (nan, None, nan), 0)], classes)
    assert not chart.grab().isNull()
    assert "mIoU –" in chart.accessibleDescription()


def test_the_mouse_reads_off_the_nearest_round(chart, classes, rounds, heard):
    chart.set_rounds(rounds, classes)
    numbers = heard(chart.round_pointed)
    QTest.mouseMove(chart.viewport(), QPoint(45, 60))
    QTest.mouseMove(chart.viewport(), QPoint(330, 60))
    QTest.qWait(20)
    assert numbers[-1] == 3
    for text in ("Round 3", "36 labelled tiles", "0.60", "Forest", classes[1].color):
        assert text in QToolTip.text()


def test_the_arrow_keys_read_off_rounds(chart, classes, rounds, heard):
    chart.set_rounds(rounds, classes)
    numbers = heard(chart.round_pointed)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Right):
        QTest.keyClick(chart, key)
    assert numbers == [3, 2, 3]
    assert "mIoU" in chart.accessibleDescription()


def test_names_cannot_smuggle_markup_into_the_tooltip(chart, classes, rounds):
    evil = type(classes[0])(0, "<img src=x>", "#112233")
    chart.set_rounds(rounds, [evil])
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert "<img" not in QToolTip.text()


def test_a_class_more_than_the_round_knows_is_no_error(chart, classes):
    chart.set_rounds([RoundPoint(1, 0.4, (0.4,), 3)], classes)
    assert not chart.grab().isNull()


def test_the_newest_rounds_keep_their_numbers_when_there_is_no_room_for_all(chart):
    xs = [10.0 * k for k in range(30)]
    places = list(chart._labelled_places(xs, 25.0))
    assert places[-1] == 29
    assert all(two - one >= 3 for one, two in pairwise(places))
