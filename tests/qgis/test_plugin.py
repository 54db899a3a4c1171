"""The plugin as QGIS loads, unloads and reloads it."""

import importlib
import sys

import pytest
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QCoreApplication, QEvent
from qgis.PyQt.QtWidgets import QAction, QDockWidget

HEAVY = {"torch", "torchvision", "rasterio", "geopandas", "shapely", "scipy", "sklearn", "pyogrio"}


def heavy_modules():
    """Return what of the engine's world QGIS has imported."""
    return HEAVY & {name.partition(".")[0] for name in sys.modules}


@pytest.fixture
def load(qgis_iface, qgis_new_project):
    """Load the plugin as QGIS does; whatever is loaded is unloaded afterwards."""
    loaded = []

    def load_plugin():
        plugin = sys.modules["landloop"].classFactory(qgis_iface)
        plugin.initGui()
        loaded.append(plugin)
        return plugin

    yield load_plugin
    for plugin in loaded:
        plugin.unload()


def leftovers(iface):
    """Return what of ours can be found in QGIS."""
    window = iface.mainWindow()
    found = [item.objectName() for item in window.findChildren((QAction, QDockWidget))]
    names = [name for name in found if name.startswith("LandLoop")]
    items = [item for item in iface.mapCanvas().scene().items() if _is_ours(item)]
    group = QgsProject.instance().layerTreeRoot().findGroup("LandLoop")
    return names, items, group


def _is_ours(item):
    return type(item).__module__.startswith("landloop")


def test_loading_builds_one_action_and_nothing_else(load, qgis_iface):
    plugin = load()
    assert leftovers(qgis_iface) == (["LandLoopShowDock"], [], None)
    assert plugin._workbench is None


def test_the_dock_brings_neither_torch_nor_rasterio_into_qgis(load, paint_project):
    plugin = load()
    plugin.show_dock()
    plugin.open_project(paint_project)
    assert plugin.workbench.session.is_open
    assert heavy_modules() == set()


def test_a_heavy_module_would_be_seen(tmp_path, monkeypatch):
    (tmp_path / "rasterio.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("rasterio")
    try:
        assert heavy_modules() == {"rasterio"}
    finally:
        del sys.modules["rasterio"]


def test_unloading_leaves_nothing_behind_and_loading_again_works(
    load, qgis_iface, qtbot, paint_project
):
    for _ in range(2):
        plugin = load()
        plugin.show_dock()
        plugin.open_project(paint_project)
        plugin.workbench.dock.work_panel.paint.paint.click()
        assert qgis_iface.mapCanvas().mapTool() is plugin.workbench.tool
        plugin.unload()
        qtbot.waitUntil(lambda: leftovers(qgis_iface) == ([], [], None), timeout=2000)
        assert qgis_iface.mapCanvas().mapTool() is None


def test_a_job_that_ends_after_the_unloading_disturbs_nobody(load, qtbot, paint_project):
    plugin = load()
    plugin.open_project(paint_project)
    training = plugin.workbench.training
    plugin.unload()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    training.started.emit()
    training.failed.emit(RuntimeError("too late"))
    training.cancelled.emit()  # pytest-qt fails the test when a slot does


def test_a_project_that_is_open_elsewhere_is_refused_with_a_sentence(load, paint_project):
    project = importlib.import_module("landloop.al_core.project")
    plugin = load()
    failures = []
    plugin.workbench.setup.failed.connect(failures.append)
    with project.Project.open(paint_project):
        plugin.open_project(paint_project)
    assert not plugin.workbench.session.is_open
    assert "open" in str(failures[0])
    plugin.open_project(paint_project)
    assert plugin.workbench.session.is_open


def test_without_its_environment_the_dock_says_what_is_missing(load, monkeypatch, tmp_path):
    monkeypatch.setenv("LANDLOOP_DATA_DIR", str(tmp_path))
    plugin = load()
    plugin.show_dock()
    dock = plugin.workbench.dock
    assert dock.banner.isVisibleTo(dock)
    assert dock.banner.install.isVisibleTo(dock.banner)
    assert "not installed" in dock.device.toolTip() + dock.device.text()


def test_the_qgis_project_remembers_its_landloop_project(load, paint_project, tmp_path):
    plugin = load()
    plugin.open_project(paint_project)
    qgis_project = QgsProject.instance()
    assert qgis_project.write(str(tmp_path / "map.qgz"))
    qgis_project.clear()
    assert not plugin.workbench.session.is_open
    assert qgis_project.read(str(tmp_path / "map.qgz"))
    assert plugin.workbench.session.folder == paint_project
    assert not qgis_project.isDirty()
