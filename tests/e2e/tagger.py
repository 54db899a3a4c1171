"""A scripted analyst who tags tiles in the real QGIS, by real mouse and key events.

Runs in a thread of QGIS (startup.py starts it). What it did, and what the project said after each
step, goes into a file; the test that started QGIS looks at it.
"""

import json
import os
import threading
import time
import traceback
from pathlib import Path

from hands import Hands, MainThread, on_screen, photograph, wait_until


class Tagger(threading.Thread):
    """Tags on the map and in the gallery, takes back, confirms."""

    def __init__(self, bench, iface, plan):
        super().__init__(daemon=True)
        self._bench = bench
        self._iface = iface
        self._main = MainThread()
        self._hands = Hands(self._main)
        self._out = Path(plan["out"])
        self._said = {}

    def run(self):
        """Do it all, then end QGIS: 0 when it went well, 1 when not."""
        code = 1
        try:
            self._tag_on_the_map()
            self._tag_in_the_gallery()
            self._look_at_the_chart()
            code = 0
        except Exception:  # noqa: BLE001 - the boundary of this program
            traceback.print_exc()
            photograph(self._out / "failed.png")
        (self._out / "said.json").write_text(json.dumps(self._said))
        os._exit(code)  # QGIS would ask whether to save its project

    def _tag_on_the_map(self):
        wait_until(lambda: self._ask(lambda: self._bench.predictions.current is not None), 30)
        self._ask(self._iface.actionZoomFullExtent().trigger)
        self._settle(1)
        row = self._bench.dock.work_panel.tags
        self._hands.click(lambda: row.select)
        wait_until(lambda: self._ask(row.select.isChecked))
        self._click_tile(7)
        self._note("clicked", self._selected)
        self._hands.key("2")
        self._note("tagged", self._tags)
        self._drag_box(12, 18)
        self._note("boxed", self._selected)
        self._hands.key("1")
        self._note("tagged_box", self._tags)
        self._hands.key("ctrl+z")
        self._note("undone", self._tags)
        self._hands.key("ctrl+shift+z")
        self._hands.key("f")
        self._note("unsure", self._tags)
        self._hands.key("0")
        self._note("taken_off", self._tags)
        self._hands.key("Return")
        self._note("confirmed", self._tags)
        self._hands.key("n")
        self._settle(1)
        self._note("next", lambda: self._bench.queue.current)
        photograph(self._out / "map.png")

    def _tag_in_the_gallery(self):
        row, view = self._bench.dock.work_panel.tags, self._bench.gallery.view
        self._hands.click(lambda: row.gallery)
        wait_until(lambda: self._ask(view.isVisible))
        self._settle(1)
        first = self._ask(lambda: int(view.tiles[0]))
        at = self._ask(lambda: self._middle_of_card(first))
        self._hands.click(view.viewport, at)
        self._note("clicked_in_gallery", lambda: [self._selected(), first])
        self._hands.key("a")
        self._note("page", self._selected)
        before = self._ask(self._tags)
        self._hands.key("Return")
        wait_until(lambda: self._ask(self._tags) != before)
        self._note("page_confirmed", self._tags)
        photograph(self._out / "gallery.png")

    def _look_at_the_chart(self):
        self._hands.click(lambda: self._bench.gallery.bar.chart)
        wait_until(lambda: self._ask(lambda: self._bench.plane.places is not None))
        self._settle(1)
        self._note("points", lambda: len(self._bench.gallery.chart_panel.chart.tiles))
        photograph(self._out / "chart.png")

    def _click_tile(self, tile):
        self._ask(self._iface.mapCanvas().setFocus)
        point = self._ask(lambda: self._on_canvas(tile))
        self._hands.click(self._iface.mapCanvas().viewport, point)

    def _drag_box(self, first, last):
        """Draw a box from the middle of one tile to that of another."""
        viewport = self._iface.mapCanvas().viewport()
        start, end = (
            self._ask(lambda tile=tile: on_screen(viewport, self._on_canvas(tile)))
            for tile in (first, last)
        )
        half = ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2)
        self._hands.drag([start, half, end])
        time.sleep(0.2)

    def _on_canvas(self, tile):
        """Return where the middle of a tile is on the canvas."""
        image, index = self._bench.session.local_tile(tile)
        core = self._bench.session.project.grid(image.id).core(index)
        x = image.transform.x0 + (core.col + core.width / 2) * image.transform.dx
        y = image.transform.y0 + (core.row + core.height / 2) * image.transform.dy
        at = self._iface.mapCanvas().getCoordinateTransform().transform(x, y)
        return round(at.x()), round(at.y())

    def _middle_of_card(self, tile):
        view = self._bench.gallery.view
        place = view.tiles.tolist().index(tile)
        at = view.cells.rect(place).center()
        return at.x(), at.y() - view.verticalScrollBar().value()

    def _selected(self):
        return self._bench.selection.ids.tolist()

    def _tags(self):
        ids, tags = self._bench.session.project.tags.table()
        return {str(tile): row.tolist() for tile, row in zip(ids.tolist(), tags, strict=True)}

    def _note(self, what, question):
        time.sleep(0.1)
        self._said[what] = self._ask(question)

    def _ask(self, function):
        return self._main.ask(function)

    def _settle(self, seconds):
        time.sleep(seconds)
        wait_until(lambda: not self._ask(self._iface.mapCanvas().isDrawing), 30)
