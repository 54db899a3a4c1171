"""From mouse events to rows in the database."""

import importlib
import sys

import numpy as np
import pytest
from qgis.core import QgsPointXY, QgsRectangle
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest

UNLABELLED = 255


@pytest.fixture
def bench(qgis_iface, qgis_new_project, paint_project, qtbot):
    """The open project, the brush in the hand, one image pixel as 4 canvas pixels."""
    plugin = sys.modules["landloop"].classFactory(qgis_iface)
    plugin.initGui()
    plugin.open_project(paint_project)
    bench = plugin.workbench
    canvas = qgis_iface.mapCanvas()
    canvas.resize(400, 400)
    image = bench.session.project.images[0]
    canvas.setDestinationCrs(importlib.import_module("landloop.plugin.bridge").image_crs(image))
    top_left = QgsPointXY(image.transform.x0, image.transform.y0)
    canvas.setExtent(
        QgsRectangle(top_left.x(), top_left.y() - 100, top_left.x() + 100, top_left.y())
    )
    bench.canvas = canvas
    canvas.setMapTool(bench.tool)
    bench.labelling.set_size(5)
    yield bench
    plugin.unload()


def drag(bench, start, end, button=Qt.MouseButton.LeftButton):
    """Drag from one (row, col) of the image to another."""
    viewport = bench.canvas.viewport()
    first, last = place(bench, *start), place(bench, *end)
    QTest.mousePress(viewport, button, pos=first)
    QTest.mouseMove(viewport, last)
    QTest.mouseRelease(viewport, button, pos=last)


def place(bench, row, col):
    """Return where the middle of a pixel is on the canvas."""
    image = bench.session.project.images[0]
    x = image.transform.x0 + (col + 0.5) * image.transform.dx
    y = image.transform.y0 + (row + 0.5) * image.transform.dy
    at = bench.canvas.getCoordinateTransform().transform(x, y)
    return QPoint(round(at.x()), round(at.y()))


def stored(bench):
    """Return the labels of the whole image as they are on disk."""
    project = bench.session.project
    image = project.images[0]
    coords = importlib.import_module("landloop.al_core.coords")
    window = coords.Window(0, 0, image.height, image.width)
    return project.labels.read_window(image.id, window)


def test_a_stroke_is_on_disk_when_the_button_is_released(bench):
    bench.labelling.choose_label(1)
    drag(bench, (20, 20), (20, 60))
    labels = stored(bench)
    assert np.all(labels[20, 20:61] == 1)
    assert labels[20, 10] == UNLABELLED
    assert labels[30, 40] == UNLABELLED


def test_the_right_button_erases(bench):
    drag(bench, (20, 20), (20, 60))
    drag(bench, (20, 40), (20, 60), Qt.MouseButton.RightButton)
    labels = stored(bench)
    assert labels[20, 25] == 0
    assert np.all(labels[20, 40:61] == UNLABELLED)


def test_undo_and_redo_reach_the_disk(bench):
    drag(bench, (20, 20), (20, 60))
    painted = stored(bench)
    bench.labelling.undo()
    assert np.all(stored(bench) == UNLABELLED)
    assert bench.labelling.state.can_redo
    bench.labelling.redo()
    assert np.array_equal(stored(bench), painted)


def test_escape_takes_back_the_stroke_in_the_hand(bench):
    viewport = bench.canvas.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=place(bench, 20, 20))
    QTest.mouseMove(viewport, place(bench, 20, 60))
    QTest.keyClick(bench.canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=place(bench, 20, 60))
    assert np.all(stored(bench) == UNLABELLED)


def test_a_stroke_that_cannot_be_written_is_taken_back_and_told(bench, monkeypatch):
    errors = importlib.import_module("landloop.al_core.errors")

    def fail(_stroke):
        raise errors.StorageError("The disk is full.")

    told = []
    bench.labelling.failed.connect(told.append)
    monkeypatch.setattr(bench.session.project.journal, "commit", fail)
    drag(bench, (20, 20), (20, 60))
    assert str(told[0]) == "The disk is full."
    image = bench.session.project.images[0]
    surface = bench.session.surface(image)
    assert all(np.all(surface.tile(index) == UNLABELLED) for index in range(4))


def test_painting_beside_the_image_does_nothing(bench):
    bench.canvas.setExtent(QgsRectangle(0, 0, 10, 10))
    QTest.mouseClick(bench.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert np.all(stored(bench) == UNLABELLED)


def test_the_brush_grows_and_shrinks_by_steps_within_limits(bench):
    bench.labelling.step_size(1)
    assert bench.labelling.state.size_px == 6
    bench.labelling.step_size(-100)
    assert bench.labelling.state.size_px == 1


def test_the_brush_button_goes_back_to_the_class_chosen_last(bench):
    legend = importlib.import_module("landloop.al_core.legend")
    bench.labelling.choose_label(1)
    bench.labelling.choose_label(legend.UNSURE)
    bench.labelling.choose_brush()
    assert bench.labelling.state.label == 1
