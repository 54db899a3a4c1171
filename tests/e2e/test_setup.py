"""A new project, from the panel to the map."""

import importlib

from qgis.core import QgsProject, QgsRasterLayer

JOB_MS = 60_000


def choice_of(demo_scene, folder):
    """Return what the panel emits for the small scene."""
    legend = importlib.import_module("landloop.al_core.legend")
    config = importlib.import_module("landloop.al_core.config")
    rows = importlib.import_module("landloop.plugin.dock.rows")
    return rows.SetupChoice(
        folder,
        legend.Legend.from_csv(demo_scene / "legend.csv"),
        config.InitConfig((str(demo_scene / "scene.tif"),), tile_size_px=64),
        config.LabelConfig(str(demo_scene / "labels.tif"), validation=True),
    )


def test_a_project_made_in_the_dock_opens_with_its_image_and_labels(
    plugin, demo_scene, tmp_path, qtbot
):
    bench = plugin.workbench
    choice = choice_of(demo_scene, tmp_path / "new.landloop")
    with qtbot.waitSignal(bench.setup.created, timeout=JOB_MS) as told:
        bench.dock.setup_panel.create_requested.emit(choice)
    assert "for validation" in told.args[0]
    project = bench.session.project
    assert project.labels.class_pixels().sum() > 0
    assert bench.dock.pages.currentWidget() is bench.dock.work_panel
    layers = QgsProject.instance().mapLayers().values()
    sources = [layer.source() for layer in layers if isinstance(layer, QgsRasterLayer)]
    assert str(demo_scene / "scene.tif") in sources


def test_a_raster_that_is_none_is_told_in_the_panel(plugin, demo_scene, tmp_path, qtbot):
    bench = plugin.workbench
    choice = choice_of(demo_scene, tmp_path / "new.landloop")
    config = importlib.import_module("landloop.al_core.config")
    options = config.InitConfig((str(demo_scene / "legend.csv"),), tile_size_px=64)
    wrong = type(choice)(choice.folder, choice.legend, options)
    with qtbot.waitSignal(bench.setup.failed, timeout=JOB_MS):
        bench.dock.setup_panel.create_requested.emit(wrong)
    sentence = bench.dock.setup_panel.problem.text()
    assert "legend.csv" in sentence
    assert "Failed(" not in sentence
    assert not choice.folder.exists()
    assert not bench.session.is_open
