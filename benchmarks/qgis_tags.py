"""How tagging feels in QGIS: keys for 100 tiles, and the smoothness of gallery, map and chart.

Run with QGIS's Python on a screen (Xvfb will do). A frame is measured from the delivery of a wheel
turn or a mouse move to the end of the paint event that it leads to. The network's predictions are
made up: for nine tiles of ten they are right, and the scripted analyst sees which.
"""

import importlib
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from desk import PACKAGE, Desk, Heartbeat, load_plugin, start_qgis
from osgeo import gdal, osr
from qgis.core import QgsApplication, QgsRectangle
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QMouseEvent, QWheelEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QWidget
from report import report

SIZES = {"2k": (40, 50, 128), "100k": (316, 317, 64)}  # rows, columns and pixels of the tiles
CLASSES = 9
RIGHT = 0.9
WANTED_TILES = 100
FRAMES = 120
PAUSE_MS = 6
NOTCH = 120
FEATURES = 64
POINTS_FRAMES = 40


def main() -> None:
    """Measure and print."""
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        app = start_qgis(Path(folder) / "profile")
        desk = Desk()
        plugin = load_plugin(desk)
        try:
            plugin.show_dock()
            for name, (rows, cols, tile_px) in SIZES.items():
                project, truth = make_project(Path(folder) / name, rows, cols, tile_px)
                bench = Bench(desk, plugin, project, truth)
                figures |= {f"{name}_{key}": value for key, value in bench.figures().items()}
        finally:
            plugin.unload()
            desk.close()
        app.exitQgis()
    report("Tagging in QGIS", figures)


def make_project(folder: Path, rows: int, cols: int, tile_px: int) -> tuple[Path, np.ndarray]:
    """Make a scene of coloured tiles, a project over it, and a round of predictions."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    truth = rng.integers(0, CLASSES, rows * cols)
    crs_wkt = write_scene(folder / "scene.tif", truth.reshape(rows, cols), tile_px)
    configs, coords, legends, projects = (
        importlib.import_module(f"{PACKAGE}.al_core.{name}")
        for name in ("config", "coords", "legend", "project")
    )
    height, width = rows * tile_px, cols * tile_px
    place = coords.GeoTransform(500_000, 5_000_000, 1, -1)
    image = projects.ImageRecord(
        1, str(folder / "scene.tif"), "scene", height, width, crs_wkt, place, "uint8", None, 0,
        rows * cols,
    )  # fmt: skip
    stretch = projects.Normalisation((0.0,) * 3, (255.0,) * 3, (0.5,) * 3, (0.2,) * 3)
    settings = projects.ProjectSettings(
        tile_px, 0, (1, 2, 3), stretch, 0, "2026-01-01T00:00:00+00:00", configs.Task.SCENE
    )
    legend = legends.Legend(
        tuple(
            legends.LegendClass(k + 1, f"Class {k + 1}", "#{:02x}{:02x}{:02x}".format(*color(k)))
            for k in range(CLASSES)
        )
    )
    valid = np.full(rows * cols, tile_px**2, dtype=np.int32)
    validation = np.sort(rng.permutation(rows * cols)[: rows * cols // 10])
    new = projects.NewProject((image,), legend, settings, valid, validation)
    with projects.Project.create(folder / "tags.landloop", new) as project:
        predict(project, truth, rng)
    return folder / "tags.landloop", truth


def color(label: int) -> tuple[int, int, int]:
    """Return a colour of its own for each class."""
    return 40 + 67 * label % 200, 40 + 131 * label % 200, 40 + 29 * label % 200


def write_scene(path: Path, truth: np.ndarray, tile_px: int) -> str:
    """Write tiles in the colours of their classes, with noise; return the CRS as WKT."""
    rows, cols = truth.shape
    options = ["TILED=YES", "COMPRESS=ZSTD", "ZSTD_LEVEL=1", "NUM_THREADS=ALL_CPUS"]
    driver = gdal.GetDriverByName("GTiff")
    raster = driver.Create(str(path), cols * tile_px, rows * tile_px, 3, gdal.GDT_Byte, options)
    raster.SetGeoTransform((500_000, 1, 0, 5_000_000, 0, -1))
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32633)
    raster.SetProjection(crs.ExportToWkt())
    rng = np.random.default_rng(1)
    colors = np.array([color(label) for label in range(CLASSES)])
    noise = rng.integers(-30, 30, (3, tile_px, cols * tile_px))
    for row in range(rows):
        line = colors[truth[row]].T.repeat(tile_px, axis=1)[:, None]
        values = np.clip(line + noise, 0, 255).astype(np.uint8)
        raster.WriteArray(values, 0, row * tile_px)
    raster.FlushCache()
    raster.BuildOverviews("AVERAGE", [4, 16, 64])
    return crs.ExportToWkt()


def predict(project: object, truth: np.ndarray, rng: np.random.Generator) -> None:
    """Write a round whose network is right about nine tiles of ten."""
    projects, scoring = (
        importlib.import_module(f"{PACKAGE}.al_core.{name}") for name in ("project", "scoring")
    )
    tiles = len(truth)
    said = np.where(rng.random(tiles) < RIGHT, truth, rng.integers(0, CLASSES, tiles))
    sure = np.where(said == truth, rng.uniform(0.6, 0.99, tiles), rng.uniform(0.2, 0.7, tiles))
    p = np.repeat((1 - sure[:, None]) / (CLASSES - 1), CLASSES, axis=1)
    p[np.arange(tiles), said] = sure
    features = rng.normal(size=(tiles, FEATURES)) * 0.5
    features[np.arange(tiles), truth] += 3
    found = scoring.TagPredictions(np.arange(tiles), p, 1 - sure, features, "made-up")
    counts = np.tile(np.array([[150, 10], [8, 32]]), (CLASSES, 1, 1))
    flat = (0.8,) * CLASSES
    metrics = projects.RoundMetrics(counts, flat, 0.8, flat, flat)
    folder = project.rounds.begin()
    found.save(folder / "tags.npz")
    project.rounds.commit(folder, projects.NewRound("cpu", 0, "made-up", 0, 0, metrics, {}, {}, {}))


class Frames:
    """Notes when one of our views has been painted."""

    def __init__(self, view: QWidget) -> None:
        self.painted_at = 0.0
        self._view = view
        self._paint = view.paintEvent
        view.paintEvent = self._watched

    def after(self, send: Callable[[], None], desk: Desk) -> float:
        """Return the seconds from the delivery of an event to the end of its paint event."""
        started = time.perf_counter()
        send()
        desk.wait(lambda: self.painted_at > started, 5)
        return self.painted_at - started

    def end(self) -> None:
        """Leave the view alone."""
        del self._view.paintEvent

    def _watched(self, event: QEvent) -> None:
        self._paint(event)
        self.painted_at = time.perf_counter()


class Bench:
    """Measures the work on one open project."""

    def __init__(self, desk: Desk, plugin: object, project: Path, truth: np.ndarray) -> None:
        self.desk, self.truth = desk, truth
        self.bench = plugin.workbench
        self.heartbeat = Heartbeat()
        started = time.perf_counter()
        plugin.open_project(project)
        self.opening_s = time.perf_counter() - started
        self.desk.wait(lambda: self.bench.predictions.current is not None)
        desk.canvas.setDestinationCrs(self._crs())
        self.bench.dock.work_panel.tags.gallery.click()
        self.desk.wait(self.bench.gallery.view.isVisible)
        desk.window.resizeDocks([self.bench.gallery], [420], Qt.Orientation.Vertical)
        QTest.qWait(500)

    def figures(self) -> dict[str, object]:
        """Return all figures."""
        found: dict[str, object] = {"open_project_ms": self.opening_s * 1e3}
        found |= self._scroll("fresh")
        found |= self._scroll("again")
        found |= self._keys()
        found |= self._pan_map()
        found |= self._chart()
        return found

    def _crs(self) -> object:
        bridge = importlib.import_module(f"{PACKAGE}.plugin.bridge")
        return bridge.image_crs(self.bench.session.project.images[0])

    def _list(self, show: str, sort: str) -> None:
        order = importlib.import_module(f"{PACKAGE}.plugin.controllers.tag_order")
        listing = order.Listing(order.Show(show), order.ANY, order.Sort(sort))
        self.bench.gallery.bar.set_listing(listing)
        self.bench.gallery.bar.refresh.click()

    def _scroll(self, name: str) -> dict[str, object]:
        """Scroll through the gallery with the wheel, a notch a frame."""
        self._list("all", "uncertain")
        QTest.qWait(300)
        view = self.bench.gallery.view
        frames, at = Frames(view), view.viewport().rect().center()
        self.heartbeat.reset()
        seconds = []
        for _ in range(FRAMES):
            QTest.qWait(PAUSE_MS)
            seconds.append(frames.after(partial(wheel, view.viewport(), at, -1), self.desk))
        frames.end()
        return {
            **percentiles(f"gallery_scroll_{name}", seconds),
            f"gallery_scroll_{name}_main_thread_blocked_ms": self.heartbeat.longest_s * 1e3,
        }

    def _keys(self) -> dict[str, object]:
        """Tag 100 tiles page by page; where a prediction is wrong, leave the tile out by key."""
        self._list("open", "class")
        view, project = self.bench.gallery.view, self.bench.session.project
        QgsApplication.setActiveWindow(self.desk.window)  # there may be no window manager
        view.setFocus()
        self.desk.wait(view.hasFocus)
        keys, seconds = 0, []
        press(view, Qt.Key.Key_A)
        keys += 1
        while (count := project.tags.table()[0].size) < WANTED_TILES:
            keys += self._correct(view)
            started = time.perf_counter()
            press(view, Qt.Key.Key_Return)
            seconds.append(time.perf_counter() - started)
            keys += 1
            if project.tags.table()[0].size == count:
                raise RuntimeError("the page was not confirmed")
        ids, tags = project.tags.table()
        right = tags.argmax(axis=1) == self.truth[ids]
        return {
            "keys_for_100_tiles": round(keys * WANTED_TILES / ids.size, 1),
            "keys_pressed": keys,
            "tiles_tagged": int(ids.size),
            "tiles_tagged_right": int(right.sum()),
            "confirm_page_max_ms": max(seconds) * 1e3,
        }

    def _correct(self, view: object) -> int:
        """Take the tiles whose prediction is wrong out of the selection; return the keys."""
        chosen = self.bench.selection.ids
        states = self.bench.tagging.states
        wrong = set(chosen[states.lead[chosen] != self.truth[chosen]].tolist())
        keys = 0
        places = [place for place, tile in enumerate(view.tiles.tolist()) if tile in wrong]
        here = int(np.flatnonzero(view.tiles == self.bench.selection.current)[0])
        for place in places:
            columns = view.cells.columns
            down, right = place // columns - here // columns, place % columns - here % columns
            for key, steps in (
                (Qt.Key.Key_Down if down > 0 else Qt.Key.Key_Up, abs(down)),
                (Qt.Key.Key_Right if right > 0 else Qt.Key.Key_Left, abs(right)),
            ):
                for _ in range(steps):
                    press(view, key, Qt.KeyboardModifier.ControlModifier)
                    keys += 1
            press(view, Qt.Key.Key_S)
            keys += 1
            here = place
        return keys

    def _pan_map(self) -> dict[str, object]:
        """Drag the map with the tags on it, from far away, in between and near by."""
        found: dict[str, object] = {}
        canvas, image = self.desk.canvas, self.bench.session.project.images[0]
        tile = self.bench.session.project.settings.tile_size_px
        for name, across in (("far", image.width / tile), ("middle", 60), ("near", 12)):
            side = min(across * tile, image.width) * 1.0
            center_x, center_y = 500_000 + image.width / 2, 5_000_000 - image.height / 2
            view = QgsRectangle(
                center_x - side / 2, center_y - side / 2, center_x + side / 2, center_y + side / 2
            )
            canvas.setExtent(view)
            self.desk.redraw(canvas.refresh)
            QTest.qWait(300)
            found |= percentiles(f"map_pan_{name}", self._drag())
        return found

    def _drag(self) -> list[float]:
        """Pan with the middle button; return the seconds of each frame."""
        viewport = self.desk.canvas.viewport()
        at = viewport.rect().center()
        mouse(viewport, QEvent.Type.MouseButtonPress, at, Qt.MouseButton.MiddleButton)
        seconds = []
        for step in range(1, FRAMES // 2):
            QTest.qWait(PAUSE_MS)
            there = at + QPoint(3 * step % 120, 2 * step % 80)
            started = time.perf_counter()
            mouse(viewport, QEvent.Type.MouseMove, there, Qt.MouseButton.NoButton)
            seconds.append(self.desk.until_painted(started))
        mouse(viewport, QEvent.Type.MouseButtonRelease, at, Qt.MouseButton.MiddleButton)
        return seconds

    def _chart(self) -> dict[str, object]:
        """Open the chart and zoom in it."""
        panel = self.bench.gallery.chart_panel
        started = time.perf_counter()
        self.bench.gallery.bar.chart.setChecked(True)
        self.desk.wait(lambda: self.bench.plane.places is not None)
        opened = time.perf_counter() - started
        viewport = panel.chart.viewport()
        QTest.qWait(200)
        frames, at = Frames(panel.chart), viewport.rect().center()
        seconds = []
        for step in range(POINTS_FRAMES):
            QTest.qWait(PAUSE_MS)
            turn = partial(wheel, viewport, at, 1 if step % 8 < 4 else -1)
            seconds.append(frames.after(turn, self.desk))
        frames.end()
        self.bench.gallery.bar.chart.setChecked(False)
        return {"chart_pca_ms": opened * 1e3, **percentiles("chart_zoom", seconds)}


def percentiles(name: str, seconds: list[float]) -> dict[str, object]:
    """Return the median, the 95th percentile and the worst of some durations."""
    found = {f"{name}_p{p}_ms": float(np.percentile(seconds, p)) * 1e3 for p in (50, 95)}
    return {**found, f"{name}_max_ms": max(seconds) * 1e3}


def press(
    widget: QWidget,
    key: Qt.Key,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Press a key."""
    QTest.keyClick(widget, key, keys)


def wheel(widget: QWidget, at: QPoint, notches: int) -> None:
    """Turn the wheel over a widget."""
    event = QWheelEvent(
        QPointF(at),
        QPointF(widget.mapToGlobal(at)),
        QPoint(0, 0),
        QPoint(0, NOTCH * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,  # noqa: FBT003 - Qt
    )
    QgsApplication.sendEvent(widget, event)


def mouse(widget: QWidget, kind: QEvent.Type, at: QPoint, button: Qt.MouseButton) -> None:
    """Send a mouse event with the middle button held, or released."""
    ended = kind == QEvent.Type.MouseButtonRelease
    held = Qt.MouseButton.NoButton if ended else Qt.MouseButton.MiddleButton
    event = QMouseEvent(
        kind,
        QPointF(at),
        QPointF(widget.mapToGlobal(at)),
        button,
        held,
        Qt.KeyboardModifier.NoModifier,
    )
    QgsApplication.sendEvent(widget, event)


if __name__ == "__main__":
    main()
