"""How the plugin feels in QGIS: start, painting while the network trains, cancel.

Run with QGIS's Python on a screen (Xvfb will do). Painting is measured from the mouse event's
delivery to the end of the map's paint event, on a raster of 20 000 x 20 000 px.
"""

import argparse
import hashlib
import importlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
from desk import PACKAGE, ROOT, Desk, Heartbeat, PaintWatch, load_plugin, start_qgis
from osgeo import gdal
from qgis.core import QgsRectangle
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from report import report

SIDE_PX = 20_000
DEMO_PX = 1_000
LABELLED_TILES = 500
RADII_PX = (6, 100)
STROKES, SEGMENTS = 8, 30
STEP_PX = 20  # on screen, between two mouse events
MOUSE_MS = 6  # pause between two mouse events
STARTS = CANCELS = 3
UPDATES = 20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", action="store_true", help="measure one start only")
    if parser.parse_args().start:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(one_start(Path(folder))))
        return
    figures: dict[str, object] = start_figures()
    with tempfile.TemporaryDirectory() as folder:
        app = start_qgis(Path(folder) / "profile")
        desk = Desk()
        plugin = load_plugin(desk)
        try:
            project = make_project(Path(folder))
            plugin.show_dock()
            figures |= Bench(desk, plugin, project).figures()
        finally:
            plugin.unload()
            desk.close()
        app.exitQgis()
    report("The plugin in QGIS", figures)


def start_figures() -> dict[str, object]:
    """Return the medians over some fresh processes."""
    starts = []
    for _ in range(STARTS):
        command = [sys.executable, __file__, "--start"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        starts.append(json.loads(done.stdout.splitlines()[-1]))
    return {name: statistics.median(start[name] for start in starts) for name in starts[0]}


def one_start(folder: Path) -> dict[str, float]:
    """Load the plugin and open its dock in this process."""
    app = start_qgis(folder)
    desk = Desk()
    QTest.qWait(300)
    started = time.perf_counter()
    plugin = load_plugin(desk)
    loaded = time.perf_counter()
    plugin.show_dock()
    watch = PaintWatch(plugin.workbench.dock.widget())
    desk.wait(lambda: watch.seen)
    opened = time.perf_counter()
    plugin.unload()
    desk.close()
    app.exitQgis()
    return {"plugin_load_ms": (loaded - started) * 1e3, "dock_open_ms": (opened - loaded) * 1e3}


def make_project(folder: Path) -> Path:
    """Make the large raster, a project with labels over it, and one short round."""
    demo, project = folder / "demo", folder / "large.landloop"
    engine("demo", demo, "--size", DEMO_PX)
    for name in ("scene", "labels"):
        repeat(demo / f"{name}.tif", folder / f"{name}.tif")
    engine(
        "init", project, "--image", folder / "scene.tif", "--legend", demo / "legend.csv",
        "--tile", 256,
    )  # fmt: skip
    engine("label", project, "--from", folder / "labels.tif", "--random", LABELLED_TILES)
    engine("train", project, "--steps", 2)
    return project


def repeat(source: Path, target: Path) -> None:
    """Write a raster of SIDE_PX a side that repeats another."""
    small = gdal.Open(str(source))
    values = np.atleast_3d(small.ReadAsArray().T).T
    options = ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "INTERLEAVE=PIXEL"]
    options += ["COMPRESS=ZSTD", "ZSTD_LEVEL=1", "NUM_THREADS=ALL_CPUS"]
    driver = gdal.GetDriverByName("GTiff")
    large = driver.Create(str(target), SIDE_PX, SIDE_PX, len(values), gdal.GDT_Byte, options)
    large.SetProjection(small.GetProjection())
    large.SetGeoTransform(small.GetGeoTransform())
    strip = np.tile(values, (1, 1, SIDE_PX // DEMO_PX))
    for row in range(0, SIDE_PX, DEMO_PX):
        large.WriteArray(strip, 0, row)
    large.FlushCache()
    large.BuildOverviews("NEAREST", [8, 64])


def engine(*arguments: object) -> None:
    """Run one verb of the engine in its own environment."""
    environment = importlib.import_module(f"{PACKAGE}.plugin.engine.environment")
    command = [environment.python_path(), "-m", "al_core", *arguments, "--json"]
    subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment.clean_environment(),
        stdout=subprocess.DEVNULL,
        check=True,
    )


class Bench:
    """Measures the work on one open project."""

    def __init__(self, desk: Desk, plugin: object, project: Path) -> None:
        self.desk = desk
        self.canvas = desk.canvas
        self.bench = plugin.workbench
        self.panel = self.bench.dock.work_panel
        self.heartbeat = Heartbeat()
        self.opening_s = self._open(plugin, project)

    def figures(self) -> dict[str, object]:
        """Return all figures."""
        found: dict[str, object] = {"open_project_ms": self.opening_s * 1e3}
        QTest.mouseClick(self.panel.paint.paint, Qt.MouseButton.LeftButton)
        self._train()
        for view, show in (("1to1", self._show_pixels), ("full_view", self._show_all)):
            show()
            for radius in RADII_PX:
                found |= self._paint(f"stroke_r{radius}_{view}", radius)
                found |= self._undo_and_redo(f"r{radius}_{view}")
        found |= self._swap_round()
        found |= self._update_labels()
        found |= self._cancel()
        return found

    def _open(self, plugin: object, project: Path) -> float:
        opened, _ = self.desk.redraw(partial(plugin.open_project, project))
        return opened

    def _train(self) -> None:
        """Start a training and wait until the network learns."""
        config = importlib.import_module(f"{PACKAGE}.al_core.config")
        begun: list[str] = []
        notice = partial(_notice, begun)
        self.bench.training.progressed.connect(notice)
        train = config.TrainConfig(minutes=30, steps=100_000)
        self.bench.training.retrain(config.RetrainConfig(train=train))
        self.desk.wait(lambda: bool(begun))
        self.bench.training.progressed.disconnect(notice)

    def _show_all(self) -> None:
        self.desk.redraw(self.canvas.zoomToFullExtent)

    def _show_pixels(self) -> None:
        """Show the middle of the image, one pixel on one pixel."""
        extent = self.canvas.fullExtent()
        pixel = extent.width() / SIDE_PX
        view = QgsRectangle.fromCenterAndSize(
            extent.center(), self.canvas.width() * pixel, self.canvas.height() * pixel
        )
        self.canvas.setExtent(view)
        self.desk.redraw(self.canvas.refresh)

    def _paint(self, name: str, radius_px: int) -> dict[str, object]:
        """Paint strokes across the map, each with another class."""
        self.bench.labelling.set_size(radius_px * 2)
        segments: list[float] = []
        commits: list[float] = []
        late = 0
        self.heartbeat.reset()
        for stroke in range(STROKES):
            self.bench.labelling.choose_label(stroke % 6)
            row = 60 + stroke * (self.canvas.height() - 120) // STROKES
            moves, commit, behind = self._stroke(row)
            segments += moves
            commits.append(commit)
            late += behind
            QTest.qWait(500 if stroke % 2 else 30)  # the tables follow when the hand rests
        if not self.bench.training.is_running:
            sys.exit("The training ended before the painting; the figures would mean nothing.")
        return {
            **{f"{name}_p{p}_ms": float(np.percentile(segments, p)) * 1e3 for p in (50, 95)},
            f"{name}_max_ms": max(segments) * 1e3,
            f"{name}_not_shown_at_once": late,
            f"{name}_commit_max_ms": max(commits) * 1e3,
            f"{name}_main_thread_blocked_ms": self.heartbeat.longest_s * 1e3,
        }

    def _stroke(self, row: int) -> tuple[list[float], float, int]:
        """Paint one stroke; return seconds per segment, seconds of the commit, segments late.

        What the screen shows in the middle of a segment when it has been painted must be
        what it shows there at the end of the stroke.
        """
        seconds, seen = [], []
        first = (self.canvas.width() - SEGMENTS * STEP_PX) // 2
        self.desk.press(first, row)
        for x in range(first + STEP_PX, first + (SEGMENTS + 1) * STEP_PX, STEP_PX):
            QTest.qWait(MOUSE_MS)
            seconds.append(self.desk.move(x, row))
            seen.append((x - STEP_PX // 2, self.desk.color(x - STEP_PX // 2, row)))
        QTest.qWait(100)
        picture = self.desk.picture()
        late = sum(picture.pixelColor(x, row) != color for x, color in seen)
        self.heartbeat.excuse()
        return seconds, self.desk.release(x, row), late

    def _undo_and_redo(self, name: str) -> dict[str, object]:
        """Take the strokes back by keys and do them again, until the map shows it."""
        found = {}
        for verb, modifier in (
            ("undo", Qt.KeyboardModifier.ControlModifier),
            ("redo", Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier),
        ):
            seconds = []
            for _ in range(STROKES):
                QTest.qWait(30)
                started = time.perf_counter()
                QTest.keyClick(self.desk.window, Qt.Key.Key_Z, modifier)
                seconds.append(self.desk.until_painted(started))
            found[f"{verb}_{name}_max_ms"] = max(seconds) * 1e3
        return found

    def _swap_round(self) -> dict[str, object]:
        """Show another prediction in place of the one before; the labels stand in for both."""
        project, layers = self.bench.session.project, self.bench.map_view._layers  # noqa: SLF001
        for number in ("first", "second"):
            path = project.folder.parent / number / "prediction.tif"
            path.parent.mkdir()
            path.symlink_to(project.folder.parent / "labels.tif")
            show = partial(layers.show_round, [path], [], project.legend)
            called, drawn = self.desk.redraw(show)
        return {"round_swap_call_ms": called * 1e3, "round_swap_drawn_ms": drawn * 1e3}

    def _update_labels(self) -> dict[str, object]:
        """Tell the engine of labels while it trains."""
        client = self.bench.engine._client  # noqa: SLF001 - the controller does not wait for answers
        project = self.bench.session.project
        seconds = []
        for revision in range(UPDATES):
            QTest.qWait(20)
            started = time.perf_counter()
            client.labels_changed(project.folder, [1, 2, 3], revision).result(10)
            seconds.append(time.perf_counter() - started)
        return {
            "label_update_p50_ms": statistics.median(seconds) * 1e3,
            "label_update_max_ms": max(seconds) * 1e3,
        }

    def _cancel(self) -> dict[str, object]:
        """Cancel by the button, some times; the round before must stay as it is."""
        before = self._rounds()
        seconds = []
        ended: list[object] = []
        self.bench.training.cancelled.connect(lambda: ended.append(None))
        for count in range(1, CANCELS + 1):
            QTest.qWait(1000)  # into the middle of a step
            started = time.perf_counter()
            QTest.mouseClick(self.panel.train.progress.cancel, Qt.MouseButton.LeftButton)
            self.desk.wait(lambda count=count: len(ended) == count)
            seconds.append(time.perf_counter() - started)
            if count < CANCELS:
                self._train()
        return {
            "cancel_max_ms": max(seconds) * 1e3,
            "previous_round_intact": self._rounds() == before,
        }

    def _rounds(self) -> list[tuple[str, str]]:
        """Return every file below rounds/ with its hash."""
        folder = self.bench.session.project.folder / "rounds"
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return [(str(path), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files]


def _notice(begun: list[str], _fraction: float, message: str, _left: object) -> None:
    if message.startswith("Training"):
        begun.append(message)


if __name__ == "__main__":
    main()
