"""Tiles on the map: mouse and keys, what is drawn, and the way through the queue."""

import numpy as np
import pytest
from landloop.al_core.project import PickRecord
from landloop.plugin.overlays.brush_cursor import BrushCursor
from landloop.plugin.overlays.tag_overlay import TagOverlay
from qgis.core import QgsCoordinateReferenceSystem, QgsProject, QgsRectangle
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QImage, QMouseEvent, QPainter
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QLineEdit

LEFT = Qt.MouseButton.LeftButton
NONE, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
KEY = Qt.Key


@pytest.fixture
def tag(make_tag_bench, window, give_focus):
    """The tagged project with the tag tool in the hand, shown so that keys have a focus."""

    def take(task="scene", **how):
        bench = make_tag_bench(task, **how)
        bench.canvas.setParent(window)
        bench.canvas.show()
        bench.dock.work_panel.tags.select.click()
        assert bench.canvas.mapTool() is bench.tag_tool
        give_focus(window, bench.canvas)
        return bench

    return take


def place(bench, tile, row=32, col=32):
    """Return where a pixel of a tile is on the canvas."""
    top, left = divmod(tile, 8)
    x, y = 500_000 + left * 64 + col, 5_000_000 - top * 64 - row
    at = bench.canvas.getCoordinateTransform().transform(x, y)
    return QPoint(round(at.x()), round(at.y()))


def click(bench, tile, keys=NONE):
    QTest.mouseClick(bench.canvas.viewport(), LEFT, keys, place(bench, tile))


def box(bench, first, last, keys=NONE):
    viewport = bench.canvas.viewport()
    start, end = place(bench, first), place(bench, last)
    QTest.mousePress(viewport, LEFT, keys, start)
    there = QPointF(viewport.mapToGlobal(end))
    kind = QEvent.Type.MouseMove
    QApplication.sendEvent(
        viewport, QMouseEvent(kind, QPointF(end), there, Qt.MouseButton.NoButton, LEFT, keys)
    )
    QTest.mouseRelease(viewport, LEFT, keys, end)


def press(bench, key, keys=NONE):
    QTest.keyClick(bench.canvas, key, keys)


def selected(bench):
    return bench.selection.ids.tolist()


def stored(bench, tile):
    tags = bench.session.project.tags.read(tile)
    return None if tags is None else tags.tolist()


def drawn(bench, tile):
    """Return the pixels that the overlay draws over a tile, (h, w, 4)."""
    [overlay] = [item for item in bench.canvas.scene().items() if isinstance(item, TagOverlay)]
    size = bench.canvas.viewport().size()
    picture = QImage(size, QImage.Format.Format_ARGB32)
    picture.fill(0)
    painter = QPainter(picture)
    overlay.paint(painter)
    painter.end()
    data = picture.constBits()
    data.setsize(picture.sizeInBytes())
    rows = np.frombuffer(data, np.uint8).reshape(picture.height(), picture.width(), 4)
    first, last = place(bench, tile, 0, 0), place(bench, tile, 64, 64)
    return rows[first.y() : last.y(), first.x() : last.x()].copy()


def test_a_click_selects_a_tile_and_a_digit_tags_it(tag):
    bench = tag()
    click(bench, 10)
    assert selected(bench) == [10]
    press(bench, KEY.Key_2)
    assert stored(bench, 10) == [0, 1, 0]


def test_ctrl_and_shift_select_several_and_a_box_many(tag):
    bench = tag()
    click(bench, 10)
    click(bench, 12, SHIFT)
    click(bench, 10, CTRL)
    assert selected(bench) == [12]
    box(bench, 0, 9)
    assert selected(bench) == [0, 1, 8, 9]
    box(bench, 9, 18, CTRL)
    assert selected(bench) == [0, 1, 8, 10, 17, 18]


def test_a_click_beside_the_image_selects_nothing_any_more(tag):
    bench = tag()
    click(bench, 10)
    bench.canvas.setExtent(QgsRectangle(0, 0, 100, 100))
    QTest.mouseClick(bench.canvas.viewport(), LEFT, NONE, QPoint(50, 50))
    assert selected(bench) == []


def test_enter_confirms_zero_takes_off_and_ctrl_z_takes_back(tag):
    bench = tag()
    click(bench, 10)
    press(bench, KEY.Key_Return)
    assert stored(bench, 10) == [0, 1, 0]
    press(bench, KEY.Key_0)
    assert stored(bench, 10) is None
    press(bench, KEY.Key_Z, CTRL)
    assert stored(bench, 10) == [0, 1, 0]
    press(bench, KEY.Key_Z, CTRL | SHIFT)
    assert stored(bench, 10) is None


@pytest.mark.parametrize("key", [KEY.Key_Backspace, KEY.Key_Delete, KEY.Key_0])
def test_three_keys_take_tags_off(tag, key):
    bench = tag(predicted=False)
    click(bench, 10)
    press(bench, KEY.Key_1)
    press(bench, key)
    assert stored(bench, 10) is None


def test_f_is_unsure_x_is_none_and_alt_doubts_one_class(tag):
    bench = tag("multilabel", predicted=False)
    click(bench, 10)
    press(bench, KEY.Key_F)
    assert stored(bench, 10) == [254] * 3
    press(bench, KEY.Key_X)
    assert stored(bench, 10) == [0] * 3
    press(bench, KEY.Key_3, ALT)
    assert stored(bench, 10) == [0, 0, 254]


def test_digits_leave_text_fields_alone(tag, window):
    bench = tag()
    click(bench, 10)
    field = QLineEdit(window)
    field.show()
    field.setFocus()
    QTest.keyClick(field, KEY.Key_2)
    assert field.text() == "2"
    assert stored(bench, 10) is None


def test_without_the_tool_digits_tag_nothing(tag):
    bench = tag()
    click(bench, 10)
    bench.canvas.unsetMapTool(bench.tag_tool)
    press(bench, KEY.Key_2)
    press(bench, KEY.Key_Return)
    assert stored(bench, 10) is None
    assert not bench.dock.work_panel.tags.select.isChecked()


def test_a_class_of_the_table_tags_the_selection(tag, qtbot):
    bench = tag()
    click(bench, 10)
    bench.dock.work_panel.classes.class_selected.emit(2)
    assert stored(bench, 10) == [0, 0, 1]
    assert bench.canvas.mapTool() is bench.tag_tool


def test_with_the_brush_in_the_hand_a_class_is_painted(tag):
    bench = tag()
    click(bench, 10)
    bench.dock.work_panel.paint.paint.click()
    bench.dock.work_panel.classes.class_selected.emit(2)
    assert stored(bench, 10) is None
    assert bench.labelling.state.label == 2
    bench.dock.work_panel.paint.paint.click()
    assert bench.canvas.mapTool() is not bench.tool


def test_n_goes_through_the_queue_and_selects_each_tile(tag):
    bench = tag()
    picks = [PickRecord(rank, tile, 1.0, {}, 1, "entropy") for rank, tile in ((1, 20), (2, 30))]
    bench.session.project.picks.replace(tuple(picks), "entropy", 1, {})
    bench.session.picks_changed.emit()
    press(bench, KEY.Key_N)
    assert selected(bench) == [20]
    press(bench, KEY.Key_3)
    press(bench, KEY.Key_N)
    assert selected(bench) == [30]
    assert stored(bench, 20) == [0, 0, 1]


@pytest.mark.parametrize(("task", "key"), [("scene", KEY.Key_3), ("multilabel", KEY.Key_Return)])
def test_with_go_on_the_next_tile_of_the_queue_comes_by_itself(tag, task, key):
    bench = tag(task)
    picks = [PickRecord(rank, tile, 1.0, {}, 1, "entropy") for rank, tile in ((1, 20), (2, 30))]
    bench.session.project.picks.replace(tuple(picks), "entropy", 1, {})
    bench.session.picks_changed.emit()
    press(bench, KEY.Key_N)
    press(bench, KEY.Key_1)
    assert selected(bench) == [20]
    bench.dock.work_panel.tags.go_on.click()
    press(bench, key)
    assert selected(bench) == [30]
    bench.dock.work_panel.tags.go_on.click()


def test_the_way_to_a_tile_puts_the_tag_tool_into_the_hand(tag):
    bench = tag()
    bench.canvas.unsetMapTool(bench.tag_tool)
    bench.queue.fly_to(20)
    assert bench.canvas.mapTool() is bench.tag_tool


def test_a_double_click_flies_to_the_tile(tag):
    bench = tag()
    before = bench.canvas.extent().width()
    QTest.mouseDClick(bench.canvas.viewport(), LEFT, NONE, place(bench, 10))
    QTest.mouseRelease(bench.canvas.viewport(), LEFT, NONE, QPoint(200, 200))
    assert bench.queue.current == 10
    assert selected(bench) == [10]
    assert bench.canvas.extent().width() < before


def test_a_tag_is_drawn_in_its_colour_and_a_prediction_more_lightly(tag):
    bench = tag()
    predicted = drawn(bench, 10)
    click(bench, 10)
    press(bench, KEY.Key_3)
    bench.selection.clear()
    tagged = drawn(bench, 10)
    assert 0 < predicted[..., 3].mean() < tagged[..., 3].mean()
    middle = tagged[30:34, 30:34].reshape(-1, 4)
    assert (middle[:, 2] > middle[:, 0]).all()  # Town is red, the order is BGRA
    assert not drawn(bench, 47).any()


def test_near_by_the_picture_stays_clear_within_its_outline_and_chip(tag):
    bench = tag()
    bench.canvas.setExtent(QgsRectangle(500_000, 4_999_872, 500_128, 5_000_000))
    bench.canvas.resize(400, 400)
    bench.selection.select([1])
    bench.tagging.tag(2)
    bench.selection.select([9])
    tagged, chosen = drawn(bench, 1), drawn(bench, 9)
    side = tagged.shape[0]
    assert side > 150
    assert not tagged[side // 2 - 5 : side // 2 + 5, side // 2 - 5 : side // 2 + 5].any()
    town = (tagged[..., 2] > 150) & (tagged[..., 0] < 80) & (tagged[..., 3] > 200)
    assert town[:, side // 2].sum() >= 2  # its outline, above and below
    assert town[side * 3 // 4 :, : side // 3].sum() > 100  # its chip, down on the left
    white = (chosen > 250).all(axis=-1)
    assert white[side // 2].sum() >= 4  # the frame of the selection


def test_predictions_and_all_tags_can_be_hidden(tag):
    bench = tag()
    bench.tag_map.show_predictions(False)
    assert not drawn(bench, 10).any()
    click(bench, 10)
    press(bench, KEY.Key_3)
    assert drawn(bench, 10).any()
    bench.tag_map.set_visible(False)
    [overlay] = [item for item in bench.canvas.scene().items() if isinstance(item, TagOverlay)]
    assert not overlay.isVisible()


def test_p_shows_and_hides_what_is_predicted_as_the_box_does(tag):
    bench = tag()
    box = bench.dock.work_panel.layers.boxes["prediction"]
    assert box.isChecked()
    press(bench, KEY.Key_P)
    assert not bench.tag_map.shows_predictions
    assert not box.isChecked()
    box.click()
    assert bench.tag_map.shows_predictions
    bench.dock.work_panel.layers.boxes["labels"].click()
    [overlay] = [item for item in bench.canvas.scene().items() if isinstance(item, TagOverlay)]
    assert not overlay.isVisible()


@pytest.mark.parametrize(("task", "count"), [("scene", 1), ("multilabel", 0)])
def test_the_raster_of_scenes_is_a_layer_that_waits_to_be_shown(make_tag_bench, task, count):
    make_tag_bench(task)
    group = QgsProject.instance().layerTreeRoot().findGroup("LandLoop")
    shown = {node.layer().name(): node.isVisible() for node in group.findLayers()}
    assert list(shown).count("Prediction") == count
    assert not shown.get("Prediction", False)
    assert not shown["Uncertainty"]


def test_the_layer_of_tiles_leaves_merely_tagged_ones_to_the_overlay(make_tag_bench):
    bench = make_tag_bench()
    bench.selection.select([3, 10, 11])  # 3 validates
    bench.tagging.tag(0)
    bench.map_view.show_tiles()
    [layer] = [
        layer for layer in QgsProject.instance().mapLayers().values() if layer.name() == "Tiles"
    ]
    found = {feature["tile"]: feature["state"] for feature in layer.getFeatures()}
    assert found == {3: "labelled"}


def test_u_shows_the_uncertainty_of_tiles(tag):
    bench = tag()
    press(bench, KEY.Key_U)
    assert bench.dock.work_panel.layers.boxes["uncertainty"].isChecked()


def test_from_far_away_tiles_are_cells_of_their_colour(tag):
    bench = tag(predicted=False)
    click(bench, 10)
    press(bench, KEY.Key_3)
    bench.selection.clear()
    bench.canvas.setExtent(QgsRectangle(498_000, 4_998_000, 502_000, 5_001_000))
    cell = drawn(bench, 10)
    assert 0 < cell.shape[0] < 20
    assert (cell[..., 3] > 0).all()
    assert not drawn(bench, 11).any()


def test_tiles_are_found_in_another_crs_and_on_a_turned_map(tag):
    bench = tag()
    bench.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    bench.canvas.setRotation(30)
    bench.canvas.zoomToFullExtent()
    bench.queue.fly_to(20)
    middle = bench.canvas.viewport().rect().center()
    bench.selection.clear()
    QTest.mouseClick(bench.canvas.viewport(), LEFT, NONE, middle)
    assert selected(bench) == [20]


def test_a_closed_project_leaves_nothing_on_the_map(tag):
    bench = tag()
    click(bench, 10)
    bench.session.close()
    kinds = (TagOverlay, BrushCursor)
    assert not [item for item in bench.canvas.scene().items() if isinstance(item, kinds)]
    assert selected(bench) == []
    press(bench, KEY.Key_2)  # nothing happens, and nobody complains


def test_a_project_of_masks_keeps_its_brush_and_has_no_tags(make_bench, paint_project):
    bench = make_bench(paint_project, has_scan=False)
    panel = bench.dock.work_panel
    assert panel.tags.isHidden()
    assert panel.painting.isHidden()
    assert panel.paint.parentWidget() is panel.labelling
    assert not [item for item in bench.canvas.scene().items() if isinstance(item, TagOverlay)]


def test_the_panel_follows_the_task_of_each_project(make_tag_bench, paint_project):
    bench = make_tag_bench("multilabel", predicted=False)
    panel = bench.dock.work_panel
    assert not panel.tags.isHidden()
    assert panel.paint.parentWidget() is panel.painting
    assert not panel.tags.none.isHidden()
    bench.setup.open(paint_project)
    assert panel.tags.isHidden()
    assert panel.paint.parentWidget() is panel.labelling
