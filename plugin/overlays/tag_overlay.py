"""The tags of the tiles of one image, drawn over the map: far away as cells, near by in detail."""

from __future__ import annotations

import time
from collections.abc import Iterable
from math import ceil

import numpy as np
from numpy.typing import NDArray
from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QPointF, QRectF, QTimer
from qgis.PyQt.QtGui import QImage, QPainter, QPainterPath, QPolygonF, QTransform
from qgis.PyQt.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from ...al_core.coords import Window
from ...al_core.legend import Legend
from ...al_core.project import ImageRecord, ProjectSettings
from .mosaic import BlockKey
from .placement import Placement
from .tag_detail import TagDetail
from .tag_mosaic import TagMosaic, color_table
from .tile_states import TileStates

Z_VALUE = 4.0  # below the painted labels
DETAIL_PX = 80  # tiles larger than this on screen are drawn with lines and letters
DRAW_IN_PAINT_S = 0.006
DRAW_LATER_S = 0.008
PAUSE_MS = 4  # between two bouts of drawing, for the mouse
MOST_BLOCKS = 160
AROUND = 0.12  # how much of the view is drawn beside it, for panning
PIXEL_FORMAT = QImage.Format.Format_ARGB32_Premultiplied
UNIT = QRectF(0, 0, 1, 1)


class TagOverlay(QgsMapCanvasItem):
    """Draws what the tiles of one image are tagged with, and which are selected."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self.setZValue(Z_VALUE)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption, enabled=True)
        self._canvas = canvas
        self._placement: Placement | None = None
        self._mosaic: TagMosaic | None = None
        self._detail: TagDetail | None = None
        self._bounds = QRectF()
        self._outline = QPainterPath()
        self._tile_px = 1.0
        self._seen: QImage | None = None  # the tiles of the view and around it
        self._seen_area = QRectF()
        self._loader = QTimer()
        self._loader.setSingleShot(True)
        self._loader.setInterval(PAUSE_MS)
        self._loader.timeout.connect(self._draw_later)

    def show_tiles(
        self, image: ImageRecord, settings: ProjectSettings, states: TileStates, legend: Legend
    ) -> None:
        """Show the tiles of an image as `states` has them, now and after each `refresh`."""
        grid = image.grid(settings.tile_size_px, settings.halo_px)
        self._placement = Placement(self._canvas, image)
        colors = color_table([entry.rgb for entry in legend])
        self._mosaic = TagMosaic(grid, image.first_tile, states, colors)
        self._detail = TagDetail(grid, image.first_tile, states, legend)
        self.updatePosition()

    def refresh(self, tiles: NDArray[np.int64]) -> None:
        """Draw tiles (by their place on the grid) again."""
        if self._mosaic is not None:
            self._mosaic.touch(tiles)
            self._redraw()

    def mark(self, marked: NDArray[np.bool_]) -> None:
        """Mark these tiles as selected: bool by place on the grid."""
        if self._mosaic is not None:
            self._mosaic.mark(marked)
            self._detail.mark(marked)
            self._redraw()

    def show_predictions(self, shown: bool) -> None:  # noqa: FBT001 - a switch
        """Draw predicted tags, or leave them out."""
        if self._mosaic is not None:
            self._mosaic.show_predictions(shown)
            self._detail.show_predictions(shown)
            self._redraw()

    def remove(self) -> None:
        """Take the overlay off the canvas for good."""
        self._loader.stop()
        self._mosaic = self._detail = self._seen = None
        if self.scene() is not None:
            self.scene().removeItem(self)

    def boundingRect(self) -> QRectF:
        """Return the canvas rectangle of the whole image."""
        return self._bounds

    def updatePosition(self) -> None:  # noqa: N802 - called by QGIS when the view changes
        """Follow the canvas to its new extent, rotation or CRS."""
        if self._mosaic is None:
            return
        self.prepareGeometryChange()
        self._placement.update()
        image = self._placement.image
        whole = Window(0, 0, image.height, image.width)
        self._bounds = self._placement.bounds(whole)
        self._outline = QPainterPath()
        ring = self._placement.outline(whole)
        self._outline.addPolygon(QPolygonF([QPointF(x, y) for x, y in ring.tolist()]))
        self._tile_px = self._placement.scale(self._view()) * self._detail.core_px
        self._redraw()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem | None = None,
        widget: QWidget | None = None,  # noqa: ARG002 - Qt's signature
    ) -> None:
        """Draw what is exposed; blocks that are not at hand come a little later."""
        if self._mosaic is None:
            return
        exposed = self._view() if option is None else option.exposedRect
        exposed = exposed.intersected(self._bounds)
        if exposed.isEmpty():
            return
        if self._seen is None or not self._seen_area.contains(exposed):
            self._see(exposed)
        painter.drawImage(self._seen_area.topLeft(), self._seen)

    def _see(self, exposed: QRectF) -> None:
        """Draw the view, and a little more for panning, into one picture."""
        view = self._view().united(exposed)
        margin = AROUND * max(view.width(), view.height())
        area = view.adjusted(-margin, -margin, margin, margin).intersected(self._bounds)
        self._seen_area = QRectF(area.toAlignedRect())
        ratio = self._canvas.devicePixelRatioF()
        size = self._seen_area.size() * ratio
        self._seen = QImage(ceil(size.width()), ceil(size.height()), PIXEL_FORMAT)
        self._seen.setDevicePixelRatio(ratio)
        self._seen.fill(0)
        painter = QPainter(self._seen)
        painter.translate(-self._seen_area.topLeft())
        if self._tile_px >= DETAIL_PX:
            self._detail.draw(painter, self._placement, self._seen_area, self._canvas.font())
        else:
            self._paint_blocks(painter)
        painter.end()

    def _paint_blocks(self, painter: QPainter) -> None:
        keys = self._keys()
        self._draw(keys, DRAW_IN_PAINT_S)
        if self._mosaic.stale(keys):
            self._loader.start()
        painter.setClipPath(self._outline)  # the last tiles of a row reach beyond the image
        base = painter.transform()
        for key in keys:
            self._paint_block(painter, key, base)
        self._mosaic.trim(MOST_BLOCKS, keys)

    def _paint_block(self, painter: QPainter, key: BlockKey, base: QTransform) -> None:
        pixels = self._mosaic.picture(key)
        if pixels is None:
            return
        height, width = pixels.shape
        picture = QImage(pixels.ctypes.data, width, height, 4 * width, PIXEL_FORMAT)
        to_source = QTransform.fromScale(width, height)
        for part, square in self._placement.pieces(self._mosaic.window(key)):
            painter.setTransform(square * base)
            painter.drawImage(UNIT, picture, to_source.mapRect(part))

    def _keys(self) -> list[BlockKey]:
        """Return the blocks of the part of the canvas that is drawn."""
        area = self._placement.visible(self._seen_area)
        cell = self._mosaic.cell_for(self._tile_px * self._canvas.devicePixelRatioF())
        return [] if area is None else self._mosaic.keys_in(cell, area)

    def _draw(self, keys: Iterable[BlockKey], budget_s: float) -> None:
        until = time.perf_counter() + budget_s
        for key in self._mosaic.stale(keys):
            self._mosaic.draw(key)
            if time.perf_counter() > until:
                break

    def _draw_later(self) -> None:
        if self._mosaic is None or self._tile_px >= DETAIL_PX:
            return
        keys = self._keys()
        self._draw(keys, DRAW_LATER_S)
        if self._mosaic.stale(keys):
            self._loader.start()  # the picture follows when all of them are there
        else:
            self._redraw()

    def _redraw(self) -> None:
        self._seen = None
        self.update()

    def _view(self) -> QRectF:
        """Return the canvas rectangle on screen; it slides while the user pans."""
        view = self._canvas.viewport().rect()
        return QRectF(self._canvas.mapToScene(view).boundingRect())
