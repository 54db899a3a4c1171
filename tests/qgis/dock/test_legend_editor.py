import pytest
from landloop.al_core.errors import LegendError
from landloop.al_core.legend import Legend, LegendClass
from landloop.plugin.dock import dialogs
from landloop.plugin.dock.legend_editor import LegendEditor
from landloop.plugin.dock.legend_model import COLOR, NAME, VALUE
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QLineEdit

LEFT = Qt.MouseButton.LeftButton
LEGEND = Legend((LegendClass(3, "Sea", "#0000ff"), LegendClass(7, "Land", "#00ff00")))


def _palette(path):
    if "gray" in path:
        raise LegendError("It has no palette; choose another file.")
    return LEGEND


@pytest.fixture
def editor(shown):
    editor = shown(LegendEditor(_palette))
    editor.resize(340, 300)
    return editor


@pytest.fixture
def filled(editor):
    QTest.mouseClick(editor.common, LEFT)
    return editor


def _finish(field, text):
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.qWait(1)  # Qt takes an edit over in its next turn


def _type(editor, row, column, text):
    editor.table.setCurrentIndex(editor.model.index(row, column))
    editor.table.edit(editor.model.index(row, column))
    field = editor.table.findChild(QLineEdit)
    field.selectAll()
    _finish(field, text)


def test_an_empty_legend_says_how_to_fill_it(editor):
    assert "No classes yet" in editor.table.accessibleDescription()
    assert not editor.problem.isVisible()
    with pytest.raises(LegendError):
        editor.legend()


def test_six_common_classes_are_a_legend_at_once(filled):
    assert filled.legend().names[0] == "Water"
    assert filled.legend().values.tolist() == [1, 2, 3, 4, 5, 6]
    assert not filled.common.isVisible()


def test_a_class_is_added_and_named_in_one_go(filled):
    QTest.mouseClick(filled.add, LEFT)
    _finish(filled.table.findChild(QLineEdit), "Glacier")
    last = filled.legend()[6]
    assert (last.value, last.name) == (7, "Glacier")
    assert last.color not in {entry.color for entry in list(filled.legend())[:6]}


def test_a_new_class_takes_a_free_value(filled):
    _type(filled, 0, VALUE, "7")
    QTest.mouseClick(filled.add, LEFT)
    assert filled.model.index(6, VALUE).data() == 1


def test_a_class_is_removed_and_moved(filled):
    filled.table.setCurrentIndex(filled.model.index(1, NAME))
    QTest.mouseClick(filled.remove, LEFT)
    filled.table.setCurrentIndex(filled.model.index(0, NAME))
    QTest.mouseClick(filled.down, LEFT)
    assert filled.legend().names[:3] == ("Grassland", "Water", "Cropland")
    assert filled.table.currentIndex().row() == 1
    QTest.mouseClick(filled.up, LEFT)
    assert filled.legend().names[:2] == ("Water", "Grassland")


def test_the_ends_cannot_be_passed(filled):
    filled.table.setCurrentIndex(filled.model.index(0, NAME))
    assert not filled.up.isEnabled()
    filled.table.setCurrentIndex(filled.model.index(5, NAME))
    assert not filled.down.isEnabled()


def test_an_empty_name_is_told_at_once(filled):
    _type(filled, 2, NAME, " ")
    assert "value 3 has no name" in filled.problem.text()
    assert filled.model.index(2, NAME).data(Qt.ItemDataRole.BackgroundRole) is not None
    _type(filled, 2, NAME, "Meadow")
    assert filled.model.index(2, NAME).data(Qt.ItemDataRole.BackgroundRole) is None
    assert not filled.problem.isVisible()


def test_the_same_value_twice_is_told_at_once_and_both_are_marked(filled):
    _type(filled, 2, VALUE, "2")
    assert "“2” twice" in filled.problem.text()
    marked = [
        filled.model.index(row, VALUE).data(Qt.ItemDataRole.BackgroundRole) is not None
        for row in range(6)
    ]
    assert marked == [False, True, True, False, False, False]


@pytest.mark.parametrize("value", ["256", "-1"])
def test_a_value_that_no_byte_holds_is_told(filled, value):
    _type(filled, 0, VALUE, value)
    assert "use 0 to 255" in filled.problem.text()


def test_a_double_click_on_a_colour_opens_the_colour_dialog(filled, click_row, monkeypatch):
    asked = []
    monkeypatch.setattr(dialogs, "color", lambda _w, _title, now: asked.append(now) or "#123456")
    click_row(filled.table, 0, COLOR, double=True)
    assert asked == ["#2f86c8"]
    assert filled.legend()[0].color == "#123456"


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_a_key_opens_the_colour_dialog_and_backing_out_changes_nothing(filled, monkeypatch, key):
    asked = []
    monkeypatch.setattr(dialogs, "color", lambda *_args: asked.append(1) or "")
    filled.table.setCurrentIndex(filled.model.index(1, COLOR))
    QTest.keyClick(filled.table, key)
    assert len(asked) == 1
    assert filled.legend()[1].color == "#2e7d32"


def test_enter_edits_a_name(filled):
    filled.table.setCurrentIndex(filled.model.index(0, NAME))
    QTest.keyClick(filled.table, Qt.Key.Key_Return)
    assert filled.table.findChild(QLineEdit) is not None


def test_a_csv_is_imported(editor, monkeypatch, tmp_path):
    LEGEND.to_csv(tmp_path / "legend.csv")
    monkeypatch.setattr(dialogs, "open_file", lambda *_args: str(tmp_path / "legend.csv"))
    editor.from_csv.trigger()
    assert editor.legend() == LEGEND


def test_a_style_is_imported(editor, monkeypatch, tmp_path):
    entries = "".join(
        f'<paletteEntry value="{entry.value}" label="{entry.name}" color="{entry.color}"/>'
        for entry in LEGEND
    )
    (tmp_path / "a.qml").write_text(f"<qgis><pipe>{entries}</pipe></qgis>", encoding="utf-8")
    monkeypatch.setattr(dialogs, "open_file", lambda *_args: str(tmp_path / "a.qml"))
    editor.from_qml.trigger()
    assert editor.legend() == LEGEND


def test_a_paletted_raster_is_read_by_the_callback(editor, monkeypatch):
    monkeypatch.setattr(dialogs, "open_file", lambda *_args: "/data/classes.tif")
    editor.from_raster.trigger()
    assert editor.legend() == LEGEND


def test_a_failed_import_is_told_and_changes_nothing(filled, monkeypatch, tmp_path):
    before = filled.legend()
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    monkeypatch.setattr(dialogs, "open_file", lambda *_args: str(tmp_path / "bad.csv"))
    filled.from_csv.trigger()
    assert "lacks a column" in filled.problem.text()
    monkeypatch.setattr(dialogs, "open_file", lambda *_args: "/data/gray.tif")
    filled.from_raster.trigger()
    assert "no palette" in filled.problem.text()
    assert filled.legend() == before


def test_backing_out_of_an_import_changes_nothing(filled, monkeypatch, heard):
    changes = heard(filled.changed)
    monkeypatch.setattr(dialogs, "open_file", lambda *_args: "")
    filled.from_csv.trigger()
    assert changes == []


def test_icon_buttons_have_names(filled):
    for button in (filled.add, filled.remove, filled.up, filled.down):
        assert button.accessibleName()
        assert button.toolTip()
