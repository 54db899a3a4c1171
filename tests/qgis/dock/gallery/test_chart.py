"""The tiles as points, with real mouse, wheel and key events."""

import numpy as np
import pytest
from landloop.plugin.controllers.selection import Mode
from landloop.plugin.dock.gallery.chart import ColorBy, TileChart
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QImage, QMouseEvent, QWheelEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QRubberBand

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
KEY = Qt.Key
CLASSES = {0: (0, 0, 255), 1: (0, 255, 0), 2: (255, 0, 0)}


@pytest.fixture
def chart(shown, facts):
    """Tile k lies in column k % 10 and row k // 10, row 0 at the bottom; tile 9 has no place."""
    chart = TileChart()
    chart.resize(420, 320)
    shown(chart)
    chart.show_facts(facts)
    tiles = np.arange(60)
    places = np.stack([tiles % 10, tiles // 10], axis=1).astype(np.float32)
    places[9] = np.nan
    chart.show_places(places)
    chart.setFocus()
    return chart


@pytest.fixture
def chosen(chart, select):
    return select(chart)


def spot(chart, tile):
    """Return where a tile's point is in the viewport."""
    [place] = np.flatnonzero(chart.tiles == tile)
    x, y = chart.screen_places[place]
    return QPoint(round(x), round(y))


def move(chart, at, held=Qt.MouseButton.NoButton, keys=NONE):
    there = QPointF(chart.viewport().mapToGlobal(at))
    button = Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(at), there, button, held, keys)
    QApplication.sendEvent(chart.viewport(), event)


def turn(chart, at, notches):
    there = QPointF(chart.viewport().mapToGlobal(at))
    event = QWheelEvent(
        QPointF(at),
        there,
        QPoint(0, 0),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(chart.viewport(), event)


def pixels(chart):
    picture = chart.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    data = picture.constBits()
    data.setsize(picture.sizeInBytes())
    rows = np.frombuffer(data, np.uint8).reshape(picture.height(), -1, 4)
    return rows[:, : picture.width(), 2::-1].copy()


def color(chart, tile):
    at = spot(chart, tile)
    return tuple(pixels(chart)[at.y(), at.x()].tolist())


def test_points_lie_as_their_places_do_and_up_is_up(chart):
    assert spot(chart, 0).x() < spot(chart, 1).x()
    assert spot(chart, 0).y() > spot(chart, 10).y()
    assert 9 not in chart.tiles
    gap = spot(chart, 1).x() - spot(chart, 0).x()
    assert abs(spot(chart, 0).y() - spot(chart, 10).y() - gap) <= 1  # proportions are kept


def test_tags_are_full_of_colour_predictions_paler_and_the_unknown_grey(chart, states):
    states.change({3: np.array([0, 0, 1], np.uint8)})
    chart.redraw()
    assert color(chart, 3) == CLASSES[2]
    red, green, blue = color(chart, 0)  # predicted: Water
    assert blue == 255
    assert red == green > 0
    assert len(set(color(chart, 5))) > 1 or color(chart, 5)[0] != 255  # neither paper nor class
    assert color(chart, 5) not in CLASSES.values()


def test_uncertainty_colours_every_point_alike_where_it_is_the_same(chart):
    chart.set_color_by(ColorBy.UNCERTAINTY)
    assert color(chart, 0) == color(chart, 1) == color(chart, 2)
    assert color(chart, 5) != color(chart, 0)  # not known


def test_click_ctrl_click_and_a_click_beside(chart, chosen):
    QTest.mouseClick(chart.viewport(), LEFT, NONE, spot(chart, 12))
    QTest.mouseClick(chart.viewport(), LEFT, CTRL, spot(chart, 13) + QPoint(3, 3))
    QTest.mouseClick(chart.viewport(), LEFT, NONE, QPoint(2, 2))
    assert chosen == [
        ([12], Mode.REPLACE, 12),
        ([13], Mode.TOGGLE, 13),
        ([], Mode.REPLACE, None),
    ]


def test_a_box_selects_the_points_inside_and_adds_with_shift(chart, chosen):
    start, end = spot(chart, 33) - QPoint(8, 8), spot(chart, 24) + QPoint(8, 8)
    QTest.mousePress(chart.viewport(), LEFT, NONE, start)
    move(chart, end, LEFT)
    assert chart.findChildren(QRubberBand)
    QTest.mouseRelease(chart.viewport(), LEFT, NONE, end)
    assert chosen[-1] == ([23, 24, 33, 34], Mode.REPLACE, None)
    start, end = spot(chart, 0) - QPoint(8, 8), spot(chart, 0) + QPoint(8, 8)
    QTest.mousePress(chart.viewport(), LEFT, SHIFT, start)
    move(chart, end, LEFT, SHIFT)
    QTest.mouseRelease(chart.viewport(), LEFT, SHIFT, end)
    assert chosen[-1] == ([0], Mode.ADD, None)


def test_selected_points_stand_out(chart):
    before = pixels(chart)
    mask = np.zeros(60, dtype=bool)
    mask[[4, 5]] = True
    chart.show_selection(mask, 4)
    after = pixels(chart)
    changed = np.argwhere((before != after).any(axis=-1))
    for tile in (4, 5):
        at = spot(chart, tile)
        assert np.abs(changed - (at.y(), at.x())).max(axis=1).min() <= 9
    far = spot(chart, 50)
    assert (before[far.y(), far.x()] == after[far.y(), far.x()]).all()


def test_the_wheel_zooms_about_the_mouse(chart):
    at = spot(chart, 34)
    gap = spot(chart, 1).x() - spot(chart, 0).x()
    turn(chart, at, 3)
    assert (spot(chart, 34) - at).manhattanLength() <= 2  # the place was rounded
    assert spot(chart, 1).x() - spot(chart, 0).x() > 1.8 * gap
    for _ in range(60):
        turn(chart, at, 5)
    turn(chart, at, -500)
    assert np.isfinite(chart.screen_places).all()
    QTest.keyClick(chart, KEY.Key_Home)
    assert abs(spot(chart, 1).x() - spot(chart, 0).x() - gap) <= 1


def test_the_middle_button_pans(chart):
    before = spot(chart, 34)
    start = QPoint(50, 50)
    QTest.mousePress(chart.viewport(), MIDDLE, NONE, start)
    move(chart, start + QPoint(30, -12), MIDDLE)
    QTest.mouseRelease(chart.viewport(), MIDDLE, NONE, start + QPoint(30, -12))
    assert (spot(chart, 34) - before - QPoint(30, -12)).manhattanLength() <= 2


def test_the_tile_under_the_mouse_is_looked_at_with_its_picture(chart, heard):
    looked = heard(chart.looked_at)
    picture = QImage(96, 96, QImage.Format.Format_RGB32)
    picture.fill(0xFFFA0AC8)
    chart.set_pictures(lambda tile: picture if tile == 22 else None)
    move(chart, spot(chart, 22))
    assert looked == [22]
    assert np.count_nonzero((pixels(chart) == (250, 10, 200)).all(axis=-1)) > 5000
    move(chart, QPoint(1, 1))
    assert not (pixels(chart) == (250, 10, 200)).all(axis=-1).any()
    move(chart, spot(chart, 22))
    assert looked == [22, 22]


def test_a_double_click_goes_there_and_keys_select(chart, chosen, heard):
    opened = heard(chart.opened)
    QTest.mouseDClick(chart.viewport(), LEFT, NONE, spot(chart, 22))
    QTest.mouseRelease(chart.viewport(), LEFT, NONE, spot(chart, 22))
    assert opened == [22]
    QTest.keyClick(chart, KEY.Key_A, CTRL)
    assert len(chosen[-1][0]) == 59
    QTest.keyClick(chart, KEY.Key_Escape)
    assert chosen[-1] == ([], Mode.REPLACE, None)


@pytest.mark.parametrize("places", [None, np.full((60, 2), np.nan, np.float32)])
def test_without_places_it_says_what_to_do(chart, places):
    chart.show_places(places)
    chart.set_hint("Press Retrain.")
    QTest.mouseClick(chart.viewport(), LEFT, NONE, QPoint(100, 100))
    turn(chart, QPoint(100, 100), 1)
    assert chart.tiles.size == 0
    assert len(np.unique(pixels(chart).reshape(-1, 3), axis=0)) > 1


def test_points_that_all_lie_in_one_place_are_drawn(chart):
    chart.show_places(np.ones((60, 2), np.float32))
    assert (chart.screen_places == chart.screen_places[0]).all()
    assert np.isfinite(chart.screen_places).all()
