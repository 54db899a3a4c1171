"""Where the pixels of an image lie on the canvas, in any CRS and at any rotation."""

from __future__ import annotations

import numpy as np
from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsPointXY,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QRectF
from qgis.PyQt.QtGui import QTransform

from ...al_core.coords import RowCol, Window
from ...al_core.project import ImageRecord
from .points import Points, reproject

MESH_CELLS = 16  # the finest mesh that stands for a curved block, cells a side
TOLERANCE_PX = 0.25  # how far a flat cell may lie beside the curved truth, on screen
UPRIGHT_PX = 0.01  # less shear than this across a cell is none
PROBE_CELLS = 8  # the canvas is looked at through so many cells a side


class Placement:
    """Maps pixels of one image to canvas coordinates; call `update` when the view changes."""

    def __init__(self, canvas: QgsMapCanvas, image: ImageRecord) -> None:
        self._canvas = canvas
        self.image = image
        self._crs = QgsCoordinateReferenceSystem.fromWkt(image.crs_wkt)
        self._map_crs: QgsCoordinateReferenceSystem | None = None
        self._to_map: QgsCoordinateTransform | None = None
        self._map_to_canvas = np.eye(2, 3)
        self._lattices: dict[Window, Points] = {}
        self.update()

    def update(self) -> None:
        """Take over the extent, rotation and CRS that the canvas has now."""
        settings = self._canvas.mapSettings()
        if self._map_crs is None or settings.destinationCrs() != self._map_crs:
            self._map_crs = settings.destinationCrs()
            transform = QgsCoordinateTransform(
                self._crs, self._map_crs, settings.transformContext()
            )
            self._to_map = None if transform.isShortCircuited() else transform
            self._lattices = {}
        self._map_to_canvas = _affine(self._canvas)

    def to_canvas(self, at: RowCol) -> tuple[float, float]:
        """Return the canvas position of a pixel position; NaN where there is none."""
        x, y = self._canvas_points(np.array([[at.col, at.row]], dtype=np.float64))[0]
        return float(x), float(y)

    def scale(self, around: QRectF) -> float:
        """Return canvas pixels per image pixel in the middle of a canvas rectangle."""
        middle = self._pixels(_grid_points(around, 2))[4]
        if not np.isfinite(middle).all():
            middle = np.array([self.image.width / 2, self.image.height / 2])
        col = min(max(middle[0], 0.5), self.image.width - 0.5)
        row = min(max(middle[1], 0.5), self.image.height - 0.5)
        corner = np.array([[col, row], [col + 0.5, row], [col, row + 0.5]])
        origin, right, down = self._canvas_points(corner)
        (a, b), (c, d) = (right - origin) * 2, (down - origin) * 2
        area = abs(a * d - b * c)
        return float(np.sqrt(area)) if np.isfinite(area) else 0.0

    def visible(self, area: QRectF) -> Window | None:
        """Return the pixels that may lie in a canvas rectangle, None if there are none."""
        whole = Window(0, 0, self.image.height, self.image.width)
        seen = self._pixels(_grid_points(area, 1 if self._to_map is None else PROBE_CELLS))
        if not np.isfinite(seen).all():
            return whole
        low, high = seen.min(axis=0), seen.max(axis=0)
        # Between the probed points a curved border bulges a little.
        margin = 1 if self._to_map is None else 2 + (high - low) / PROBE_CELLS
        left, top = np.floor(np.maximum(low - margin, -1)).astype(int)
        limit = np.array([self.image.width, self.image.height]) + 1
        right, bottom = np.ceil(np.minimum(high + margin, limit)).astype(int)
        return Window(top, left, max(bottom - top, 0), max(right - left, 0)).intersection(whole)

    def bounds(self, window: Window) -> QRectF:
        """Return a canvas rectangle around a window; empty where it cannot be placed."""
        mesh = self._mesh(window).reshape(-1, 2)
        mesh = mesh[np.isfinite(mesh).all(axis=1)]
        if not len(mesh):
            return QRectF()
        low, high = mesh.min(axis=0), mesh.max(axis=0)
        return QRectF(low[0], low[1], high[0] - low[0], high[1] - low[1])

    def outline(self, window: Window) -> Points:
        """Return the border of a window as (n, 2) canvas points; none where it has no place."""
        mesh = self._mesh(window)
        ring = np.concatenate([mesh[0, :-1], mesh[:-1, -1], mesh[-1, :0:-1], mesh[:0:-1, 0]])
        return ring if np.isfinite(ring).all() else ring[:0]

    def quads(self, windows: Points) -> Points:
        """Return the corners of many windows, clockwise from the upper left one.

        Args:
            windows: (N, 4) row, col, height, width in pixels of the image.

        Returns:
            (N, 4, 2) canvas points; NaN where a window has no place.
        """
        row, col, height, width = (windows[:, place] for place in range(4))
        corners = [(col, row), (col + width, row), (col + width, row + height), (col, row + height)]
        points = np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1)
        return self._canvas_points(points.reshape(-1, 2).astype(np.float64)).reshape(-1, 4, 2)

    def pieces(self, window: Window) -> list[tuple[QRectF, QTransform]]:
        """Return flat parts of a window: a part in 0…1 of it, and unit square → canvas.

        One part where the CRS of image and map are the same; more where the window is
        bent, so that each part lies within TOLERANCE_PX of where it belongs.
        """
        mesh = self._mesh(window)
        cells = _cells_needed(mesh)
        step = (len(mesh) - 1) // cells
        return [
            (QRectF(col / cells, row / cells, 1 / cells, 1 / cells), square)
            for row in range(cells)
            for col in range(cells)
            if (square := _unit_square(mesh, row * step, col * step, step)) is not None
        ]

    def _mesh(self, window: Window) -> Points:
        """Return (n + 1, n + 1, 2) canvas points of an even mesh over the window."""
        if self._to_map is None:
            return self._affine_points(self._map_points(_corners(window, 1))).reshape(2, 2, 2)
        lattice = self._lattices.get(window)
        if lattice is None:
            lattice = self._map_points(_corners(window, MESH_CELLS))
            if len(self._lattices) > 4096:  # noqa: PLR2004 - a bound, not a tuning knob
                self._lattices = {}
            self._lattices[window] = lattice
        return self._affine_points(lattice).reshape(MESH_CELLS + 1, MESH_CELLS + 1, 2)

    def _canvas_points(self, pixels: Points) -> Points:
        return self._affine_points(self._map_points(pixels))

    def _affine_points(self, points: Points) -> Points:
        return points @ self._map_to_canvas[:, :2].T + self._map_to_canvas[:, 2]

    def _map_points(self, pixels: Points) -> Points:
        geo = self.image.transform
        points = pixels * (geo.dx, geo.dy) + (geo.x0, geo.y0)
        return points if self._to_map is None else reproject(points, self._to_map)

    def _pixels(self, canvas_points: Points) -> Points:
        matrix, shift = self._map_to_canvas[:, :2], self._map_to_canvas[:, 2]
        points = (canvas_points - shift) @ np.linalg.inv(matrix).T
        if self._to_map is not None:
            points = reproject(points, self._to_map, Qgis.TransformDirection.Reverse)
        geo = self.image.transform
        return (points - (geo.x0, geo.y0)) / (geo.dx, geo.dy)


def _affine(canvas: QgsMapCanvas) -> Points:
    """Return the (2, 3) matrix from map to canvas coordinates, rotation included."""
    to_canvas = canvas.getCoordinateTransform()
    center, step = canvas.center(), canvas.mapUnitsPerPixel() * 100
    x, y = center.x(), center.y()
    at = [
        to_canvas.transform(QgsPointXY(*point)) for point in ((x, y), (x + step, y), (x, y + step))
    ]
    base = np.array([at[0].x(), at[0].y()])
    matrix = np.array([[at[1].x(), at[2].x()], [at[1].y(), at[2].y()]]) - base[:, None]
    matrix = matrix / step
    return np.column_stack([matrix, base - matrix @ (x, y)])


def _corners(window: Window, cells: int) -> Points:
    return _grid_points(QRectF(window.col, window.row, window.width, window.height), cells)


def _grid_points(area: QRectF, cells: int) -> Points:
    """Return ((cells + 1)², 2) points over a rectangle, row by row."""
    x = np.linspace(area.left(), area.right(), cells + 1)
    y = np.linspace(area.top(), area.bottom(), cells + 1)
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def _cells_needed(mesh: Points) -> int:
    """Return how many flat cells a side follow the mesh closely enough: 1, 2, 4, … ."""
    finest = len(mesh) - 1
    cells = 1
    while cells < finest and not _is_flat(mesh, finest // cells):
        cells *= 2
    return cells


def _is_flat(mesh: Points, step: int) -> bool:
    corner = mesh[::step, ::step]
    if not np.isfinite(corner).all():
        return False
    twist = corner[1:, 1:] - corner[:-1, 1:] - corner[1:, :-1] + corner[:-1, :-1]
    bulge = mesh[step // 2 :: step, step // 2 :: step] - (corner[1:, :-1] + corner[:-1, 1:]) / 2
    return bool(np.abs([twist, bulge]).max() <= TOLERANCE_PX)  # NaN: not flat


def _unit_square(mesh: Points, row: int, col: int, step: int) -> QTransform | None:
    origin, right, down = mesh[row, col], mesh[row, col + step], mesh[row + step, col]
    if not np.isfinite([origin, right, down]).all():
        return None
    across, along = right - origin, down - origin
    if max(abs(across[1]), abs(along[0])) < UPRIGHT_PX:
        across[1] = along[0] = 0.0  # rounding errors would cost Qt's fast way of drawing
    return QTransform(across[0], across[1], along[0], along[1], origin[0], origin[1])
