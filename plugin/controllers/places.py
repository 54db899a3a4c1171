"""Which tiles lie at a place of the map."""

from __future__ import annotations

import numpy as np
from qgis.core import QgsPointXY, QgsProject
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QPointF, QRect, QRectF
from qgis.PyQt.QtGui import QPolygonF

from ...al_core.project import ImageRecord, Project
from ..bridge import ImageFrame
from ..overlays.placement import Placement


def tile_at(project: Project, canvas: QgsMapCanvas, point: QgsPointXY) -> int | None:
    """Return the tile at a point of the map, None where there is none."""
    crs = canvas.mapSettings().destinationCrs()
    for image in project.images:
        at = ImageFrame(image, crs, QgsProject.instance()).to_pixel(point)
        tile = project.tile_at(image.id, at)
        if tile is not None:
            return tile
    return None


def tiles_in(project: Project, canvas: QgsMapCanvas, box: QRect) -> list[int]:
    """Return the tiles that a rectangle of the canvas touches, ascending."""
    found: list[int] = []
    for image in project.images:
        found += _tiles_in(project, image, Placement(canvas, image), QRectF(box))
    return found


def _tiles_in(project: Project, image: ImageRecord, placement: Placement, box: QRectF) -> list[int]:
    window = placement.visible(box)
    if window is None:
        return []
    grid = project.grid(image.id)
    tiles = grid.tiles_in(window)
    cores = [grid.core(tile) for tile in tiles]
    quads = placement.quads(
        np.array([(core.row, core.col, core.height, core.width) for core in cores])
    )
    area = QPolygonF(box)
    return [
        image.first_tile + tile
        for tile, quad in zip(tiles, quads, strict=True)
        if np.isfinite(quad).all() and area.intersects(_polygon(quad))
    ]


def _polygon(quad: np.ndarray) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in quad.tolist()])
