import pytest
from landloop.plugin.dock.chart import RoundsChart
from landloop.plugin.dock.rows import RoundPoint
from qgis.PyQt.QtCore import QLocale, QPoint, Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QToolTip


@pytest.fixture
def chart(shown):
    QLocale.setDefault(QLocale("en_US"))
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
    chart.by_class.click()
    rounds = [
        RoundPoint(k, 0.35, (0.2 + k / 200, 0.5 + k / 200, 0.9 - k / 200), 10 * k)
        for k in range(1, count + 1)
    ]
    chart.set_rounds(rounds, classes)
    assert all(_has(chart, row.color) for row in classes)


def test_class_lines_come_on_demand(chart, classes, rounds):
    chart.set_rounds(rounds, classes)
    assert not _has(chart, classes[0].color)
    QTest.keyClick(chart.by_class, Qt.Key.Key_Space)
    assert _has(chart, classes[0].color)


def test_gaps_are_left_out(chart, classes, rounds):
    chart.by_class.click()
    chart.set_rounds(rounds[:2], classes)
    assert _has(chart, classes[0].color)
    assert not _has(chart, classes[2].color)


@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_a_figure_between_gaps_is_a_point_even_among_many_rounds(chart, classes, nothing):
    chart.by_class.click()
    rounds = [
        RoundPoint(k, 0.9, (nothing, 0.7 if k == 10 else nothing, nothing), k) for k in range(1, 21)
    ]
    chart.set_rounds(rounds, classes)
    assert _has(chart, classes[1].color)


def test_a_round_without_any_figure_says_why(chart, classes):
    nan = float("nan")
    chart.set_rounds([RoundPoint(1, nan, (nan, None, nan), 0)], classes)
    plot = chart._plot()
    middle = round(plot.bottom() - 0.625 * plot.height())  # between two lines of the grid
    image = chart.viewport().grab().toImage()
    row = {image.pixelColor(x, middle).name() for x in range(60, 300)}
    assert len(row) > 1
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


def _learning_curve(error):
    return [
        RoundPoint(k, 0.5, (), 10 * k, 1000 * k * k, error if k != 2 else None) for k in (1, 2, 3)
    ]


def _inked_rows(chart, x):
    """Count the rows of a column of pixels that are not the background."""
    image = chart.viewport().grab().toImage()
    base = image.pixelColor(image.width() - 3, image.height() // 2)
    return sum(image.pixelColor(round(x), y) != base for y in range(20, image.height() - 45))


def test_rounds_stand_where_their_labels_are(chart, classes):
    chart.set_rounds(_learning_curve(None), classes)
    one, two, three = (spot.x() for spot in chart._spots())
    assert two - one == pytest.approx(three - two)
    QTest.keyClick(chart.by_pixels, Qt.Key.Key_Space)
    one, two, three = (spot.x() for spot in chart._spots())
    assert (three - two) / (two - one) == pytest.approx(5 / 3)


def test_the_band_is_as_wide_as_the_standard_error(chart, classes):
    chart.set_rounds([RoundPoint(k, 0.5, (), 10 * k, 0, 0.05) for k in (1, 2)], classes)
    middle = (chart._spots()[0].x() + chart._spots()[1].x()) / 2
    thin = _inked_rows(chart, middle)
    chart.set_rounds([RoundPoint(k, 0.5, (), 10 * k, 0, 0.3) for k in (1, 2)], classes)
    assert _inked_rows(chart, middle) > thin + 10


def test_a_round_without_an_error_leaves_a_gap_in_the_band(chart, classes):
    chart.set_rounds(_learning_curve(0.3), classes)
    with_band = chart.viewport().grab().toImage()
    chart.set_rounds(_learning_curve(None), classes)
    spots = chart._spots()
    y = round(spots[0].y()) - 8
    x = round((spots[0].x() + spots[1].x()) / 2)
    assert with_band.pixelColor(x, y) == chart.viewport().grab().toImage().pixelColor(x, y)


def test_the_reading_tells_pixels_and_the_error(chart, classes):
    chart.set_rounds(_learning_curve(0.043), classes)
    assert chart.reading(2).split("\n")[:2] == [
        "Round 3, 30 labelled tiles, 9,000 pixels",
        "mIoU 0.50 ±.04",
    ]


def test_rounds_with_the_same_labels_can_be_told_apart(chart, classes, heard):
    rounds = [RoundPoint(1, 0.2, (), 10), RoundPoint(2, 0.9, (), 10)]
    chart.set_rounds(rounds, classes)
    numbers = heard(chart.round_pointed)
    for spot in chart._spots():
        QTest.mouseMove(chart.viewport(), spot.toPoint())
        QTest.qWait(20)
    assert numbers[-2:] == [1, 2]
    QTest.keyClick(chart, Qt.Key.Key_Home)
    assert numbers[-1] == 1


def test_the_switches_are_there_when_there_is_something_to_switch(chart, classes, rounds):
    assert not chart.by_class.isVisible()
    chart.set_rounds(rounds, classes)
    assert chart.by_class.isVisible()
    assert chart.viewport().rect().contains(chart.by_pixels.geometry())
    assert not chart.by_class.geometry().intersects(chart.by_pixels.geometry())
