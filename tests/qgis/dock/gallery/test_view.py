"""The wall of pictures with real mouse, wheel and key events."""

import numpy as np
import pytest
from landloop.plugin.controllers.selection import Mode
from landloop.plugin.dock.gallery.view import GalleryView
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QColor, QHelpEvent, QImage, QMouseEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QRubberBand, QToolTip

TILES = 60
LEFT = Qt.MouseButton.LeftButton
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
KEY = Qt.Key


@pytest.fixture
def view(shown, facts):
    """Tiles 59 to 0 in five columns, two rows of which can be seen as a whole."""
    view = GalleryView()
    width, height = view._cards.size(96)
    bar = view.verticalScrollBar().sizeHint().width()
    view.resize(5 * width + 20 + bar + 2, 2 * height + 50)
    shown(view)
    view.show_facts(facts)
    view.show_tiles(np.arange(TILES)[::-1].copy())
    view.setFocus()
    assert view.cells.columns == 5
    assert view.cells.page == 10
    return view


@pytest.fixture
def chosen(view, select):
    """What the view asks to select; it is shown as the project would."""
    return select(view)


def middle(view, tile):
    """Return the middle of a tile's card in the viewport."""
    area = view.cells.rect(view._place(tile)).translated(0, -view.verticalScrollBar().value())
    return area.center()


def click(view, tile, keys=NONE):
    QTest.mouseClick(view.viewport(), LEFT, keys, middle(view, tile))


def move(view, at, keys=NONE):
    there = QPointF(view.viewport().mapToGlobal(at))
    button = Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(at), there, button, LEFT, keys)
    QApplication.sendEvent(view.viewport(), event)


def pixels(view):
    picture = view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    data = picture.constBits()
    data.setsize(picture.sizeInBytes())
    rows = np.frombuffer(data, np.uint8).reshape(picture.height(), -1, 4)
    return rows[:, : picture.width(), 2::-1].copy()


def card(view, tile):
    """Return what is drawn of a tile."""
    area = view.cells.rect(view._place(tile)).translated(0, -view.verticalScrollBar().value())
    return pixels(view)[area.top() : area.bottom() + 1, area.left() : area.right() + 1]


def test_click_ctrl_click_and_shift_click(view, chosen):
    click(view, 59)
    click(view, 57, CTRL)
    click(view, 53, SHIFT)
    assert chosen == [
        ([59], Mode.REPLACE, 59),
        ([57], Mode.TOGGLE, 57),
        ([57, 56, 55, 54, 53], Mode.REPLACE, 53),
    ]


def test_a_box_selects_what_it_touches_and_adds_with_shift(view, chosen):
    QTest.mousePress(view.viewport(), LEFT, NONE, middle(view, 58))
    move(view, middle(view, 51))
    assert view.findChildren(QRubberBand)
    QTest.mouseRelease(view.viewport(), LEFT, NONE, middle(view, 51))
    assert chosen[-1] == ([58, 57, 56, 53, 52, 51], Mode.REPLACE, None)
    QTest.mousePress(view.viewport(), LEFT, SHIFT, middle(view, 59))
    move(view, middle(view, 54), SHIFT)
    QTest.mouseRelease(view.viewport(), LEFT, SHIFT, middle(view, 54))
    assert chosen[-1] == ([59, 54], Mode.ADD, None)


def test_a_click_beside_the_cards_selects_nothing(view, chosen):
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    view.show_tiles(np.arange(3))
    QTest.mouseClick(
        view.viewport(), LEFT, NONE, view.viewport().rect().bottomRight() - QPoint(5, 5)
    )
    assert chosen == [([], Mode.REPLACE, None)]


def test_arrows_walk_and_extend_and_page(view, chosen):
    click(view, 59)
    QTest.keyClick(view, KEY.Key_Right)
    assert chosen[-1] == ([58], Mode.REPLACE, 58)
    QTest.keyClick(view, KEY.Key_Down)
    assert chosen[-1][0] == [53]
    QTest.keyClick(view, KEY.Key_Right, SHIFT)
    assert chosen[-1] == ([53, 52], Mode.REPLACE, 52)
    QTest.keyClick(view, KEY.Key_PageDown)
    assert chosen[-1][0] == [42]
    assert view.verticalScrollBar().value() > 0
    QTest.keyClick(view, KEY.Key_End)
    assert chosen[-1][0] == [0]
    QTest.keyClick(view, KEY.Key_Home)
    assert chosen[-1][0] == [59]
    assert view.verticalScrollBar().value() == 0


def test_with_ctrl_only_the_frame_walks_and_s_takes_the_tile_in_or_out(view, chosen):
    click(view, 59)
    QTest.keyClick(view, KEY.Key_Right, CTRL)
    assert chosen[-1] == ([], Mode.ADD, 58)
    QTest.keyClick(view, KEY.Key_S)
    assert chosen[-1] == ([58], Mode.TOGGLE, 58)


def test_a_takes_the_page_without_what_has_tags_and_ctrl_a_takes_all(view, chosen, states):
    states.change({58: np.array([1, 0, 0], np.uint8)})
    QTest.keyClick(view, KEY.Key_A)
    assert chosen[-1] == ([59, 57, 56, 55, 54, 53, 52, 51, 50], Mode.REPLACE, None)
    QTest.keyClick(view, KEY.Key_A, CTRL)
    assert chosen[-1][0] == list(range(TILES))[::-1]
    QTest.keyClick(view, KEY.Key_Escape)
    assert chosen[-1][0] == []


def test_a_page_that_is_all_tagged_is_selected_as_a_whole(view, chosen, states):
    states.change({tile: np.array([1, 0, 0], np.uint8) for tile in range(50, 60)})
    QTest.keyClick(view, KEY.Key_A)
    assert chosen[-1][0] == list(range(59, 49, -1))


def test_going_on_after_a_page_selects_the_next_page(view, chosen, states):
    QTest.keyClick(view, KEY.Key_A)
    states.change({tile: np.array([1, 0, 0], np.uint8) for tile in range(50, 60)})
    view.go_on()
    assert chosen[-1][0] == list(range(49, 39, -1))
    assert view.page_tiles().tolist() == list(range(49, 39, -1))


def test_going_on_after_one_tile_selects_the_next_without_tags(view, chosen, states):
    click(view, 59)
    states.change({tile: np.array([1, 0, 0], np.uint8) for tile in (59, 58)})
    view.go_on()
    assert chosen[-1] == ([57], Mode.REPLACE, 57)


def test_after_the_last_tile_there_is_nowhere_to_go(view, chosen):
    QTest.keyClick(view, KEY.Key_End)
    before = list(chosen)
    view.go_on()
    assert chosen == before


def test_space_confirms_once_a_press(view, heard):
    confirmed = heard(view.confirmed)
    QTest.keyClick(view, KEY.Key_Space)
    assert len(confirmed) == 1


def test_a_double_click_opens_and_the_right_button_asks_for_a_menu(view, heard):
    opened = heard(view.opened)
    QTest.mouseDClick(view.viewport(), LEFT, NONE, middle(view, 57))
    QTest.mouseRelease(view.viewport(), LEFT, NONE, middle(view, 57))
    assert opened == [57]


def test_pictures_are_asked_for_those_in_sight_first(view, heard):
    wanted = heard(view.pictures_wanted)
    view.verticalScrollBar().setValue(4 * view.cells.cell_height)
    assert wanted[-1][:5] == [39, 38, 37, 36, 35]
    assert set(wanted[-1]) > set(range(20, 50))
    assert 0 not in wanted[-1]


def test_a_tile_selected_elsewhere_is_brought_into_view(view):
    mask = np.zeros(TILES, dtype=bool)
    mask[3] = True
    view.show_selection(mask, 3)
    area = view.cells.rect(view._place(3))
    top = view.verticalScrollBar().value()
    assert top <= area.top()
    assert area.bottom() <= top + view.cells.height


def test_cards_tell_tags_predictions_and_selection_apart(view, states):
    before = card(view, 58)  # predicted: Land
    states.change({58: np.array([0, 1, 0], np.uint8)})
    view.update_tiles([58])
    tagged = card(view, 58)
    assert not np.array_equal(before, tagged)
    assert np.count_nonzero((tagged == (0, 255, 0)).all(axis=-1)) > 200  # the frame of its class
    mask = np.zeros(TILES, dtype=bool)
    mask[58] = True
    view.show_selection(mask, 58)
    highlight = view.palette().highlight().color()
    found = (card(view, 58) == (highlight.red(), highlight.green(), highlight.blue())).all(axis=-1)
    assert np.count_nonzero(found) > 500
    states.change({58: np.full(3, 254, np.uint8)})
    view.update_tiles([58])
    assert not np.array_equal(card(view, 58), tagged)


def test_a_picture_is_drawn_when_it_is_there(view):
    picture = QImage(96, 96, QImage.Format.Format_RGB32)
    picture.fill(QColor(250, 10, 200))
    view.set_pictures(lambda tile: picture if tile == 59 else None)
    view.update_tiles([59])
    pink = (card(view, 59) == (250, 10, 200)).all(axis=-1)
    assert np.count_nonzero(pink) > 0.8 * 96 * 96
    assert not (card(view, 58) == (250, 10, 200)).all(axis=-1).any()


def test_scrolling_shows_what_a_full_drawing_would(view):
    view.verticalScrollBar().setValue(37)
    QApplication.processEvents()
    view.verticalScrollBar().setValue(180)
    QApplication.processEvents()
    scrolled = pixels(view)
    view.viewport().update()
    QApplication.processEvents()
    assert np.array_equal(scrolled, pixels(view))


def test_larger_pictures_keep_the_place(view):
    view.verticalScrollBar().setValue(4 * view.cells.cell_height)
    view.set_picture_px(160)
    assert view.cells.columns == 3
    assert 39 in view.page_tiles().tolist()


def test_a_tooltip_says_what_is_known(view, qtbot):
    at = middle(view, 59)
    QApplication.sendEvent(
        view.viewport(), QHelpEvent(QEvent.Type.ToolTip, at, view.viewport().mapToGlobal(at))
    )
    assert QToolTip.text().replace("\N{NO-BREAK SPACE}", " ").split("\n") == [
        "Tile 59",
        "Predicted: Town",
        "Uncertainty 0.20",
        "Town 90 %",
        "Water 5 %",
        "Land 5 %",
    ]
    QToolTip.hideText()  # it would lie under the mouse of the next test
    qtbot.waitUntil(lambda: not QToolTip.isVisible(), timeout=2000)


def test_an_empty_list_says_what_to_do(view, chosen):
    view.set_hint("Choose other tiles.")
    blank = pixels(view)
    view.show_tiles(np.zeros(0, dtype=np.int64))
    QApplication.processEvents()
    assert not np.array_equal(blank, pixels(view))
    for key in (KEY.Key_A, KEY.Key_Right, KEY.Key_End):
        QTest.keyClick(view, key)
    view.go_on()
    assert chosen == []
