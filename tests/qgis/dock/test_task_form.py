"""The task of a new project, and what follows from it on the page."""

import pytest
from landloop.al_core.config import LabelConfig, TagConfig, Task
from landloop.al_core.legend import Legend, LegendClass
from landloop.plugin.dock.rows import RasterRow
from landloop.plugin.dock.setup_panel import SetupPanel
from landloop.plugin.dock.task_form import TaskForm
from qgis.PyQt.QtCore import QLocale, Qt
from qgis.PyQt.QtTest import QTest

LEGEND = Legend((LegendClass(1, "Water", "#0000ff"), LegendClass(2, "Land", "#00ff00")))


@pytest.fixture
def panel(shown, tmp_path):
    """A page on which all is entered but the task; pixels of the raster are 10 m."""
    QLocale.setDefault(QLocale("en_US"))
    panel = shown(SetupPanel(lambda _path: 3, lambda _path: LEGEND, None, lambda _path: 10.0))
    panel.set_rasters([RasterRow("scene", str(tmp_path / "scene.tif"), 3)])
    panel.legend.set_legend(LEGEND)
    return panel


def sizes(panel):
    box = panel.project.tile_size
    return [box.itemText(place) for place in range(box.count())]


def test_each_task_has_a_sentence(shown):
    form = shown(TaskForm())
    said = []
    for task in Task:
        form.set_task(task)
        assert form.task() is task
        said.append(form.about.text())
    assert len(set(said)) == 3
    assert all(text.endswith(".") for text in said)
    assert form.box.toolTip() == said[-1]


def test_the_task_is_chosen_by_key_and_reaches_the_choice(panel):
    assert panel.choice().options.task is Task.SEGMENTATION
    panel.task.setFocus()
    QTest.keyClick(panel.task.box, Qt.Key.Key_Down)
    assert panel.choice().options.task is Task.SCENE
    QTest.keyClick(panel.task.box, Qt.Key.Key_Down)
    assert panel.choice().options.task is Task.MULTILABEL
    panel.reset()
    assert panel.task.task() is Task.SEGMENTATION


def test_tile_sizes_are_told_in_pixels_and_on_the_ground(panel):
    assert sizes(panel)[0] == "128 × 128 px, 1.28 km a side"
    panel.task.set_task(Task.SCENE)
    assert sizes(panel)[0] == "64 × 64 px, 640 m a side"
    assert panel.project.tile_size_px() == 256  # what was chosen stays chosen


def test_a_size_that_is_too_small_for_painting_grows(panel):
    panel.task.set_task(Task.MULTILABEL)
    panel.project.tile_size.setCurrentIndex(0)
    panel.task.set_task(Task.SEGMENTATION)
    assert panel.project.tile_size_px() == 128


@pytest.mark.parametrize(
    ("metres", "text"),
    [
        (None, "64 × 64 px"),
        (0.05, "64 × 64 px, 3.2 m a side"),
        (0.3, "64 × 64 px, 19 m a side"),
        (30.0, "64 × 64 px, 1.92 km a side"),
    ],
)
def test_the_size_on_the_ground_is_rounded_sensibly(panel, metres, text):
    panel.task.set_task(Task.SCENE)
    panel.project.set_pixel_size(metres)
    assert sizes(panel)[0] == text


def test_existing_labels_become_tags_where_tiles_are_tagged(panel, tmp_path):
    labels = tmp_path / "labels.tif"
    labels.write_bytes(b"")
    panel.labels.file.setFilePath(str(labels))
    panel.labels.unlabelled.setText("0, 255")
    assert isinstance(panel.choice().labels, LabelConfig)
    panel.task.set_task(Task.SCENE)
    tags = panel.choice().labels
    assert tags == TagConfig(
        source=str(labels), unlabelled=(0.0, 255.0), everywhere=True, attribute="value"
    )
