"""A small QGIS for the benchmarks: a window, a map, and what the plugin asks QGIS for."""

import importlib.util
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from qgis.core import QgsApplication, QgsProject
from qgis.gui import QgsLayerTreeMapCanvasBridge, QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import QEvent, QObject, QPointF, QSettings, Qt, QTimer
from qgis.PyQt.QtGui import QColor, QImage, QMouseEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAction, QDockWidget, QMainWindow, QToolBar, QVBoxLayout, QWidget

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "landloop"
HEARTBEAT_MS = 5


def start_qgis(profile: Path) -> QgsApplication:
    """Start QGIS without its desktop; settings go into `profile`, not into the user's."""
    profile.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(profile)  # Qt would make one in /tmp and leave it there
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(profile))
    app = QgsApplication([], True, str(profile))  # noqa: FBT003 - Qt
    app.initQgis()
    return app


def load_plugin(desk: "Desk") -> object:
    """Load the plugin as QGIS does: import, classFactory, initGui."""
    spec = importlib.util.spec_from_file_location(
        PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[PACKAGE])
    plugin = sys.modules[PACKAGE].classFactory(Interface(desk))
    plugin.initGui()
    return plugin


class Canvas(QgsMapCanvas):
    """A map that notes when it was painted last."""

    painted_at = 0.0

    def paintEvent(self, event: QEvent) -> None:
        """Paint the map, then look at the clock."""
        super().paintEvent(event)
        self.painted_at = time.perf_counter()


class Desk:
    """The window with the map, and the analyst's hand and eye."""

    def __init__(self) -> None:
        self.window = QMainWindow()
        self.toolbar = QToolBar(self.window)
        self.window.addToolBar(self.toolbar)
        middle = QWidget(self.window)
        self.canvas = Canvas(middle)
        self.bar = QgsMessageBar(middle)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.bar)
        column.addWidget(self.canvas, 1)
        self.window.setCentralWidget(middle)
        root = QgsProject.instance().layerTreeRoot()
        self.bridge = QgsLayerTreeMapCanvasBridge(root, self.canvas)
        self.window.resize(1500, 950)
        self.window.show()
        QTest.qWaitForWindowExposed(self.window)

    def close(self) -> None:
        """Close the window and let what was to be deleted later go."""
        QgsProject.instance().clear()
        self.window.close()
        self.window.deleteLater()
        QgsApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def press(self, x: int, y: int) -> None:
        """Press the left button on the map."""
        self._send(QEvent.Type.MouseButtonPress, x, y, Qt.MouseButton.LeftButton)

    def move(self, x: int, y: int) -> float:
        """Move the mouse on; return the seconds until the map has been painted after it."""
        started = time.perf_counter()
        self._send(QEvent.Type.MouseMove, x, y, Qt.MouseButton.NoButton)
        return self.until_painted(started)

    def release(self, x: int, y: int) -> float:
        """Release the button; return the seconds that it keeps the window."""
        started = time.perf_counter()
        self._send(QEvent.Type.MouseButtonRelease, x, y, Qt.MouseButton.LeftButton)
        return time.perf_counter() - started

    def until_painted(self, started: float) -> float:
        """Wait until the map is painted; return the seconds since `started`."""
        self.wait(lambda: self.canvas.painted_at > started)
        return self.canvas.painted_at - started

    def wait(self, question: Callable[[], bool], limit_s: float = 60) -> None:
        """Let the window live until question() is true."""
        end = time.monotonic() + limit_s
        while not question():
            QgsApplication.processEvents()
            if time.monotonic() > end:
                raise TimeoutError(f"waited {limit_s} s in vain")

    def redraw(self, change: Callable[[], object]) -> tuple[float, float]:
        """Change what the map shows; return the seconds of the call, and until it is drawn."""
        drawn: list[None] = []
        notice = partial(drawn.append, None)
        self.canvas.mapCanvasRefreshed.connect(notice)
        started = time.perf_counter()
        change()
        called = time.perf_counter() - started
        self.wait(lambda: bool(drawn))
        self.canvas.mapCanvasRefreshed.disconnect(notice)
        return called, time.perf_counter() - started

    def picture(self) -> QImage:
        """Return what the screen itself shows of the map."""
        corner = self.canvas.mapTo(self.window, self.canvas.viewport().pos())
        size = self.canvas.viewport().size()
        screen = self.window.screen()
        place = (corner.x(), corner.y(), size.width(), size.height())
        return screen.grabWindow(int(self.window.winId()), *place).toImage()

    def color(self, x: int, y: int) -> QColor:
        """Return the colour of one pixel of the map on the screen."""
        corner = self.canvas.mapTo(self.window, self.canvas.viewport().pos())
        place = (corner.x() + x, corner.y() + y, 1, 1)
        pixel = self.window.screen().grabWindow(int(self.window.winId()), *place).toImage()
        return pixel.pixelColor(0, 0)

    def _send(self, kind: QEvent.Type, x: int, y: int, button: Qt.MouseButton) -> None:
        viewport, at = self.canvas.viewport(), QPointF(x, y)
        ended = kind == QEvent.Type.MouseButtonRelease
        held = Qt.MouseButton.NoButton if ended else Qt.MouseButton.LeftButton
        there = QPointF(viewport.mapToGlobal(at.toPoint()))
        event = QMouseEvent(kind, at, there, button, held, Qt.KeyboardModifier.NoModifier)
        QgsApplication.sendEvent(viewport, event)


class Interface:
    """The part of QgisInterface that the plugin uses."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def mainWindow(self) -> QMainWindow:  # noqa: N802
        """Return the window."""
        return self._desk.window

    def mapCanvas(self) -> QgsMapCanvas:  # noqa: N802
        """Return the map."""
        return self._desk.canvas

    def messageBar(self) -> QgsMessageBar:  # noqa: N802
        """Return the bar for messages."""
        return self._desk.bar

    def addRasterToolBarIcon(self, action: QAction) -> None:  # noqa: N802
        """Show an action in the tool bar."""
        self._desk.toolbar.addAction(action)

    def removeRasterToolBarIcon(self, action: QAction) -> None:  # noqa: N802
        """Take it away again."""
        self._desk.toolbar.removeAction(action)

    def addPluginToRasterMenu(self, _name: str, action: QAction) -> None:  # noqa: N802
        """Show an action in a menu."""
        self._desk.window.menuBar().addAction(action)

    def removePluginRasterMenu(self, _name: str, action: QAction) -> None:  # noqa: N802
        """Take it away again."""
        self._desk.window.menuBar().removeAction(action)

    def addDockWidget(self, area: Qt.DockWidgetArea, dock: QDockWidget) -> None:  # noqa: N802
        """Put a dock beside the map."""
        self._desk.window.addDockWidget(area, dock)

    def removeDockWidget(self, dock: QDockWidget) -> None:  # noqa: N802
        """Take it away again."""
        self._desk.window.removeDockWidget(dock)

    def registerMainWindowAction(self, _action: QAction, _key: str) -> bool:  # noqa: N802
        """List an action among QGIS's shortcuts: there is no such list here."""
        return True

    def unregisterMainWindowAction(self, _action: QAction) -> bool:  # noqa: N802
        """Forget it again."""
        return True


class Heartbeat(QObject):
    """Beats on the main thread; a long gap is a time when the window hung."""

    def __init__(self) -> None:
        super().__init__()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(HEARTBEAT_MS)
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.excuse()
        self.longest_s = 0.0

    def excuse(self) -> None:
        """Leave out the time since the last beat: the benchmark itself took it."""
        self._last = time.perf_counter()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest_s = max(self.longest_s, now - self._last)
        self._last = now


class PaintWatch(QObject):
    """Notices that a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.seen = False
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look out for paint events."""
        self.seen = self.seen or event.type() == QEvent.Type.Paint
        return super().eventFilter(watched, event)
