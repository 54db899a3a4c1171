"""The map tool of the brush: the mouse becomes strokes."""

from __future__ import annotations

from qgis.core import QgsPointXY
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QEvent, QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeyEvent, QWheelEvent

WHEEL_STEP = 120  # what one notch of a mouse wheel reports


class PaintTool(QgsMapTool):
    """Left button paints, right button or Ctrl erases; points are in the map's CRS.

    Panning (Space, middle button) and zooming (wheel) stay with QGIS. A stroke that is under
    way when the tool is taken away ends there, so that nothing painted is lost.
    """

    stroke_started = pyqtSignal(QgsPointXY, bool)  # where, and whether it erases
    stroke_moved = pyqtSignal(QgsPointXY)
    stroke_finished = pyqtSignal()
    stroke_cancelled = pyqtSignal()
    hovered = pyqtSignal(QgsPointXY)
    left = pyqtSignal()  # the mouse is no longer over the map
    size_stepped = pyqtSignal(int)

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._button: Qt.MouseButton | None = None
        self._last = QgsPointXY()
        self._wheel = 0
        self.setCursor(Qt.CursorShape.CrossCursor)

    @property
    def is_painting(self) -> bool:
        """Whether a button is down and a stroke under way."""
        return self._button is not None

    def activate(self) -> None:
        """Take the mouse."""
        super().activate()
        # While a button is down the canvas gives keys to nobody but this signal.
        self._canvas.keyPressed.connect(self._press_key)
        self._canvas.viewport().installEventFilter(self)

    def deactivate(self) -> None:
        """Give the mouse back."""
        self._finish()
        if not sip.isdeleted(self._canvas):  # a canvas that goes takes its tool's mouse last
            self._canvas.keyPressed.disconnect(self._press_key)
            self._canvas.viewport().removeEventFilter(self)
        super().deactivate()

    def canvasPressEvent(self, event: QgsMapMouseEvent) -> None:
        """Start a stroke."""
        button = event.button()
        paints = button == Qt.MouseButton.LeftButton
        erases = button == Qt.MouseButton.RightButton
        if self.is_painting or not (paints or erases):
            return
        self._button = button
        self._last = event.mapPoint()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            erases = True
        self.stroke_started.emit(self._last, erases)

    def canvasDoubleClickEvent(self, event: QgsMapMouseEvent) -> None:
        """Start a stroke: the second of two quick dabs arrives as a double click."""
        self.canvasPressEvent(event)

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:
        """Go on with the stroke, or tell where the mouse is."""
        if self.is_painting and not event.buttons() & self._button:
            self._finish()  # the button went up where nobody told us
        if self.is_painting:
            self._extend(event.mapPoint())
        else:
            self.hovered.emit(event.mapPoint())

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:
        """End the stroke."""
        if self.is_painting and event.button() == self._button:
            self._extend(event.mapPoint())
            self._finish()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change the size of the brush with Shift; leave the rest to QGIS."""
        if not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            event.ignore()
            return
        event.accept()
        turned = event.angleDelta()
        self._wheel += turned.y() or turned.x()  # some systems turn Shift+wheel sideways
        steps = int(self._wheel / WHEEL_STEP)  # towards zero
        self._wheel -= steps * WHEEL_STEP
        if steps:
            self.size_stepped.emit(steps)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice that the mouse leaves the map."""
        if event.type() == QEvent.Type.Leave:
            self.left.emit()
        return super().eventFilter(watched, event)

    def _press_key(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_painting:
            self._button = None
            self.stroke_cancelled.emit()

    def _extend(self, point: QgsPointXY) -> None:
        if point != self._last:
            self._last = point
            self.stroke_moved.emit(point)

    def _finish(self) -> None:
        if self.is_painting:
            self._button = None
            self.stroke_finished.emit()
