import pytest
from landloop.plugin.dock.class_table import ClassTable
from landloop.plugin.dock.rows import ClassRow
from qgis.PyQt.QtCore import QLocale, Qt
from qgis.PyQt.QtTest import QTest


@pytest.fixture
def table(shown, classes):
    QLocale.setDefault(QLocale("en_US"))
    table = shown(ClassTable())
    table.resize(330, table.height())
    table.set_rows(classes)
    return table


def _texts(table, row):
    model = table.model()
    return [model.index(row, column).data() for column in range(model.columnCount())]


def test_a_row_tells_name_pixels_iou_gap_and_weight(table):
    assert _texts(table, 1) == ["Forest", "12 k", "0.60", "0.40", "0.30"]


def test_figures_are_dashes_before_the_first_round(table):
    table.set_rows([ClassRow(0, "Water", "#0000ff"), ClassRow(1, "Road", "#ff0000")])
    assert _texts(table, 0) == ["Water", "0", "–", "–", "–"]


def test_a_click_chooses_the_class(table, click_row, heard):
    chosen = heard(table.class_selected)
    click_row(table, 2)
    assert chosen == [2]


def test_a_click_on_the_active_class_chooses_it_again(table, click_row, heard):
    table.set_active(1)
    chosen = heard(table.class_selected)
    click_row(table, 1)
    assert chosen == [1]


def test_the_arrow_keys_choose_classes(table, heard):
    table.set_active(0)
    chosen = heard(table.class_selected)
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert chosen == [1, 2]


def test_enter_chooses_the_class(table, heard):
    table.set_active(1)
    chosen = heard(table.class_selected)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert chosen == [1]


def test_showing_the_active_class_says_nothing(table, heard):
    chosen = heard(table.class_selected)
    table.set_active(2)
    assert chosen == []
    assert table.currentIndex().row() == 2


def test_no_class_is_marked_while_none_is_painted(table):
    table.set_active(2)
    table.set_active(None)
    assert table.selectionModel().selectedRows() == []


def test_new_figures_leave_the_active_class_alone(table, classes, heard):
    table.set_active(2)
    chosen = heard(table.class_selected)
    table.set_rows([ClassRow(row.index, row.name, row.color, 99) for row in classes])
    assert table.currentIndex().row() == 2
    assert _texts(table, 2)[1] == "99"
    assert chosen == []


def test_the_tip_names_the_key_and_the_exact_count(table):
    tip = table.model().index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "12,345" in tip
    assert "Press 2" in tip


def test_a_tenth_class_has_no_key(table):
    table.set_rows([ClassRow(k, f"c{k}", "#336699") for k in range(12)])
    assert "Press" not in table.model().index(9, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_all_columns_fit_into_a_narrow_dock(table):
    width = sum(table.columnWidth(column) for column in range(table.model().columnCount()))
    assert width <= table.viewport().width()
    assert table.columnWidth(0) >= 80


def test_it_is_as_high_as_its_classes_up_to_eight(table):
    table.set_rows([ClassRow(k, f"c{k}", "#336699") for k in range(6)])
    assert table.maximumHeight() == table.rows_height(6)
    table.set_rows([ClassRow(k, f"c{k}", "#336699") for k in range(30)])
    assert table.maximumHeight() == table.rows_height(8)


def test_tab_leaves_the_table(table):
    assert not table.tabKeyNavigation()
    assert table.accessibleName()
