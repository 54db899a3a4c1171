import pytest
from landloop.plugin.dock.queue_table import QueueTable
from landloop.plugin.dock.rows import QueueRow
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest


@pytest.fixture
def panel(shown, queue):
    panel = shown(QueueTable())
    panel.resize(330, 260)
    panel.set_rows(queue)
    return panel


def _column(panel, column):
    model = panel.table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_rows_tell_rank_tile_score_and_reason(panel):
    assert _column(panel, 0) == [1, 2, 3]
    assert _column(panel, 1) == [70, 12, 33]
    assert _column(panel, 2) == ["0.600", "0.500", "0.400"]
    assert _column(panel, 3) == ["Road", "Water", "random"]


def test_a_small_score_is_not_shown_as_zero(panel):
    panel.set_rows([QueueRow(1, 1, 0.00032, "x")])
    assert _column(panel, 2) == ["0.00032"]


def test_a_double_click_asks_for_the_tile(panel, click_row, heard):
    tiles = heard(panel.tile_requested)
    click_row(panel.table, 1, double=True)
    assert tiles == [12]


def test_enter_asks_for_the_selected_tile(panel, heard):
    tiles = heard(panel.tile_requested)
    panel.set_current(70)
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    QTest.keyClick(panel.table, Qt.Key.Key_Enter)
    assert tiles == [33]


def test_the_buttons_go_forward_and_back(panel, heard):
    forward, back = heard(panel.next_requested), heard(panel.previous_requested)
    QTest.mouseClick(panel.next, Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.previous, Qt.MouseButton.LeftButton)
    assert (len(forward), len(back)) == (1, 1)
    assert "(N)" in panel.next.toolTip()
    assert "(Shift+N)" in panel.previous.toolTip()


def test_an_empty_queue_says_where_tiles_come_from(panel):
    panel.set_rows([])
    assert not panel.next.isEnabled()
    assert not panel.previous.isEnabled()
    assert "After each round" in panel.table.accessibleDescription()
    panel.set_cold(True)
    assert "1. Choose the first tiles below" in panel.table.accessibleDescription()
    assert panel.state.text() == ""


def test_the_hint_is_drawn_only_while_the_queue_is_empty(panel):
    panel.table.clearSelection()
    full = panel.table.viewport().grab().toImage()
    panel.set_rows([])
    with_hint = panel.table.viewport().grab().toImage()
    panel.table.set_hint("")
    without = panel.table.viewport().grab().toImage()
    assert with_hint != without
    assert with_hint != full


def test_labelled_tiles_are_ticked_and_counted(panel, queue):
    model = panel.table.model()
    role = Qt.ItemDataRole.DecorationRole
    assert model.index(0, 0).data(role) is None
    assert model.index(1, 0).data(role) is not None
    assert panel.state.text() == "1 of 3 labelled"
    panel.set_rows([QueueRow(row.tile_id, row.rank, 1, "", labelled=True) for row in queue])
    assert "retrain" in panel.state.text()


def test_the_place_survives_new_labels_but_not_a_new_queue(panel, queue):
    panel.set_current(33)
    panel.set_rows([QueueRow(row.tile_id, row.rank, 1, "", labelled=True) for row in queue])
    assert panel.table.currentIndex().row() == 2
    panel.set_rows([QueueRow(5, 1, 0.1, "")])
    assert panel.table.selectionModel().selectedRows() == []


def test_a_tile_outside_the_queue_marks_no_row(panel):
    panel.set_current(33)
    panel.set_current(4711)
    assert panel.table.selectionModel().selectedRows() == []


def test_the_share_is_drawn_in_the_class_colour(panel):
    def inked(share):
        panel.set_rows([QueueRow(1, 1, 0.5, "", share, "#c0392b")])
        image = panel.table.viewport().grab().toImage()
        reds = 0
        for x in range(image.width() // 2, image.width()):
            for y in range(panel.table.rowHeight(0)):
                color = image.pixelColor(x, y)
                reds += color.red() > color.blue() + 40
        return reds

    assert inked(0.9) > inked(0.5) > inked(0.1)


def test_the_tip_has_the_whole_reason(panel):
    panel.set_rows([QueueRow(7, 1, 0.5, "Road", 0.62, "#c0392b", detail="Road: 62 % of it")])
    tip = panel.table.model().index(0, 3).data(Qt.ItemDataRole.ToolTipRole)
    assert "Road: 62 % of it" in tip
    assert "62 %" in tip


def test_the_columns_make_room_for_long_tile_numbers(panel):
    panel.set_rows([QueueRow(1_234_567, 1, 0.5, "Road", 0.2, "#c0392b")])
    needed = panel.table.fontMetrics().horizontalAdvance("1234567")
    assert panel.table.columnWidth(1) > needed


def test_the_row_to_explain_is_the_selected_one_else_the_first(panel, queue, heard):
    shown = heard(panel.row_shown)
    panel.set_current(12)
    assert shown[-1].tile_id == 12
    panel.set_current(None)
    assert shown[-1].tile_id == 70
    panel.set_rows([])
    assert shown[-1] is None


def test_the_selection_stays_with_its_tile_in_another_order(panel, queue):
    panel.set_current(12)
    panel.set_rows([QueueRow(5, 1, 0.9, "Road"), QueueRow(12, 2, 0.8, "Road")])
    assert panel.table.currentIndex().row() == 1
    panel.set_rows([QueueRow(5, 1, 0.9, "Road")])
    assert not panel.table.selectionModel().hasSelection()


def test_similar_tiles_are_asked_for_from_the_menu(panel, heard):
    assert not panel.similar.isEnabled()  # nothing is scanned
    panel.set_similar_ready(True)
    here, click = heard(panel.similar_requested), heard(panel.similar_click_requested)
    for action in panel.similar.menu().actions():
        action.trigger()
    assert (here, click) == ([()], [()])


def test_a_note_tells_that_similar_tiles_are_shown_and_leads_back(panel, heard):
    assert not panel.note.isVisible()
    panel.set_similar(12)
    assert panel.note.isVisible()
    assert "12" in panel.note_text.text()
    back = heard(panel.back_requested)
    QTest.mouseClick(panel.back, Qt.MouseButton.LeftButton)
    assert back == [()]
    panel.set_similar(None)
    assert not panel.note.isVisible()
