"""Real mouse and key events on a real screen, and eyes on it: xdotool and ImageMagick."""

import subprocess
import threading
import time

from qgis.PyQt.QtCore import QObject, QPoint, pyqtSignal
from qgis.PyQt.QtWidgets import QScrollArea


class MainThread(QObject):
    """Runs functions on QGIS's main thread for a caller in another thread."""

    _asked = pyqtSignal(object)

    def __init__(self):
        super().__init__()
        self._asked.connect(self._answer)

    def ask(self, function, timeout_s=60):
        """Return function() as evaluated on the main thread."""
        box, done = {}, threading.Event()
        self._asked.emit((function, box, done))
        if not done.wait(timeout_s):
            raise TimeoutError("the main thread does not answer")
        if "error" in box:
            raise box["error"]
        return box["value"]

    def _answer(self, question):
        function, box, done = question
        try:
            box["value"] = function()
        except Exception as error:  # noqa: BLE001 - handed to the thread that asked
            box["error"] = error
        done.set()


class Hands:
    """Moves the mouse and presses keys as a person would."""

    def __init__(self, main):
        self._main = main

    def click(self, find_widget, position=None, button=1, times=1):
        """Scroll to a widget and click on its middle, or at a position inside it."""
        self._main.ask(lambda: reveal(find_widget()))
        time.sleep(0.1)
        point = self._main.ask(lambda: on_screen(find_widget(), position))
        self._xdotool("mousemove", point[0], point[1], "click", "--repeat", times, button)
        time.sleep(0.2)

    def drag(self, points, button=1):
        """Press at the first screen point, follow the others, release at the last."""
        steps = ["mousemove", *points[0], "mousedown", button]
        for x, y in points[1:]:
            steps += ["mousemove", x, y, "sleep", "0.004"]
        self._xdotool(*steps, "mouseup", button)

    def key(self, *names):
        """Press keys, such as "n", "ctrl+z" or "Return"."""
        self._xdotool("key", "--clearmodifiers", *names)
        time.sleep(0.15)

    def type(self, text):
        """Type text into whatever has the focus."""
        self._xdotool("type", "--delay", 5, text)
        time.sleep(0.2)

    def _xdotool(self, *arguments):
        subprocess.run(["xdotool", *map(str, arguments)], check=True)


def reveal(widget):
    """Scroll whatever holds a widget until it can be seen."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()


def on_screen(widget, position=None):
    """Return a widget's middle, or a position inside it, as screen coordinates."""
    point = widget.rect().center() if position is None else QPoint(*position)
    place = widget.mapToGlobal(point)
    return place.x(), place.y()


def photograph(path):
    """Save a picture of the whole screen."""
    subprocess.run(["import", "-window", "root", str(path)], check=True)


def wait_until(question, timeout_s=60, pause_s=0.1):
    """Wait until question() is true.

    Raises:
        TimeoutError: It stayed false.
    """
    end = time.monotonic() + timeout_s
    while not question():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {timeout_s} s in vain for {question}")
        time.sleep(pause_s)
