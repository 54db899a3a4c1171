"""A scripted analyst: the whole loop in the real QGIS, by real mouse and key events.

Runs in a thread of QGIS (startup.py starts it). It paints what the reference labels say,
in strokes, as a careful person would; everything it does goes through the screen.
"""

import json
import os
import threading
import time
import traceback
from pathlib import Path

import numpy as np
from hands import Hands, MainThread, on_screen, photograph, wait_until
from osgeo import gdal
from qgis.core import QgsApplication
from strokes import strokes_for

BRUSH_PX = 5  # an odd diameter covers whole pixels; a road is not much wider
FIRST_TILES = 16
SECOND_TILES = 12
TRAINING_LIMIT_S = 1200


class Analyst(threading.Thread):
    """Works through the loop and writes screenshots, figures and a summary."""

    def __init__(self, bench, iface, plan):
        super().__init__(daemon=True)
        self._bench = bench
        self._iface = iface
        self._main = MainThread()
        self._hands = Hands(self._main)
        self._out = Path(plan["out"])
        self._labels_path = plan["labels"]
        self._shots = []
        self._strokes = 0
        self._figures = []

    def run(self):
        """Do it all, then end QGIS: 0 when it went well, 1 when not."""
        code = 1
        try:
            self._work()
            code = 0
        except Exception:  # noqa: BLE001 - the boundary of this program
            traceback.print_exc()
            self._photograph("failed")
        os._exit(code)  # QGIS would ask whether to save its project

    def _work(self):
        self._settle(3)
        self._photograph("project")
        self._paint_queue(FIRST_TILES, "painting")
        self._retrain("training")
        self._zoom_out()
        self._photograph("prediction")
        self._hands.key("p", "u")
        self._settle(2)
        self._photograph("uncertainty")
        self._export(self._out / "map_round_1.tif")
        self._hands.key("n")
        self._settle(2)
        self._photograph("most-uncertain-tile")
        self._hands.key("p", "u")
        self._paint_queue(SECOND_TILES, "correcting", already_there=True)
        self._undo_and_redo()
        self._retrain(None)
        self._zoom_out()
        self._photograph("second-round")
        self._export(self._out / "map.tif")
        self._photograph("exported")
        self._write_summary()

    def _paint_queue(self, tiles, name, *, already_there=False):
        """Go through the queue with N and paint each tile."""
        self._take_brush()
        for place in range(tiles):
            if place or not already_there:
                before = self._ask(lambda: self._bench.queue.current)
                self._hands.key("n")
                wait_until(lambda before=before: self._current() != before)
            self._settle(0.7)
            self._paint_tile()
            if place == tiles // 2:
                self._photograph(name)

    def _take_brush(self):
        work = self._bench.dock.work_panel
        if self._ask(lambda: self._bench.labelling.state.size_px) != BRUSH_PX:
            self._hands.click(lambda: work.paint.size)
            self._hands.key("ctrl+a")
            self._hands.type(str(BRUSH_PX))
            self._hands.key("Return")
            wait_until(lambda: self._ask(lambda: self._bench.labelling.state.size_px) == BRUSH_PX)
        if not self._ask(work.paint.paint.isChecked):
            self._hands.click(lambda: work.paint.paint)

    def _paint_tile(self):
        tile = self._current()
        labels = self._reference(tile)
        for label, start, end in strokes_for(labels, BRUSH_PX // 2 + 1, most_per_class=5):
            self._hands.key(str(label + 1))
            points = self._ask(lambda start=start, end=end: self._screen_points(tile, start, end))
            revision = self._ask(self._bench.session.project.labels.revision)
            self._hands.drag(points)
            wait_until(
                lambda r=revision: self._ask(self._bench.session.project.labels.revision) > r
            )
            self._strokes += 1

    def _screen_points(self, tile, start, end):
        """Return screen coordinates along a stroke given in pixels of the tile."""
        image, index = self._bench.session.local_tile(tile)
        core = self._bench.session.project.grid(image.id).core(index)
        canvas = self._iface.mapCanvas()
        transform = canvas.getCoordinateTransform()
        steps = max(2, (end[1] - start[1]) // 6)
        points = []
        for share in np.linspace(0, 1, steps):
            row = core.row + start[0] + 0.5
            col = core.col + start[1] + share * (end[1] - start[1]) + 0.5
            x = image.transform.x0 + col * image.transform.dx
            y = image.transform.y0 + row * image.transform.dy
            at = transform.transform(x, y)
            points.append(on_screen(canvas.viewport(), (round(at.x()), round(at.y()))))
        return points

    def _reference(self, tile):
        """Return the class indices of a tile in the reference labels."""
        image, index = self._bench.session.local_tile(tile)
        core = self._bench.session.project.grid(image.id).core(index)
        values = gdal.Open(self._labels_path).ReadAsArray(
            core.col, core.row, core.width, core.height
        )
        return self._bench.session.project.legend.indices_of(values, unlabelled=(0,))

    def _undo_and_redo(self):
        """Take the last stroke back and do it again, by keys."""
        labels = self._bench.session.project.labels
        before = self._ask(lambda: labels.class_pixels().tolist())
        self._hands.key("ctrl+z")
        wait_until(lambda: self._ask(lambda: labels.class_pixels().tolist()) != before)
        self._hands.key("ctrl+shift+z")
        wait_until(lambda: self._ask(lambda: labels.class_pixels().tolist()) == before)

    def _retrain(self, name):
        rounds = self._rounds()
        started = time.monotonic()
        self._hands.click(lambda: self._bench.dock.work_panel.train.retrain)
        wait_until(lambda: self._ask(lambda: self._bench.training.is_running), 10)
        if name:
            self._settle(20)
            self._photograph(name)
        wait_until(
            lambda: not self._ask(lambda: self._bench.training.is_running), TRAINING_LIMIT_S, 1
        )
        if self._rounds() != rounds + 1:
            raise RuntimeError("the retraining did not end with a new round")
        self._settle(3)
        record = self._ask(self._bench.session.project.rounds.current)
        self._figures.append(
            {
                "round": record.number,
                "seconds": round(time.monotonic() - started),
                "labelled_tiles": record.labelled_tiles,
                "labelled_pixels": record.labelled_pixels,
                "validation_miou": round(record.metrics.miou, 3),
                "validation_iou": [round(value, 3) for value in record.metrics.iou],
                "strokes": self._strokes,
            }
        )

    def _export(self, path):
        self._hands.click(lambda: self._bench.dock.work_panel.export.button)
        wait_until(lambda: self._ask(lambda: QgsApplication.activeModalWidget() is not None), 10)
        self._settle(1)
        self._hands.key("ctrl+a")
        self._hands.type(str(path))
        self._hands.key("Return")
        wait_until(path.exists, 120, 0.5)
        self._settle(2)
        self._figures[-1]["map_against_reference"] = self._compare(path)

    def _compare(self, path):
        """Return the agreement of an exported map with the reference, all of it."""
        legend = self._bench.session.project.legend
        truth = gdal.Open(self._labels_path).ReadAsArray()
        found = gdal.Open(str(path)).ReadAsArray()
        ious = []
        for entry in legend:
            both = np.sum((truth == entry.value) & (found == entry.value))
            either = np.sum((truth == entry.value) | (found == entry.value))
            ious.append(float(both / either) if either else float("nan"))
        return {
            "miou": round(float(np.nanmean(ious)), 3),
            "overall_accuracy": round(float(np.mean(truth == found)), 3),
            "iou": dict(zip(legend.names, (round(value, 3) for value in ious), strict=True)),
        }

    def _zoom_out(self):
        self._ask(self._iface.actionZoomFullExtent().trigger)
        self._settle(3)

    def _current(self):
        return self._ask(lambda: self._bench.queue.current)

    def _rounds(self):
        return self._ask(lambda: len(self._bench.session.project.rounds.list()))

    def _ask(self, function):
        return self._main.ask(function)

    def _settle(self, seconds):
        time.sleep(seconds)
        wait_until(lambda: not self._ask(self._iface.mapCanvas().isDrawing), 30)

    def _photograph(self, name):
        path = self._out / f"{len(self._shots) + 1:02d}-{name}.png"
        photograph(path)
        self._shots.append(path)

    def _write_summary(self):
        lines = ["# What the scripted analyst did", ""]
        lines += [
            "| round | labelled tiles | labelled pixels | strokes so far | seconds | mIoU on "
            "validation tiles | mIoU of the exported map on the whole reference |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [
            "| {round} | {labelled_tiles} | {labelled_pixels} | {strokes} | {seconds} | "
            "{validation_miou} | {miou} |".format(**row, miou=row["map_against_reference"]["miou"])
            for row in self._figures
        ]
        lines += ["", "The exported map carries the painted pixels as they were painted.", ""]
        lines += [f"![{path.stem}]({path.name})" for path in self._shots]
        (self._out / "summary.json").write_text(json.dumps(self._figures, indent=2))
        (self._out / "summary.md").write_text("\n".join(lines) + "\n")
