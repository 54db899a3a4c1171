"""The map tool that selects tiles: by clicks, and by drawing a box."""

from __future__ import annotations

from qgis.core import QgsPointXY, QgsWkbTypes
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool, QgsRubberBand
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QPoint, QRect, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QKeyEvent

DRAG_PX = 4  # less is a click by an unsteady hand
LINE, FILL = QColor(255, 255, 255, 230), QColor(255, 255, 255, 45)


class TagTool(QgsMapTool):
    """Left button selects; Shift adds to the selection, Ctrl adds or takes away.

    Points are in the map's CRS, boxes in pixels of the canvas. Panning (Space, middle button)
    and zooming (wheel) stay with QGIS.
    """

    clicked = pyqtSignal(QgsPointXY, bool, bool)  # where, whether it adds, whether it toggles
    boxed = pyqtSignal(QRect, bool, bool)
    opened = pyqtSignal(QgsPointXY)  # a double click
    cleared = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._start: QPoint | None = None
        self._band: QgsRubberBand | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def activate(self) -> None:
        """Take the mouse."""
        super().activate()
        # While a button is down the canvas gives keys to nobody but this signal.
        self._canvas.keyPressed.connect(self._press_key)

    def deactivate(self) -> None:
        """Give the mouse back."""
        self._forget()
        if not sip.isdeleted(self._canvas):
            self._canvas.keyPressed.disconnect(self._press_key)
        super().deactivate()

    def canvasPressEvent(self, event: QgsMapMouseEvent) -> None:
        """Begin a click or a box."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._start = event.pixelPoint()

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:
        """Draw the box."""
        if self._start is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        moved = event.pixelPoint() - self._start
        if self._band is not None or moved.manhattanLength() >= DRAG_PX:
            self._draw_band(self._box(event.pixelPoint()))

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:
        """Select what was clicked or boxed."""
        if event.button() != Qt.MouseButton.LeftButton or self._start is None:
            return
        adds = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        toggles = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        box = None if self._band is None else self._box(event.pixelPoint())
        self._forget()
        if box is None:
            self.clicked.emit(event.mapPoint(), adds, toggles)
        else:
            self.boxed.emit(box, adds, toggles)

    def canvasDoubleClickEvent(self, event: QgsMapMouseEvent) -> None:
        """Go to a tile."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(event.mapPoint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give up the selection with Escape."""
        if event.key() == Qt.Key.Key_Escape:
            event.accept()
            self.cleared.emit()
        else:
            event.ignore()

    def _press_key(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._forget()  # the box that is being drawn

    def _box(self, end: QPoint) -> QRect:
        return QRect(self._start, end).normalized()

    def _draw_band(self, box: QRect) -> None:
        if self._band is None:
            self._band = QgsRubberBand(self._canvas, QgsWkbTypes.GeometryType.PolygonGeometry)
            self._band.setStrokeColor(LINE)
            self._band.setFillColor(FILL)
            self._band.setWidth(2)
        self._band.setToCanvasRectangle(box)

    def _forget(self) -> None:
        self._start = None
        if self._band is not None and not sip.isdeleted(self._canvas):
            self._canvas.scene().removeItem(self._band)
        self._band = None
