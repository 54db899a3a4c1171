"""Where in a tile to paint first: the outlines of a few windows over the map."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPen, QPolygonF
from qgis.PyQt.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ...al_core.coords import Window
from ...al_core.project import ImageRecord
from .placement import Placement

Z_VALUE = 8.0  # above the painted labels, below the brush
CASING_PX, LINE_PX = 4.0, 2.0
COLOR = QColor("#00e5ff")  # of no class: neither land nor water is so bright
CASING = QColor(0, 0, 0, 190)
MARGIN_PX = 4.0


class RegionHint(QgsMapCanvasItem):
    """Outlines windows of one image, crisp at any scale, in any CRS and at any rotation."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self.setZValue(Z_VALUE)
        self._canvas = canvas
        self._placement: Placement | None = None
        self._windows: tuple[Window, ...] = ()
        self._outlines: tuple[QPolygonF, ...] = ()
        self._bounds = QRectF()
        self.hide()

    @property
    def windows(self) -> tuple[Window, ...]:
        """The windows that are outlined, best first."""
        return self._windows

    def show_windows(self, image: ImageRecord, windows: Sequence[Window]) -> None:
        """Outline these windows of an image and no others."""
        if self._placement is None or self._placement.image is not image:
            self._placement = Placement(self._canvas, image)
        self._windows = tuple(windows)
        self.updatePosition()
        self.setVisible(bool(self._windows))

    def clear(self) -> None:
        """Outline nothing."""
        self._windows = ()
        self.hide()

    def remove(self) -> None:
        """Take the outlines off the canvas for good."""
        if self.scene() is not None:
            self.scene().removeItem(self)

    def boundingRect(self) -> QRectF:
        """Return the canvas rectangle around all outlines."""
        return self._bounds

    def updatePosition(self) -> None:  # noqa: N802 - called by QGIS when the view changes
        """Follow the canvas to its new extent, rotation or CRS."""
        if self._placement is None:
            return
        self.prepareGeometryChange()
        self._placement.update()
        rings = [self._placement.outline(window) for window in self._windows]
        self._outlines = tuple(
            QPolygonF([QPointF(x, y) for x, y in ring.tolist()]) for ring in rings if len(ring)
        )
        around = QRectF()
        for outline in self._outlines:
            around = around.united(outline.boundingRect())
        self._bounds = around.adjusted(-MARGIN_PX, -MARGIN_PX, MARGIN_PX, MARGIN_PX)
        self.update()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem | None = None,  # noqa: ARG002 - Qt's signature
        widget: QWidget | None = None,  # noqa: ARG002
    ) -> None:
        """Draw a bright line on a dark one; the best window's is whole, the others' dashed."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for rank, outline in enumerate(self._outlines):
            style = Qt.PenStyle.DashLine if rank else Qt.PenStyle.SolidLine
            for color, width, dash in (
                (CASING, CASING_PX, Qt.PenStyle.SolidLine),
                (COLOR, LINE_PX, style),
            ):
                pen = QPen(color, width, dash)
                pen.setCosmetic(True)
                pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
                painter.setPen(pen)
                painter.drawPolygon(outline)
