from dataclasses import replace

import pytest
from landloop.plugin.dock.class_table import ClassTable
from landloop.plugin.dock.rows import ClassRow
from qgis.PyQt.QtCore import QLocale, QPoint, Qt
from qgis.PyQt.QtGui import QPalette
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


def _shown(table):
    model = table.model()
    return [
        model.headerData(column, Qt.Orientation.Horizontal)
        for column in range(model.columnCount())
        if not table.isColumnHidden(column)
    ]


def test_a_row_tells_name_pixels_iou_gap_weight_and_seats(table):
    assert _texts(table, 1) == ["Forest", "12 k", ".60", ".40", ".30", "–"]


def test_the_iou_comes_with_its_error_and_a_guess_with_a_question_mark(table):
    table.set_rows(
        [
            ClassRow(0, "Water", "#0000ff", 9, 0.62, 0.38, 0.5, 0.049, 12_000, 4),
            ClassRow(1, "Road", "#ff0000", 9, 0.62, 0.38, 0.5, 0.25, 199, 3),
            ClassRow(2, "Land", "#00ff00", 9, 0.62, 0.38, 0.5, None, 200, 0),
            ClassRow(3, "Ice", "#00ff00", 9, None, 1.0, 0.5, None, 0, None),
        ]
    )
    assert [_texts(table, row)[2] for row in range(4)] == [".62 ±.05", ".62 ?", ".62", "–"]
    assert [_texts(table, row)[5] for row in range(4)] == ["4", "3", "0", "–"]
    tip = table.model().index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "only 199 validation pixels" in tip
    assert "±.25" in tip
    assert "3 tiles" in tip


def test_a_screen_reader_hears_what_the_figures_mean(table):
    table.set_rows([ClassRow(0, "Ice", "#0000ff", 12_345, 0.62, 0.38, 0.5, 0.2, 99)])
    said = [
        table.model().index(0, column).data(Qt.ItemDataRole.AccessibleTextRole)
        for column in range(6)
    ]
    assert said == [
        "Ice",
        "12,345 pixels labelled",
        "IoU .62 ±.20 from only 99 validation pixels: it may be far off",
        "Gap .38",
        "Weight .50",
        "Next not known",
    ]


def test_details_show_gap_and_weight(table):
    table.resize(300, table.height())
    assert _shown(table) == ["Class", "Pixels", "IoU", "Next"]
    QTest.mouseClick(table.details, Qt.MouseButton.LeftButton)
    assert _shown(table)[:4] == ["Class", "IoU", "Gap", "Weight"]


def test_a_wide_table_shows_every_detail(table):
    table.details.click()
    table.resize(700, table.height())
    assert _shown(table) == ["Class", "Pixels", "IoU", "Gap", "Weight", "Next"]


@pytest.mark.parametrize("width", [120, 200, 260, 300])
def test_figures_make_room_for_the_names(table, classes, width):
    table.set_rows([replace(row, iou_error=0.04) for row in classes])
    for _ in range(2):
        table.resize(width, table.height())
        needed = table.fontMetrics().horizontalAdvance("Road") + 30
        assert table.columnWidth(0) >= min(needed, table.viewport().width())
        table.details.click()


def test_a_click_on_a_title_sorts_and_unknown_figures_come_last(table, heard):
    table.set_rows(
        [
            ClassRow(0, "Water", "#0000ff", 5, 0.9),
            ClassRow(1, "Road", "#ff0000", 7),
            ClassRow(2, "Land", "#00ff00", 6, 0.3),
        ]
    )
    table.set_active(0)
    chosen = heard(table.class_selected)
    header = table.horizontalHeader()
    names = []
    for _ in range(2):
        at = QPoint(header.sectionViewportPosition(2) + 8, header.height() // 2)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
        names.append([_texts(table, row)[0] for row in range(3)])
        assert _texts(table, table.currentIndex().row())[0] == "Water"
    assert names == [["Land", "Water", "Road"], ["Water", "Land", "Road"]]
    assert chosen == []


def test_the_brush_follows_the_class_and_not_its_place(table, classes, click_row, heard):
    table.set_rows(classes)
    table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    chosen = heard(table.class_selected)
    click_row(table, 0)
    assert chosen == [2]
    table.set_active(1)
    assert _texts(table, table.currentIndex().row())[0] == "Forest"


def test_the_heaviest_class_has_the_longest_bar(table, classes):
    table.details.click()
    table.resize(400, table.height())
    table.set_rows(
        [replace(row, weight=weight) for row, weight in zip(classes, (0.1, 0.2, 0.7), strict=True)]
    )
    table.set_active(None)
    image = table.viewport().grab().toImage()
    color = table.palette().color(QPalette.ColorRole.Highlight)
    lengths = []
    for row in range(3):
        cell = table.visualRect(table.model().index(row, 4))
        y = cell.bottom() - 2
        lengths.append(
            sum(image.pixelColor(x, y) == color for x in range(cell.left(), cell.right()))
        )
    assert 0 < lengths[0] < lengths[1] < lengths[2]


def test_figures_are_dashes_before_the_first_round(table):
    table.set_rows([ClassRow(0, "Water", "#0000ff"), ClassRow(1, "Road", "#ff0000")])
    assert _texts(table, 0) == ["Water", "0", "–", "–", "–", "–"]


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
