"""Which validation tile comes next, and how the dock leads there."""

import sys

import numpy as np
import pytest
from landloop.al_core.project import NewRound, Project, RoundMetrics
from landloop.plugin.controllers.validation import next_tile
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest

INSIGHT = {
    "gap_source": "prequential",
    "iou_error": [0.04, None],
    "validation_px": [500, 0],
    "temperature": 1.5,
    "ece_before": 0.1,
    "ece": 0.02,
    "reliability": [[0.8, 0.71, 300], [0.95, 0.95, 200]],
    "miou_error": 0.04,
    "quota": [1, 3],
    "advice": {"stop": False, "text": "Go on labelling."},
    "label_next": "Label 1 more validation tile.",
}


@pytest.fixture
def round_project(paint_project):
    """The small project after one round that says everything about itself."""
    with Project.open(paint_project) as project:
        metrics = RoundMetrics(
            np.array([[90, 60], [0, 0]]), (0.6, float("nan")), 0.6, (0.4, 1.0), (0.3, 0.7)
        )
        temp = project.rounds.begin()
        project.rounds.commit(
            temp, NewRound("cpu", 0, "hash", 2, 400, metrics, {}, {}, dict(INSIGHT))
        )
    return paint_project


@pytest.fixture
def bench(qgis_iface, qgis_new_project, round_project):
    plugin = sys.modules["landloop"].classFactory(qgis_iface)
    plugin.initGui()
    plugin.open_project(round_project)
    plugin.show_dock()
    yield plugin.workbench
    plugin.unload()


def _label(project, tile):
    project.labels.write({tile: np.zeros(project.tiles.shape(tile), dtype=np.uint8)})


def test_labelled_validation_tiles_are_passed_over(paint_project):
    with Project.open(paint_project) as project:
        assert next_tile(project, None) == 3
        assert next_tile(project, 3) == 3
        _label(project, 3)
        assert next_tile(project, None) is None


def test_the_dock_tells_what_a_round_says_about_itself(bench):
    panel = bench.dock.work_panel
    assert panel.insight.advice.text() == "Go on labelling."
    assert "before the network learned them" in panel.insight.gaps.text()
    assert panel.insight.doubts.text().endswith("Label 1 more validation tile.")
    assert "71" in panel.reliability.sentence.text()
    assert "1.50" in panel.reliability.figures.text()
    assert "±.04" in panel.chart.reading(-1)
    texts = [panel.classes.model().index(0, column).data() for column in range(6)]
    assert texts[2:] == [".60 ?", ".40", ".30", "1"]


def test_the_button_flies_to_the_validation_tile_and_goes_when_it_is_labelled(bench, qtbot):
    panel = bench.dock.work_panel
    assert not panel.insight.go.isHidden()
    QTest.mouseClick(panel.insight.go, Qt.MouseButton.LeftButton)
    assert bench.queue.current == 3
    _label(bench.session.project, 3)
    bench.session.labels_changed.emit([3])
    qtbot.waitUntil(panel.insight.go.isHidden, timeout=2000)


def test_the_training_settings_reach_the_preferences(bench):
    train = bench.dock.work_panel.train.settings
    settings = sys.modules["landloop.plugin.settings"]
    before = settings.RECIPE.get()
    try:
        train.recipe.setCurrentIndex(1)
        train.accept()
        assert settings.RECIPE.get() == "plus"
    finally:
        settings.RECIPE.set(before)


def test_a_round_of_an_older_version_says_nothing_and_does_no_harm(bench):
    project = bench.session.project
    project.rounds.set_insight(1, {})
    bench.session.rounds_changed.emit()
    panel = bench.dock.work_panel
    assert panel.insight.advice.isHidden()
    assert panel.insight.gaps.isHidden()
    assert panel.insight.warning.isHidden()
    assert panel.reliability.sentence.isHidden()
