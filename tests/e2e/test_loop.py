"""The whole loop in QGIS, by mouse and keys."""

import os
import signal
import sqlite3
import time
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal
from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from strokes import strokes_for

BRUSH_PX = 3
JOB_MS = 180_000


@pytest.fixture
def desk(plugin, demo_project, qgis_iface, qtbot):
    """The plugin with its dock and the project open, as an analyst sees it."""
    window = qgis_iface.mainWindow()
    canvas = qgis_iface.mapCanvas()
    window.setCentralWidget(canvas)
    window.resize(1400, 950)
    window.show()
    plugin.show_dock()
    bench = plugin.workbench
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, bench.dock)
    plugin.open_project(demo_project.folder)
    layer = next(iter(QgsProject.instance().mapLayers().values()))
    canvas.setDestinationCrs(layer.crs())
    bench.labelling.set_size(BRUSH_PX)
    options = bench.dock.work_panel.train.train_options()
    bench.dock.work_panel.train.set_train_options(type(options)(minutes=0.25))
    return Desk(bench, canvas, window, demo_project, qtbot)


class Desk:
    """Hands of a scripted analyst inside the test."""

    def __init__(self, bench, canvas, window, demo, qtbot):
        self.bench, self.canvas, self.window = bench, canvas, window
        self.demo, self.qtbot = demo, qtbot

    @property
    def panel(self):
        return self.bench.dock.work_panel

    def key(self, key, modifier=Qt.KeyboardModifier.NoModifier):
        """Press a key in the main window."""
        QTest.keyClick(self.window, key, modifier)

    def take_brush(self):
        self.qtbot.mouseClick(self.panel.paint.paint, Qt.MouseButton.LeftButton)

    def paint_tile(self, tile):
        """Paint a tile as its reference labels say."""
        image, index = self.bench.session.local_tile(tile)
        core = self.bench.session.project.grid(image.id).core(index)
        values = gdal.Open(str(self.demo.labels)).ReadAsArray(
            core.col, core.row, core.width, core.height
        )
        labels = self.bench.session.project.legend.indices_of(values)
        for label, start, end in strokes_for(labels, 2, most_per_class=3, shortest_px=2):
            self.key(Qt.Key.Key_1 + label)
            self.drag(image, core, start, end)

    def drag(self, image, core, start, end):
        """Press, move and release the mouse along a stroke in pixels of the tile."""
        places = [self.place(image, core, *point) for point in (start, end)]
        viewport, left = self.canvas.viewport(), Qt.MouseButton.LeftButton
        QTest.mousePress(viewport, left, pos=places[0])
        QTest.mouseMove(viewport, places[1])
        QTest.mouseRelease(viewport, left, pos=places[1])

    def place(self, image, core, row, col):
        """Return where a pixel of a tile is on the canvas."""
        x = image.transform.x0 + (core.col + col + 0.5) * image.transform.dx
        y = image.transform.y0 + (core.row + row + 0.5) * image.transform.dy
        at = self.canvas.getCoordinateTransform().transform(x, y)
        return QPoint(round(at.x()), round(at.y()))

    def paint_queue(self, count):
        """Go through the queue with N and paint each tile."""
        self.take_brush()
        for _ in range(count):
            self.key(Qt.Key.Key_N)
            self.paint_tile(self.bench.queue.current)

    def retrain(self):
        """Press Retrain and wait until it has ended."""
        with self.qtbot.waitSignal(self.bench.training.succeeded, timeout=JOB_MS):
            self.press_retrain()

    def press_retrain(self):
        self.qtbot.waitUntil(self.panel.train.retrain.isEnabled, timeout=3000)
        self.qtbot.mouseClick(self.panel.train.retrain, Qt.MouseButton.LeftButton)

    def wait_for_training(self):
        """Wait until the network has begun to learn."""
        with self.qtbot.waitSignal(
            self.bench.training.progressed,
            timeout=JOB_MS,
            check_params_cb=lambda fraction, _text, _left: fraction > 0.02,
        ):
            pass


def labelled_rows(folder: Path) -> int:
    """Count the label masks on disk, past our own code."""
    with sqlite3.connect(folder / "project.db") as database:
        return database.execute("SELECT count(*) FROM label").fetchone()[0]


def test_the_whole_loop(desk, tmp_path):
    project = desk.bench.session.project
    before = labelled_rows(desk.demo.folder)
    desk.paint_queue(8)
    assert labelled_rows(desk.demo.folder) == before + 8
    desk.retrain()

    group = QgsProject.instance().layerTreeRoot().findGroup("LandLoop")
    layers = {layer.layer().name(): layer.layer() for layer in group.findLayers()}
    image = project.images[0]
    for name in ("Prediction", "Uncertainty"):
        layer = layers[name]
        assert isinstance(layer, QgsRasterLayer)
        assert (layer.width(), layer.height()) == (image.width, image.height)
        assert layer.crs().authid() == "EPSG:25832"
        assert layer.extent().xMinimum() == pytest.approx(image.transform.x0)
        assert layer.extent().yMaximum() == pytest.approx(image.transform.y0)

    picks = desk.bench.queue.picks()
    assert [pick.rank for pick in picks] == list(range(1, len(picks) + 1))
    for pick in picks:  # the bars under the queue add up to the score
        assert sum(pick.reason["terms"]) == pytest.approx(pick.score, rel=1e-6)
    validation = set(project.tiles.ids[project.tiles.role == 1].tolist())
    assert not validation & {pick.tile_id for pick in picks}
    shown = [desk.panel.queue._model.row(place).tile_id for place in range(len(picks))]
    assert shown == [pick.tile_id for pick in picks]

    ids = {name: layer.id() for name, layer in layers.items()}
    desk.key(Qt.Key.Key_N)
    assert desk.bench.queue.current == picks[0].tile_id
    desk.paint_tile(picks[0].tile_id)
    desk.retrain()
    again = {layer.layer().name(): layer.layer().id() for layer in group.findLayers()}
    assert again == ids, "layers are swapped in place"
    assert len(project.rounds.list()) == 2

    out = tmp_path / "map.tif"
    with desk.qtbot.waitSignal(desk.bench.export.succeeded, timeout=JOB_MS):
        desk.bench.export.export(str(out))
    exported = QgsRasterLayer(str(out), "map")
    assert exported.renderer().type() == "paletted"
    assert [entry.label for entry in exported.renderer().classes()] == list(project.legend.names)
    values = gdal.Open(str(out)).ReadAsArray()
    assert set(np.unique(values).tolist()) <= set(project.legend.values.tolist())


def test_a_cancel_within_two_seconds_keeps_the_previous_round(desk):
    desk.paint_queue(6)
    desk.retrain()
    desk.press_retrain()
    desk.wait_for_training()
    started = time.monotonic()
    with desk.qtbot.waitSignal(desk.bench.training.cancelled, timeout=10_000):
        desk.qtbot.mouseClick(desk.panel.train.progress.cancel, Qt.MouseButton.LeftButton)
    assert time.monotonic() - started < 2
    assert [record.number for record in desk.bench.session.project.rounds.list()] == [1]
    leftovers = [path.name for path in (desk.demo.folder / "rounds").iterdir()]
    assert leftovers == ["0001"]


def test_a_killed_engine_is_told_and_the_next_retrain_starts_another(desk):
    desk.paint_queue(6)
    labels = desk.bench.session.project.labels.class_pixels().tolist()
    desk.press_retrain()
    desk.wait_for_training()
    with desk.qtbot.waitSignal(desk.bench.training.failed, timeout=10_000) as failure:
        os.kill(desk.bench.engine.pid, signal.SIGKILL)
    assert "Your labels are safe" in failure.args[0].message
    assert desk.bench.session.project.labels.class_pixels().tolist() == labels
    desk.retrain()
    assert desk.bench.session.project.rounds.current() is not None


def test_unloading_with_a_job_running_leaves_nothing_behind(desk, plugin, qgis_iface):
    desk.paint_queue(6)
    desk.press_retrain()
    desk.wait_for_training()
    pid = desk.bench.engine.pid
    plugin.unload()
    desk.qtbot.waitUntil(lambda: not Path(f"/proc/{pid}").exists(), timeout=5000)
    assert QgsProject.instance().layerTreeRoot().findGroup("LandLoop") is None
    assert not [item for item in desk.canvas.scene().items() if "landloop" in type(item).__module__]
