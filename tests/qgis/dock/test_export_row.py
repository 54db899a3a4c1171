import pytest
from landloop.al_core.config import Task
from landloop.plugin.dock import dialogs
from landloop.plugin.dock.export_row import ExportRow
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest


@pytest.fixture
def row(shown):
    row = shown(ExportRow())
    row.set_ready(True)
    return row


def _answer(monkeypatch, path):
    asked = []
    monkeypatch.setattr(
        dialogs, "save_file", lambda _w, _title, start, _kinds: asked.append(start) or path
    )
    return asked


@pytest.mark.parametrize(
    ("answer", "path"),
    [("/maps/a", "/maps/a.tif"), ("/maps/a.TIF", "/maps/a.TIF"), ("/m/b.tiff", "/m/b.tiff")],
)
def test_it_asks_for_a_file_and_passes_it_on(row, heard, monkeypatch, answer, path):
    asked = _answer(monkeypatch, answer)
    row.set_proposal("/maps/zion_map.tif")
    paths = heard(row.export_requested)
    QTest.mouseClick(row.button, Qt.MouseButton.LeftButton)
    assert asked == ["/maps/zion_map.tif"]
    assert paths == [path]


def test_backing_out_asks_for_nothing(row, heard, monkeypatch):
    _answer(monkeypatch, "")
    paths = heard(row.export_requested)
    QTest.mouseClick(row.button, Qt.MouseButton.LeftButton)
    assert paths == []


def test_without_a_round_it_says_why_not(row):
    row.set_ready(False)
    assert not row.button.isEnabled()
    assert "first round" in row.button.toolTip()


def test_it_cannot_be_pressed_twice_while_exporting(row):
    row.set_busy(True)
    assert not row.button.isEnabled()
    assert row.button.text() == "Exporting…"
    row.set_busy(False)
    assert row.button.isEnabled()


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("/out/tiles", "/out/tiles.gpkg"),
        ("/out/t.CSV", "/out/t.CSV"),
        ("/out/t.geojson", "/out/t.geojson"),
        ("/out/t.tif", "/out/t.tif"),
    ],
)
def test_tiles_leave_as_polygons_tables_or_rasters(shown, heard, monkeypatch, typed, written):
    row = shown(ExportRow())
    row.set_task(Task.SCENE)
    row.set_ready(True)
    assert "tiles" in row.button.text()
    wishes = heard(row.export_requested)
    offered = []
    monkeypatch.setattr(dialogs, "save_file", lambda *asked: offered.append(asked[-1]) or typed)
    QTest.mouseClick(row.button, Qt.MouseButton.LeftButton)
    assert wishes == [written]
    assert all(kind in offered[0] for kind in ("*.gpkg", "*.geojson", "*.csv", "*.tif"))
