"""A small scene on a real canvas."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from landloop.al_core.coords import GeoTransform, RowCol, TileGrid, Window
from landloop.al_core.legend import UNLABELLED, Legend, LegendClass
from landloop.al_core.project import ImageRecord, PaintSurface
from osgeo import gdal, osr
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtGui import QImage

gdal.UseExceptions()

TILE, HALO = 64, 16  # cores of 32 px


@dataclass
class Scene:
    """One image, its grid, and label masks by tile; `loads` lists what was read."""

    image: ImageRecord
    grid: TileGrid
    masks: dict[int, np.ndarray]
    loads: list[int]

    def surface(self) -> PaintSurface:
        return PaintSurface(self.grid, self._load)

    def _load(self, tile: int) -> np.ndarray:
        self.loads.append(tile)
        core = self.grid.core(tile)
        empty = np.full((core.height, core.width), UNLABELLED, np.uint8)
        return self.masks.get(tile, empty).copy()


def write_tif(path: Path, bands: np.ndarray, transform: GeoTransform, epsg: int) -> Path:
    """Write (B, h, w) as a GeoTIFF."""
    kind = {"uint8": gdal.GDT_Byte, "float32": gdal.GDT_Float32}[bands.dtype.name]
    count, height, width = bands.shape
    out = gdal.GetDriverByName("GTiff").Create(str(path), width, height, count, kind)
    out.SetGeoTransform((transform.x0, transform.dx, 0, transform.y0, 0, transform.dy))
    system = osr.SpatialReference()
    system.ImportFromEPSG(epsg)
    out.SetProjection(system.ExportToWkt())
    for number, band in enumerate(bands, start=1):
        out.GetRasterBand(number).WriteArray(band)
    out = None
    return path


def make_image(path: str, height: int, width: int, transform: GeoTransform, epsg: int):
    grid = TileGrid(height, width, TILE, HALO)
    wkt = QgsCoordinateReferenceSystem.fromEpsgId(epsg).toWkt()
    return ImageRecord(1, path, "scene", height, width, wkt, transform, "uint8", None, 0, len(grid))


@pytest.fixture
def legend() -> Legend:
    return Legend(
        (
            LegendClass(1, "Water", "#0000ff"),
            LegendClass(5, "Forest", "#00ff00"),
            LegendClass(7, "Town", "#ff0000"),
        )
    )


@pytest.fixture
def make_scene() -> Callable[..., Scene]:
    def make(height=100, width=130, transform=None, epsg=32612, path="") -> Scene:
        transform = transform or GeoTransform(500000.0, 4000000.0, 1.0, -1.0)
        image = make_image(path, height, width, transform, epsg)
        return Scene(image, image.grid(TILE, HALO), {}, [])

    return make


@pytest.fixture
def canvas(qgis_app, qtbot):
    canvas = QgsMapCanvas()
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:32612"))
    canvas.resize(402, 302)  # the viewport is 400 x 300
    with qtbot.waitExposed(canvas):
        canvas.show()
    yield canvas
    canvas.deleteLater()


class View:
    """What the analyst sees and where he looks."""

    def __init__(self, canvas: QgsMapCanvas, qtbot, folder: Path) -> None:
        self.canvas = canvas
        self._qtbot = qtbot
        self._folder = folder
        self._layers: list[QgsRasterLayer] = []

    def show_raster(self, bands: np.ndarray, transform: GeoTransform, epsg: int) -> None:
        """Show (B, h, w) uint8 as the only layer."""
        path = write_tif(self._folder / "layer.tif", bands, transform, epsg)
        self._layers = [QgsRasterLayer(str(path), "raster")]
        self.canvas.setLayers(self._layers)

    def look_at(self, image: ImageRecord, window: Window, epsg=None, rotation=0.0) -> None:
        """Show a window of an image in the middle of the canvas."""
        source = QgsCoordinateReferenceSystem.fromWkt(image.crs_wkt)
        target = QgsCoordinateReferenceSystem.fromEpsgId(epsg) if epsg else source
        x0, y0 = image.transform.to_map(RowCol(window.row, window.col))
        x1, y1 = image.transform.to_map(
            RowCol(window.row + window.height, window.col + window.width)
        )
        to_map = QgsCoordinateTransform(source, target, QgsProject.instance())
        self.canvas.setDestinationCrs(target)
        self.canvas.setRotation(rotation)
        self.canvas.setExtent(to_map.transformBoundingBox(QgsRectangle(x0, y1, x1, y0)))

    def seen(self) -> np.ndarray:
        """Return the canvas as it is now, (h, w, 3) RGB."""
        grab = self.canvas.viewport().grab().toImage()
        picture = grab.convertToFormat(QImage.Format.Format_RGB32)
        data = picture.constBits()
        data.setsize(picture.sizeInBytes())
        rows = np.frombuffer(data, np.uint8).reshape(picture.height(), -1, 4)
        return rows[:, : picture.width(), 2::-1].copy()

    def rendered(self) -> np.ndarray:
        """Return the canvas once the layers are drawn."""
        self.canvas.stopRendering()
        with self._qtbot.waitSignal(self.canvas.mapCanvasRefreshed, timeout=10000):
            self.canvas.refresh()
        self._qtbot.waitUntil(lambda: not self.canvas.isDrawing(), timeout=10000)
        return self.seen()


@pytest.fixture
def view(canvas, qtbot, tmp_path) -> View:
    return View(canvas, qtbot, tmp_path)
