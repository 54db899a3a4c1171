"""Find similar tiles, by button and by a click on the map."""

import pytest
from landloop.al_core.config import QueryConfig
from landloop.plugin.bridge import image_crs
from qgis.core import QgsRectangle
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest

WAIT_MS = 10_000


@pytest.fixture
def bench(make_bench, scanned_project, qtbot):
    bench = make_bench(scanned_project)
    canvas = bench.canvas
    canvas.resize(400, 400)
    canvas.setDestinationCrs(image_crs(bench.session.project.images[0]))
    canvas.setExtent(QgsRectangle(500_000, 5_000_000 - 128, 500_128, 5_000_000))
    bench.ranking.rank(QueryConfig(strategy="dcau", count=5))
    with qtbot.waitSignal(bench.ranking.kept, timeout=WAIT_MS):
        bench.ranking.keep(QueryConfig(strategy="dcau", count=5))
    return bench


def place(bench, row, col):
    """Return where a pixel of the image is on the canvas."""
    at = bench.canvas.getCoordinateTransform().transform(500_000.5 + col, 5_000_000.5 - row)
    return QPoint(round(at.x()), round(at.y()))


def shown(bench):
    return [pick.tile_id for pick in bench.queue.picks()]


def find_by_click(bench, qtbot, row, col):
    bench.similar.find_by_click()
    viewport = bench.canvas.viewport()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place(bench, row, col))


def test_a_clicked_tile_fills_the_queue_with_its_likes(bench, qtbot):
    panel = bench.dock.work_panel
    kept = bench.session.project.picks.current()
    with qtbot.waitSignal(bench.ranking.ranked, timeout=WAIT_MS):
        find_by_click(bench, qtbot, 40, 70)  # tile 6
    assert shown(bench)[0] == 6
    assert len(shown(bench)) == 10
    assert not panel.queue.note.isHidden()
    assert "6" in panel.queue.note_text.text()
    assert bench.session.project.picks.current() == kept  # the queue in force waits


def test_back_shows_the_queue_again(bench, qtbot):
    before = shown(bench)
    with qtbot.waitSignal(bench.ranking.ranked, timeout=WAIT_MS):
        bench.ranking.find_similar(6)
    assert shown(bench) != before
    bench.dock.work_panel.queue.back.click()
    assert shown(bench) == before
    assert bench.dock.work_panel.queue.note.isHidden()


def test_a_labelled_tile_can_be_pointed_at_too(bench, qtbot):
    with qtbot.waitSignal(bench.ranking.ranked, timeout=WAIT_MS):
        bench.ranking.find_similar(5)
    assert 5 not in shown(bench)  # it is labelled already
    assert len(shown(bench)) == 10


def test_the_current_tile_is_used_without_a_click(bench, qtbot):
    bench.queue.next()
    here = bench.queue.current
    with qtbot.waitSignal(bench.ranking.ranked, timeout=WAIT_MS):
        bench.similar.find()
    assert shown(bench)[0] == here


def test_without_a_current_tile_a_click_is_waited_for(bench):
    bench.similar.find()
    assert bench.canvas.mapTool() is bench.similar.tool


def test_the_tool_before_comes_back(bench, qtbot):
    bench.canvas.setMapTool(bench.tool)
    with qtbot.waitSignal(bench.ranking.ranked, timeout=WAIT_MS):
        find_by_click(bench, qtbot, 40, 70)
    assert bench.canvas.mapTool() is bench.tool
    bench.similar.find_by_click()
    QTest.keyClick(bench.canvas, Qt.Key.Key_Escape)
    assert bench.canvas.mapTool() is bench.tool


def test_a_click_beside_the_image_is_told(bench, qtbot):
    bench.canvas.setExtent(QgsRectangle(0, 0, 100, 100))
    with qtbot.waitSignal(bench.similar.failed, timeout=WAIT_MS):
        find_by_click(bench, qtbot, 5_000_000, 0)
    assert "no tile" in bench.dock.work_panel.query.problem.text()


def test_a_validation_tile_is_told(bench, qtbot):
    with qtbot.waitSignal(bench.ranking.failed, timeout=WAIT_MS):
        find_by_click(bench, qtbot, 10, 110)  # tile 3
    assert "Tile 3" in bench.dock.work_panel.query.problem.text()


def test_moving_a_slider_leaves_the_similar_tiles(bench, qtbot):
    with qtbot.waitSignal(bench.ranking.ranked, timeout=WAIT_MS):
        bench.ranking.find_similar(6)
    with qtbot.waitSignal(bench.ranking.ranked, timeout=WAIT_MS):
        bench.ranking.rank(QueryConfig(strategy="dcau", count=4))
    assert bench.dock.work_panel.queue.note.isHidden()
    assert len(shown(bench)) == 4


def test_a_closed_project_takes_the_tool_away(bench):
    bench.similar.find_by_click()
    bench.session.close()
    assert bench.canvas.mapTool() is not bench.similar.tool
