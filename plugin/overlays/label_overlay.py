"""The labels of one image, drawn over the map from memory while they are painted."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator

import numpy as np
from qgis.core import Qgis
from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QRectF, QTimer
from qgis.PyQt.QtGui import QColor, QImage, QPainter, QTransform
from qgis.PyQt.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from ...al_core.coords import Window
from ...al_core.errors import AlCoreError
from ...al_core.legend import UNSURE, Legend
from ...al_core.project import ImageRecord, PaintSurface
from ..messages import log
from .mosaic import EDGE, HATCH, BlockKey, Colors, Mosaic
from .placement import Placement

Z_VALUE = 5.0  # above the map, below the brush and the rubber bands of QGIS's own tools
DEFAULT_OPACITY = 0.55
REFRESH_S = 0.008  # a stroke across hundreds of tiles, seen from far away, takes longer
LOAD_IN_PAINT_S = 0.004  # so that a few tiles are there at once
LOAD_LATER_S = 0.006
PAUSE_MS = 4  # between two bouts of loading, for the mouse
BORDER_STRENGTH = 2.5  # how much of the map shines through the border of what is painted
MEMORY_BYTES = 128 * 2**20
UNSURE_COLOR, HATCH_COLOR = "#f0f0f0", "#323232"
STRIP_PX = 64
PIXEL_FORMAT = QImage.Format.Format_ARGB32_Premultiplied  # what Qt draws fastest
UNIT = QRectF(0, 0, 1, 1)

Pieces = list[tuple[QRectF, QTransform]]


class LabelOverlay(QgsMapCanvasItem):
    """Draws the labels of one image; shows a painted segment without redrawing the map."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self.setZValue(Z_VALUE)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption, enabled=True)
        self._canvas = canvas
        self._surface: PaintSurface | None = None
        self._legend: Legend | None = None
        self._placement: Placement | None = None
        self._mosaic: Mosaic | None = None
        self._opacity = DEFAULT_OPACITY
        self._level = 0
        self._bounds = QRectF()
        self._pictures: dict[BlockKey, QImage] = {}
        self._pieces: dict[BlockKey, Pieces] = {}
        self._readable = True
        self._loader = QTimer()
        self._loader.setSingleShot(True)
        self._loader.setInterval(PAUSE_MS)
        self._loader.timeout.connect(self._load_later)

    def show(
        self,
        surface: PaintSurface,
        image: ImageRecord,
        legend: Legend,
        labelled: Iterable[int],
    ) -> None:
        """Show the labels of an image; `labelled` are its tiles that have any."""
        self._surface = surface
        self._legend = legend
        self._placement = Placement(self._canvas, image)
        self._mosaic = Mosaic(surface.grid, labelled, _color_table(legend, self._opacity))
        self._pictures = {}
        self._readable = True
        self.updatePosition()

    def refresh(self, dirty: Iterable[tuple[int, Window]]) -> None:
        """Draw windows of tiles (local index, window in the core) again, and only those."""
        if self._mosaic is None:
            return
        until = time.perf_counter() + REFRESH_S
        changed: Window | None = None
        for tile, window in dirty:
            self._mosaic.add(tile)
            if time.perf_counter() < until:
                self._mosaic.draw(tile, self._surface.tile(tile), self._level, window)
                self._mosaic.touch(tile, besides=self._level)
            else:
                self._mosaic.touch(tile)  # the paint event and the loader do the rest
            core = self._surface.grid.core(tile)
            area = window.relative_to(Window(-core.row, -core.col, 0, 0))
            changed = area if changed is None else _around(changed, area)
        if changed is not None:
            shown = self._placement.bounds(changed.grown(1 << self._level))
            self.update(shown.adjusted(-1, -1, 1, 1))

    def reload(self, indices: Iterable[int]) -> None:
        """Read whole tiles again."""
        if self._mosaic is None:
            return
        self._readable = True
        for tile in indices:
            self._mosaic.add(tile)
            self._mosaic.touch(tile)
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Set the opacity of the labels, 0 to 1."""
        self._opacity = opacity
        if self._mosaic is not None:
            self._mosaic.colors = _color_table(self._legend, opacity)
            self.update()

    def set_visible(self, visible: bool) -> None:  # noqa: FBT001 - a switch
        """Show or hide the labels."""
        self.setVisible(visible)

    def remove(self) -> None:
        """Take the overlay off the canvas for good."""
        self._loader.stop()
        self._mosaic = None
        self._surface = None
        self._pictures = {}
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
        self._bounds = self._placement.bounds(Window(0, 0, image.height, image.width))
        screen_px = self._placement.scale(self._view()) * self._canvas.devicePixelRatioF()
        self._level = self._mosaic.level_for(screen_px)
        self._pieces = {}
        self.update()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem | None = None,
        widget: QWidget | None = None,  # noqa: ARG002 - Qt's signature
    ) -> None:
        """Draw what is exposed; tiles that are not at hand come a little later."""
        if self._mosaic is None:
            return
        exposed = self._view() if option is None else option.exposedRect
        keys = self._keys(exposed)
        self._load(keys, LOAD_IN_PAINT_S)
        if self._readable and self._mosaic.stale(keys):
            self._loader.start()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
        for strip in _strips(exposed):
            painter.setClipRect(strip)
            for key in keys:
                self._draw(painter, key, strip)
        painter.setClipping(False)
        for key in self._mosaic.trim(MEMORY_BYTES, keys):
            self._pictures.pop(key, None)

    def _draw(self, painter: QPainter, key: BlockKey, exposed: QRectF) -> None:
        picture = self._picture(key)
        to_source = QTransform.fromScale(picture.width(), picture.height())
        base = painter.transform()
        for part, square in self._flat_pieces(key):
            if square.mapRect(UNIT).intersects(exposed):
                painter.setTransform(square * base)
                painter.drawImage(UNIT, picture, to_source.mapRect(part))
        painter.setTransform(base)

    def _picture(self, key: BlockKey) -> QImage:
        pixels = self._mosaic.block(key).pixels
        picture = self._pictures.get(key)
        if picture is None:
            height, width = pixels.shape
            # The address, not the buffer: Qt would copy what it takes for constant. The
            # mosaic holds the array for as long as the picture is kept.
            picture = QImage(pixels.ctypes.data, width, height, 4 * width, PIXEL_FORMAT)
            self._pictures[key] = picture
        return picture

    def _flat_pieces(self, key: BlockKey) -> Pieces:
        pieces = self._pieces.get(key)
        if pieces is None:
            pieces = self._placement.pieces(self._mosaic.window(key))
            self._pieces[key] = pieces
        return pieces

    def _keys(self, exposed: QRectF) -> list[BlockKey]:
        area = self._placement.visible(exposed)
        return [] if area is None else self._mosaic.keys_in(self._level, area)

    def _load(self, keys: Iterable[BlockKey], budget_s: float) -> list[int]:
        """Bring stale tiles up to date until the time is used up; return which."""
        until = time.perf_counter() + budget_s
        done: list[int] = []
        if not self._readable:
            return done
        try:
            for tile in self._mosaic.stale(keys):
                self._mosaic.draw(tile, self._surface.tile(tile), self._level)
                done.append(tile)
                if time.perf_counter() > until:
                    break
        except AlCoreError as error:  # nobody above can show it: this is a paint event
            self._readable = False
            log(str(error), Qgis.MessageLevel.Warning)
        return done

    def _load_later(self) -> None:
        if self._mosaic is None:
            return
        keys = self._keys(self._view())
        done = self._load(keys, LOAD_LATER_S)
        changed = QRectF()
        for key in {self._mosaic.key(self._level, tile) for tile in done}:
            changed = changed.united(self._placement.bounds(self._mosaic.window(key)))
        self.update(changed)
        if self._readable and self._mosaic.stale(keys):
            self._loader.start()

    def _view(self) -> QRectF:
        """Return the canvas rectangle on screen; it slides while the user pans."""
        view = self._canvas.viewport().rect()
        return QRectF(self._canvas.mapToScene(view).boundingRect())


def _strips(exposed: QRectF) -> Iterator[QRectF]:
    """Cut a rectangle into low ones, which Qt draws in this thread.

    It would hand parts of a high one to threads that wait their turn while training runs.
    """
    top, bottom = math.floor(exposed.top()), math.ceil(exposed.bottom())
    for start in range(top, bottom, STRIP_PX):
        height = min(STRIP_PX, bottom - start)
        yield QRectF(exposed.left(), start, exposed.width(), height)


def _around(one: Window, other: Window) -> Window:
    """Return the smallest window that holds both."""
    row, col = min(one.row, other.row), min(one.col, other.col)
    bottom = max(one.row + one.height, other.row + other.height)
    right = max(one.col + one.width, other.col + other.width)
    return Window(row, col, bottom - row, right - col)


def _color_table(legend: Legend, opacity: float) -> Colors:
    """Return 256 colours: the classes, their borders, unsure, and nothing for the rest."""
    table = np.zeros(256, dtype=np.uint32)
    firmer = 1 - (1 - opacity) ** BORDER_STRENGTH
    for index, entry in enumerate(legend):
        table[index] = _premultiplied(QColor(entry.color), opacity)
        table[index + EDGE] = _premultiplied(QColor(entry.color), firmer)
    table[UNSURE] = _premultiplied(QColor(UNSURE_COLOR), opacity)
    table[HATCH] = _premultiplied(QColor(HATCH_COLOR), opacity)
    return table


def _premultiplied(color: QColor, alpha: float) -> int:
    red, green, blue = (round(part * alpha) for part in (color.red(), color.green(), color.blue()))
    return round(255 * alpha) << 24 | red << 16 | green << 8 | blue
