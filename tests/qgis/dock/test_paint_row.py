import pytest
from landloop.al_core.legend import UNSURE
from landloop.plugin.dock.paint_row import PaintRow
from landloop.plugin.dock.rows import PaintState
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QWidget


@pytest.fixture
def row(shown):
    return shown(PaintRow())


def _down(row):
    return [button.isChecked() for button in (row.paint, row.eraser, row.unsure)]


def _click(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(
    ("state", "down"),
    [
        (PaintState(label=1), [True, False, False]),
        (PaintState(label=1, eraser=True), [False, True, False]),
        (PaintState(label=UNSURE), [False, False, True]),
        (PaintState(label=UNSURE, eraser=True), [False, True, False]),
    ],
)
def test_one_tool_is_down_while_the_paint_tool_is_active(row, state, down):
    row.set_state(state)
    assert _down(row) == [False, False, False]
    row.set_active(True)
    assert _down(row) == down


def test_paint_asks_to_paint_and_to_stop(row, heard):
    wishes = heard(row.paint_toggled)
    _click(row.paint)
    row.set_active(True)
    _click(row.paint)
    assert wishes == [True, False]


def test_a_click_shows_nothing_until_the_state_says_so(row):
    _click(row.paint)
    _click(row.eraser)
    assert _down(row) == [False, False, False]


def test_eraser_and_unsure_ask_for_themselves(row, heard):
    row.set_active(True)
    eraser, unsure = heard(row.eraser_requested), heard(row.unsure_requested)
    _click(row.eraser)
    _click(row.unsure)
    assert (len(eraser), len(unsure)) == (1, 1)


@pytest.mark.parametrize("state", [PaintState(eraser=True), PaintState(label=UNSURE)])
def test_a_tool_that_is_down_is_put_away_by_a_click(row, heard, state):
    row.set_state(state)
    row.set_active(True)
    wishes = heard(row.paint_toggled)
    _click(row.eraser if state.eraser else row.unsure)
    assert wishes == [False]


def test_undo_and_redo_follow_the_journal(row, heard):
    undo, redo = heard(row.undo_requested), heard(row.redo_requested)
    assert not row.undo.isEnabled()
    row.set_state(PaintState(can_undo=True, can_redo=True))
    _click(row.undo)
    _click(row.redo)
    assert (len(undo), len(redo)) == (1, 1)


def test_showing_a_size_says_nothing_but_typing_one_does(row, heard):
    sizes = heard(row.size_changed)
    row.set_state(PaintState(size_px=40))
    assert sizes == []
    row.size.selectAll()
    QTest.keyClicks(row.size, "25")
    QTest.keyClick(row.size, Qt.Key.Key_Return)
    assert sizes == [25]


def test_tips_name_the_keys_and_every_button_has_a_name(row):
    keys = {
        row.paint: "(B)",
        row.eraser: "(E)",
        row.unsure: "(F)",
        row.undo: "Ctrl+Z",
        row.redo: "Ctrl+Shift+Z",
        row.size: "[ and ]",
    }
    for widget, key in keys.items():
        assert key in widget.toolTip()
        assert widget.accessibleName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_it_fits_a_narrow_dock(row):
    assert row.minimumSizeHint().width() <= 340


def test_words_give_way_in_a_narrow_dock_and_come_back(shown):
    dock = shown(QWidget())
    dock.resize(600, 60)
    row = PaintRow(dock)
    row.show()
    beside = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    row.resize(500, row.height())
    assert row.size_label.isVisible()
    assert row.paint.toolButtonStyle() == beside
    row.resize(row.minimumSizeHint().width(), row.height())
    assert not row.size_label.isVisible()
    assert row.paint.toolButtonStyle() != beside
    QTest.qWait(20)
    parts = (row.paint, row.eraser, row.unsure, row.size, row.undo, row.redo)
    assert all(part.width() >= part.minimumSizeHint().width() for part in parts)
    row.resize(500, row.height())
    assert row.size_label.isVisible()
    assert row.paint.toolButtonStyle() == beside
