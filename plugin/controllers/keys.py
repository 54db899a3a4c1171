"""The keys of the work: actions with shortcuts, which the user may change in QGIS's settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import QAction, QMainWindow

from ...al_core.legend import UNSURE
from ..maptools.shortcuts import ShortcutFilter
from ..messages import tr
from .labelling import LabellingController
from .map_view import MapController
from .queue import QueueController

DIGITS = 9


class Keys(QObject):
    """Owns the actions; two filters serve them: one while a project is open, one while painting.

    N, P and U work whenever a project is open; what the brush does works while it is in the
    hand, so that digits and Ctrl+Z mean for everybody else what they always did.
    """

    def __init__(
        self,
        window: QMainWindow,
        labelling: LabellingController,
        queue: QueueController,
        map_view: MapController,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._project_keys = ShortcutFilter(window)
        self._brush_keys = ShortcutFilter(window)
        self.actions: list[QAction] = []
        self._add(self._project_keys, tr("Next tile"), ["N"], queue.next)
        self._add(self._project_keys, tr("Previous tile"), ["Shift+N"], queue.previous)
        self._add(
            self._project_keys, tr("Show prediction"), ["P"], partial(map_view.toggle, "prediction")
        )
        self._add(
            self._project_keys,
            tr("Show uncertainty"),
            ["U"],
            partial(map_view.toggle, "uncertainty"),
        )
        self._add_brush_keys(labelling)

    def set_project(self, is_open: bool) -> None:  # noqa: FBT001 - a switch
        """Serve the keys of an open project, or leave them alone."""
        self._project_keys.set_active(is_open)

    def set_painting(self, painting: bool) -> None:  # noqa: FBT001 - a switch
        """Serve the keys of the brush, or leave them alone."""
        self._brush_keys.set_active(painting)

    def watch(self, window: QObject) -> None:
        """Serve the keys in another window too: a dock that floats is one."""
        self._project_keys.watch(window)
        self._brush_keys.watch(window)

    def unload(self) -> None:
        """Stop listening and remove the actions."""
        self._brush_keys.remove()
        self._project_keys.remove()
        for action in self.actions:
            self._window.removeAction(action)
            action.deleteLater()
        self.actions = []

    def _add_brush_keys(self, labelling: LabellingController) -> None:
        brush = self._brush_keys
        for digit in range(1, DIGITS + 1):
            text = tr("Paint class {digit}").format(digit=digit)
            self._add(brush, text, [str(digit)], partial(labelling.choose_label, digit - 1))
        self._add(brush, tr("Brush"), ["B"], labelling.choose_brush)
        self._add(brush, tr("Eraser"), ["E"], labelling.choose_eraser)
        self._add(brush, tr("Unsure"), ["F"], partial(labelling.choose_label, UNSURE))
        self._add(brush, tr("Smaller brush"), ["["], partial(labelling.step_size, -1))
        self._add(brush, tr("Larger brush"), ["]"], partial(labelling.step_size, 1))
        self._add(brush, tr("Undo stroke"), ["Ctrl+Z"], labelling.undo)
        self._add(brush, tr("Redo stroke"), ["Ctrl+Shift+Z", "Ctrl+Y"], labelling.redo)

    def _add(
        self, served_by: ShortcutFilter, text: str, keys: list[str], do: Callable[[], None]
    ) -> None:
        action = QAction(tr("LandLoop: {action}").format(action=text), self._window)
        action.setObjectName("LandLoop" + keys[0].replace("+", ""))
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda _checked: do())
        served_by.add(action)
        self._window.addAction(action)
        self.actions.append(action)
