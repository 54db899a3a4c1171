"""A project after a round whose scan and maps were written without the engine."""

import sys

import numpy as np
import pytest
from landloop.al_core.project import NewRound, Project, RoundMetrics
from landloop.al_core.scoring import PoolStatistics
from landloop.plugin.bridge import image_crs
from osgeo import gdal
from qgis.core import QgsRectangle
from qgis.PyQt.QtWidgets import QApplication

MODEL = "network-1"
CLASSES = 2
LABELLED = (5, 10)
CONFUSION = np.array([[900, 100], [400, 600]])
BRIGHT = (slice(70, 86), slice(66, 82))  # rows and columns in which the map is unsure


def scan(tile_ids, classes=CLASSES, features=16, seed=0):
    """Statistics as a scan leaves them, with numbers by chance."""
    rng = np.random.default_rng(seed)
    tiles, n = len(tile_ids), 1024
    shares = rng.dirichlet(np.ones(classes), tiles) * rng.uniform(0.05, 0.6, tiles)[:, None]
    return PoolStatistics(
        tile_ids=np.array(tile_ids),
        n=np.full(tiles, n),
        sum_entropy=shares.sum(axis=1) * n,
        sum_entropy_p=shares * n,
        sum_p=shares * n,
        histogram=np.full((tiles, classes), n // classes),
        sum_margin=np.full(tiles, 0.5 * n),
        sum_least_confidence=np.full(tiles, 0.3 * n),
        top20_entropy=np.full(tiles, 0.5),
        features=rng.normal(size=(tiles, features)),
        model_hash=MODEL,
    )


def write_uncertainty(path, image):
    """A map on the image's grid, unsure in one place, without data in one corner."""
    values = np.full((image.height, image.width), 0.1, dtype=np.float32)
    values[BRIGHT] = 0.9
    values[:4, :4] = np.nan
    raster = gdal.GetDriverByName("GTiff").Create(
        str(path), image.width, image.height, 1, gdal.GDT_Float32
    )
    geo = image.transform
    raster.SetGeoTransform((geo.x0, geo.dx, 0, geo.y0, 0, geo.dy))
    raster.SetProjection(image.crs_wkt)
    raster.GetRasterBand(1).SetNoDataValue(float("nan"))
    raster.GetRasterBand(1).WriteArray(values)


@pytest.fixture
def scanned_project(paint_project):
    """16 tiles of 32 x 32 px; 3 validates, 5 and 10 hold labels of both classes."""
    with Project.open(paint_project) as project:
        mask = np.zeros((32, 32), dtype=np.uint8)
        mask[:16] = 1
        project.labels.write({tile: mask.copy() for tile in LABELLED})
        metrics = RoundMetrics(CONFUSION, (0.64, 0.55), 0.6, (0.36, 0.45), (0.47, 0.53))
        folder = project.rounds.begin()
        scan([tile for tile in range(16) if tile != 3]).save(folder / "statistics.npz")
        image = project.images[0]
        write_uncertainty(folder / "uncertainty.tif", image)
        write_uncertainty(folder / "prediction.tif", image)
        project.rounds.commit(
            folder, NewRound("cpu", 0, MODEL, 2, 2048, metrics, {}, {}, {"advice": None})
        )
    return paint_project


@pytest.fixture
def make_bench(qgis_iface, qgis_new_project, qtbot):
    """Open a project in the plugin; what is loaded in the background is at hand."""
    plugins = []

    def make(folder, *, has_scan=True):
        plugin = sys.modules["landloop"].classFactory(qgis_iface)
        plugin.initGui()
        plugins.append(plugin)
        plugin.open_project(folder)
        bench = plugin.workbench
        if has_scan:
            qtbot.waitUntil(lambda: bench.ranking.is_ready, timeout=10_000)
        bench.canvas = qgis_iface.mapCanvas()
        return bench

    yield make
    for plugin in plugins:
        plugin.unload()


@pytest.fixture
def make_tag_bench(make_bench, make_tag_project, predict, qtbot):
    """Open a project of 6 x 8 tiles of 64 m; with `predicted` a network knows all but tile 47.

    The map shows all of it, one pixel a metre.
    """

    def make(task="scene", *, predicted=True):
        folder = make_tag_project(task)
        if predicted:
            predict(folder, skip=[47], maps=("prediction", "uncertainty"))
        bench = make_bench(folder, has_scan=False)
        if predicted:
            qtbot.waitUntil(lambda: bench.predictions.current is not None, timeout=10_000)
        image = bench.session.project.images[0]
        bench.canvas.resize(image.width, image.height)
        bench.canvas.setDestinationCrs(image_crs(image))
        right, bottom = 500_000 + image.width, 5_000_000 - image.height
        bench.canvas.setExtent(QgsRectangle(500_000, bottom, right, 5_000_000))
        return bench

    return make


@pytest.fixture
def window(qgis_iface):
    """The main window, shown; hidden afterwards, for other tests have the screen to themselves."""
    window = qgis_iface.mainWindow()
    window.resize(1200, 800)
    window.show()
    yield window
    window.hide()


@pytest.fixture
def give_focus(qtbot):
    """Make a window the active one and give the focus to a widget of it."""

    def give(window, widget):
        def has_focus():
            QApplication.setActiveWindow(window)  # asking is not enough after a window was hidden
            widget.setFocus()
            return widget.hasFocus()

        qtbot.waitUntil(has_focus, timeout=5000)

    return give
