import pytest
from landloop.al_core.config import InitConfig
from landloop.plugin.dock.rows import RasterRow
from landloop.plugin.dock.setup_panel import SetupPanel
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(shown):
    panel = shown(SetupPanel(lambda _path: 3, lambda _path: None))
    panel.resize(390, 800)
    return panel


@pytest.fixture
def ready(panel, tmp_path):
    """A panel with everything that a project needs."""
    panel.set_rasters([RasterRow("scene", str(tmp_path / "scene.tif"), 4)])
    QTest.mouseClick(panel.legend.common, LEFT)
    return panel


def test_create_hands_over_a_whole_choice(ready, heard, tmp_path):
    QTest.keyClicks(ready.images.bands, "3,2,1")
    choices = heard(ready.create_requested)
    QTest.mouseClick(ready.create_button, LEFT)
    (choice,) = choices
    assert choice.folder == tmp_path / "scene.landloop"
    assert len(choice.legend) == 6
    assert choice.labels is None
    assert choice.options == InitConfig(
        images=(str(tmp_path / "scene.tif"),),
        bands=(3, 2, 1),
        tile_size_px=256,
        validation_share=0.1,
    )


def test_what_is_missing_is_told_one_after_the_other(panel, heard, tmp_path):
    choices = heard(panel.create_requested)
    QTest.mouseClick(panel.create_button, LEFT)
    assert "Tick at least one raster" in panel.problem.text()
    panel.set_rasters([RasterRow("scene", str(tmp_path / "scene.tif"), 4)])
    assert not panel.problem.isVisible()
    QTest.mouseClick(panel.create_button, LEFT)
    assert "0 class(es)" in panel.problem.text()
    QTest.mouseClick(panel.legend.common, LEFT)
    panel.project.name.clear()
    QTest.mouseClick(panel.create_button, LEFT)
    assert "needs a name" in panel.problem.text()
    assert choices == []


def test_the_focus_goes_where_the_problem_is(ready, qtbot):
    ready.project.name.clear()
    ready.activateWindow()
    qtbot.waitActive(ready)
    QTest.mouseClick(ready.create_button, LEFT)
    assert ready.project.name.hasFocus()


def test_errors_from_elsewhere_are_shown_until_something_changes(ready):
    ready.show_progress(0.5, "Counting")
    ready.show_error("The raster has no CRS.")
    assert ready.problem.text() == "The raster has no CRS."
    assert ready.create_button.isVisible()
    QTest.keyClicks(ready.images.bands, "1")
    assert not ready.problem.isVisible()


def test_while_creating_nothing_can_be_changed_but_it_can_be_cancelled(ready, heard):
    wishes = heard(ready.cancel_requested)
    ready.show_progress(0.4, "Counting valid pixels", 35)
    assert not ready.body.isEnabled()
    assert not ready.create_button.isVisible()
    assert "about 40 s left" in ready.progress.status.text()
    QTest.mouseClick(ready.progress.cancel, LEFT)
    assert len(wishes) == 1
    ready.show_idle()
    assert ready.body.isEnabled()
    assert ready.create_button.isVisible()


def test_back_goes_back(panel, heard):
    wishes = heard(panel.back_requested)
    QTest.mouseClick(panel.back, LEFT)
    assert len(wishes) == 1


def test_a_home_folder_takes_precedence_over_the_image_folder(panel, tmp_path):
    panel.set_home(str(tmp_path))
    panel.set_rasters([RasterRow("scene", "/elsewhere/scene.tif", 1)])
    assert panel.project.folder() == tmp_path / "scene.landloop"


def test_a_problem_in_a_folded_group_unfolds_it(ready):
    ready.labels.file.setFilePath("/no/labels.tif")
    assert ready.existing.isCollapsed()
    QTest.mouseClick(ready.create_button, LEFT)
    assert "/no/labels.tif" in ready.problem.text()
    assert not ready.existing.isCollapsed()


def test_the_next_project_starts_afresh(ready, tmp_path):
    QTest.keyClicks(ready.project.name, "mine")
    QTest.keyClicks(ready.images.bands, "9")
    ready.labels.file.setFilePath("/no/labels.tif")
    ready.reset()
    assert ready.images.list.count() == 0
    assert ready.legend.model.rowCount() == 0
    assert not ready.images.problem.isVisible()
    ready.set_rasters([RasterRow("other", str(tmp_path / "other.tif"), 4)])
    QTest.mouseClick(ready.legend.common, LEFT)
    assert ready.choice().folder == tmp_path / "other.landloop"
    assert ready.choice().labels is None
