"""The plane of the tiles in the plugin: PCA at once, t-SNE on request, linked with the rest."""

import numpy as np
import pytest
from landloop.al_core.diversity import principal_plane
from landloop.al_core.progress import checkpoint
from landloop.al_core.scoring import PoolStatistics
from landloop.plugin.controllers import plane as module
from landloop.plugin.controllers.plane import Layout
from landloop.plugin.controllers.selection import Mode
from qgis.PyQt.QtCore import Qt

WAIT_MS = 30_000


@pytest.fixture
def open_chart(make_tag_bench, window, qtbot):
    """A tagged project with the gallery and the chart in it open."""

    def open_it(**how):
        bench = make_tag_bench(**how)
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, bench.gallery)
        bench.dock.work_panel.tags.gallery.click()
        if not bench.gallery.bar.chart.isChecked():
            bench.gallery.bar.chart.click()
        qtbot.waitUntil(bench.gallery.chart_panel.isVisible, timeout=WAIT_MS)
        return bench

    return open_it


def wait_for(bench, layout, qtbot):
    qtbot.waitUntil(
        lambda: bench.plane.layout is layout and bench.plane.places is not None, timeout=WAIT_MS
    )


def test_the_main_directions_are_there_as_soon_as_the_chart_is_open(open_chart, qtbot):
    bench = open_chart()
    wait_for(bench, Layout.PCA, qtbot)
    found = bench.predictions.current
    wanted = principal_plane(found.features.astype(np.float32))
    assert np.allclose(bench.plane.places[found.tile_ids], wanted)
    assert np.isnan(bench.plane.places[47]).all()
    assert bench.gallery.chart_panel.chart.tiles.tolist() == list(range(47))


def test_nothing_is_computed_while_nobody_looks(make_tag_bench, qtbot):
    bench = make_tag_bench()
    qtbot.wait(200)
    assert bench.plane.places is None
    assert not bench.plane.is_busy


def test_neighbours_come_on_request_and_both_layouts_are_kept(open_chart, qtbot):
    bench = open_chart()
    wait_for(bench, Layout.PCA, qtbot)
    main = bench.plane.places
    panel = bench.gallery.chart_panel
    panel.layout_box.setCurrentIndex(1)
    wait_for(bench, Layout.TSNE, qtbot)
    assert not np.array_equal(bench.plane.places[:47], main[:47])
    panel.layout_box.setCurrentIndex(0)
    assert bench.plane.places is main
    panel.layout_box.setCurrentIndex(1)
    assert bench.plane.layout is Layout.TSNE
    assert not bench.plane.is_busy


def test_a_layout_can_be_stopped_and_the_one_before_stays(open_chart, qtbot, monkeypatch):
    bench = open_chart()
    wait_for(bench, Layout.PCA, qtbot)
    begun = []

    def slow(features, _rng, *, progress):
        while True:
            begun.append(len(features))
            checkpoint(progress, 0.5)

    monkeypatch.setattr(module, "tsne", slow)
    panel = bench.gallery.chart_panel
    panel.layout_box.setCurrentIndex(1)
    qtbot.waitUntil(lambda: bool(begun) and not panel.progress.isHidden(), timeout=WAIT_MS)
    panel.progress.cancel.click()
    qtbot.waitUntil(lambda: not bench.plane.is_busy, timeout=2000)
    assert bench.plane.layout is Layout.PCA
    assert bench.plane.places is not None
    assert panel.layout_box.currentData() is Layout.PCA
    assert panel.progress.isHidden()


def test_without_features_the_chart_says_what_to_do(open_chart, qtbot):
    bench = open_chart(predicted=False)
    chart = bench.gallery.chart_panel.chart
    qtbot.waitUntil(lambda: "Retrain" in chart._hint, timeout=WAIT_MS)
    assert bench.plane.places is None


def test_features_from_before_the_first_round_do_as_well(open_chart, qtbot, make_tag_project):
    bench = open_chart(predicted=False)
    qtbot.waitUntil(lambda: not bench.plane.is_busy, timeout=WAIT_MS)
    folder = bench.session.folder
    cold = PoolStatistics.unscanned(np.arange(40), 3)
    features = np.random.default_rng(0).normal(size=(40, 8))
    type(cold)(**{**vars(cold), "features": features}).save(folder / "cold.npz")
    bench.session.close()
    bench.setup.open(folder)
    bench.gallery.setUserVisible(True)
    wait_for(bench, Layout.PCA, qtbot)
    assert bench.gallery.chart_panel.chart.tiles.tolist() == list(range(40))


def test_chart_gallery_and_map_select_the_same_tiles(open_chart, qtbot):
    bench = open_chart()
    wait_for(bench, Layout.PCA, qtbot)
    chart = bench.gallery.chart_panel.chart
    bench.selection.select([4, 8])
    assert np.flatnonzero(chart._mask).tolist() == [4, 8]
    chart.selected.emit([10, 11], Mode.REPLACE, None)
    assert bench.selection.ids.tolist() == [10, 11]
    assert np.flatnonzero(bench.gallery.view._mask).tolist() == [10, 11]
    chart.opened.emit(20)
    assert bench.queue.current == 20


def test_a_tag_recolours_its_point_at_once(open_chart, qtbot):
    bench = open_chart()
    wait_for(bench, Layout.PCA, qtbot)
    chart = bench.gallery.chart_panel.chart
    chart.viewport().grab()
    assert chart._drawn is not None
    bench.selection.select([4])
    bench.tagging.tag(0)
    assert chart._drawn is None


def test_another_round_brings_other_points(open_chart, predict, qtbot):
    bench = open_chart()
    wait_for(bench, Layout.PCA, qtbot)
    before = bench.plane.places
    folder = bench.session.folder
    bench.session.close()
    assert bench.plane.places is None
    predict(folder, features=7)
    bench.setup.open(folder)
    bench.gallery.setUserVisible(True)
    wait_for(bench, Layout.PCA, qtbot)
    assert not np.array_equal(bench.plane.places[:47], before[:47])
