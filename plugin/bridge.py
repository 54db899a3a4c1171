"""From QGIS objects to plain data, and from pixels to the map."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
    QgsProject,
    QgsProviderRegistry,
    QgsRasterLayer,
    QgsRectangle,
    QgsUnitTypes,
)

from ..al_core.coords import RowCol, Window
from ..al_core.errors import LegendError
from ..al_core.legend import Legend, LegendClass
from ..al_core.project import ImageRecord


@dataclass(frozen=True)
class RasterSource:
    """A raster layer as plain data."""

    name: str
    path: str
    band_count: int


def raster_sources(project: QgsProject) -> tuple[RasterSource, ...]:
    """Return the raster layers of the QGIS project that are files."""
    layers = (node.layer() for node in project.layerTreeRoot().findLayers())
    return tuple(
        RasterSource(layer.name(), layer_path(layer), layer.bandCount())
        for layer in layers
        if isinstance(layer, QgsRasterLayer) and layer.providerType() == "gdal"
    )


def layer_path(layer: QgsRasterLayer) -> str:
    """Return the file that a raster layer shows."""
    parts = QgsProviderRegistry.instance().decodeUri("gdal", layer.source())
    return str(parts.get("path", layer.source()))


def band_count(path: str) -> int:
    """Return the number of bands of a raster file, 0 if it is none."""
    layer = QgsRasterLayer(path, "probe", "gdal")
    return int(layer.bandCount()) if layer.isValid() else 0


def pixel_size_m(path: str) -> float | None:
    """Return the side of a raster's pixels in metres, None where its CRS does not tell."""
    layer = QgsRasterLayer(path, "probe", "gdal")
    if not layer.isValid() or not layer.crs().isValid():
        return None
    metres = QgsUnitTypes.fromUnitToUnitFactor(
        layer.crs().mapUnits(), QgsUnitTypes.DistanceUnit.DistanceMeters
    )
    return float(layer.rasterUnitsPerPixelY() * metres)


def shown_bands(project: QgsProject) -> dict[str, tuple[int, ...]]:
    """Return by file which bands (1-based) the map shows as red, green and blue, or as grey."""
    found: dict[str, tuple[int, ...]] = {}
    for node in project.layerTreeRoot().findLayers():
        layer = node.layer()
        if isinstance(layer, QgsRasterLayer) and layer.providerType() == "gdal":
            bands = tuple(layer.renderer().usesBands()) if layer.renderer() else ()
            found.setdefault(layer_path(layer), bands)
    return found


def legend_of_raster(path: str) -> Legend:
    """Read the legend from the palette of a raster.

    Raises:
        LegendError: The file is not a paletted raster.
    """
    layer = QgsRasterLayer(path, "palette", "gdal")
    items = layer.dataProvider().colorTable(1) if layer.isValid() else []
    used = [item for item in items if item.color.alpha() > 0]
    if not used:
        raise LegendError(
            f"{path} has no palette; choose a raster with a colour table, a CSV file or a QGIS "
            "style (.qml)."
        )
    return Legend(
        tuple(
            LegendClass(
                int(item.value),
                item.label
                if item.label and item.label != str(int(item.value))
                else f"Class {int(item.value)}",
                item.color.name(),
            )
            for item in used
        )
    )


def image_crs(image: ImageRecord) -> QgsCoordinateReferenceSystem:
    """Return the CRS of an image."""
    return QgsCoordinateReferenceSystem.fromWkt(image.crs_wkt)


def window_extent(image: ImageRecord, window: Window) -> QgsRectangle:
    """Return a window of an image as a rectangle in the image's CRS."""
    x0, y0 = image.transform.to_map(RowCol(window.row, window.col))
    x1, y1 = image.transform.to_map(RowCol(window.row + window.height, window.col + window.width))
    return QgsRectangle(QgsPointXY(x0, y0), QgsPointXY(x1, y1))


def read_map(path: Path, image: ImageRecord, window: Window) -> NDArray[np.float32] | None:
    """Read a window, in pixels of the image, of a map that lies on the image's grid.

    Returns:
        float32 (window.height, window.width), NaN where the map has no data; None if the map
        cannot be read or lies on another grid.
    """
    options = QgsRasterLayer.LayerOptions()
    options.loadDefaultStyle = False
    layer = QgsRasterLayer(str(path), path.stem, "gdal", options)
    if not layer.isValid() or (layer.height(), layer.width()) != (image.height, image.width):
        return None
    block = layer.dataProvider().block(1, window_extent(image, window), window.width, window.height)
    if not block.isValid() or not block.convert(Qgis.DataType.Float32):
        return None
    values = np.frombuffer(bytes(block.data()), dtype=np.float32)
    values = values.reshape(window.height, window.width).copy()
    if block.hasNoDataValue():
        values[values == np.float32(block.noDataValue())] = np.nan
    return values


class ImageFrame:
    """One image seen from the map: pixels to map points and back, in the map's CRS."""

    def __init__(
        self,
        image: ImageRecord,
        map_crs: QgsCoordinateReferenceSystem,
        project: QgsProject,
    ) -> None:
        self.image = image
        self._to_map = QgsCoordinateTransform(image_crs(image), map_crs, project)

    def to_pixel(self, point: QgsPointXY) -> RowCol:
        """Return the pixel position under a map point."""
        at = self._to_map.transform(point, Qgis.TransformDirection.Reverse)
        return self.image.transform.to_pixel(at.x(), at.y())

    def contains(self, at: RowCol) -> bool:
        """Tell whether a pixel position lies on the image."""
        return 0 <= at.row < self.image.height and 0 <= at.col < self.image.width

    def extent(self, window: Window) -> QgsRectangle:
        """Return the map rectangle around a window."""
        return self._to_map.transformBoundingBox(window_extent(self.image, window))
