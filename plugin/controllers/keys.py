"""The keys of the work: actions with shortcuts, which the user may change in QGIS's settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import QAction, QMainWindow, QWidget

from ...al_core.legend import UNSURE
from ..maptools.shortcuts import ShortcutFilter
from ..messages import tr
from .labelling import LabellingController
from .map_view import MapController
from .queue import QueueController
from .tagging import TaggingController

DIGITS = 9


class Keys(QObject):
    """Owns the actions; filters serve them, each while its keys have a meaning.

    N, P and U work whenever a project is open; what a tool does works while it is in the
    hand, so that digits and Ctrl+Z mean for everybody else what they always did. The keys of
    tags work in the gallery, too, whatever tool the map has; Enter and the like only there
    and on the map, because lists and buttons have a use for them.
    """

    def __init__(
        self,
        window: QMainWindow,
        labelling: LabellingController,
        queue: QueueController,
        map_view: MapController,
        tagging: TaggingController,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._project_keys = ShortcutFilter(window)
        self._brush_keys = ShortcutFilter(window)
        self._tag_keys = ShortcutFilter(window)  # asked first: the one that came last
        self._tile_keys = ShortcutFilter(window)
        self._galleries: list[QWidget] = []
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
        self._add_tag_keys(tagging)

    def set_project(self, is_open: bool) -> None:  # noqa: FBT001 - a switch
        """Serve the keys of an open project, or leave them alone."""
        self._project_keys.set_active(is_open)

    def set_painting(self, painting: bool) -> None:  # noqa: FBT001 - a switch
        """Serve the keys of the brush, or leave them alone."""
        self._brush_keys.set_active(painting)

    def set_tagging(self, canvas: QWidget | None) -> None:
        """Serve the keys of tags while the tag tool is on this canvas; None when it is not."""
        self._tag_keys.set_active(canvas is not None)
        self._tile_keys.set_surfaces([*self._galleries, *([canvas] if canvas else [])])

    def watch(self, window: QWidget) -> None:
        """Serve the keys in another window too: a dock that floats is one."""
        for keys in self._filters():
            keys.watch(window)

    def watch_gallery(self, gallery: QWidget) -> None:
        """Serve the keys of tags wherever this widget has the focus."""
        self._galleries.append(gallery)
        self._tag_keys.set_surfaces(self._galleries)
        self._tile_keys.set_surfaces(self._galleries)
        self.watch(gallery)

    def unload(self) -> None:
        """Stop listening and remove the actions."""
        for keys in self._filters():
            keys.remove()
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

    def _add_tag_keys(self, tagging: TaggingController) -> None:
        tags, tiles = self._tag_keys, self._tile_keys
        for digit in range(1, DIGITS + 1):
            self._add(
                tags,
                tr("Tag with class {digit}").format(digit=digit),
                [str(digit)],
                partial(tagging.tag, digit - 1),
                "Tag",
            )
            self._add(
                tags,
                tr("Class {digit}: cannot tell").format(digit=digit),
                [f"Alt+{digit}"],
                partial(tagging.doubt, digit - 1),
                "Tag",
            )
        for text, keys, do in (
            (tr("Tags: cannot tell"), ["F"], tagging.mark_unsure),
            (tr("Tags: none of the classes"), ["X"], tagging.mark_none),
            (tr("Undo tags"), ["Ctrl+Z"], tagging.undo),
            (tr("Redo tags"), ["Ctrl+Shift+Z", "Ctrl+Y"], tagging.redo),
        ):
            self._add(tags, text, keys, do, "Tag")
        confirm = ["Return", "Enter", "Ctrl+Space"]
        action = self._add(tiles, tr("Confirm predicted tags"), confirm, tagging.confirm, "Tag")
        action.setAutoRepeat(False)  # a key that is held must not confirm what nobody has seen
        take_off = ["0", "Backspace", "Del"]
        self._add(tiles, tr("Take tags off"), take_off, tagging.take_off, "Tag")

    def _filters(self) -> tuple[ShortcutFilter, ...]:
        return self._tile_keys, self._tag_keys, self._brush_keys, self._project_keys

    def _add(
        self,
        served_by: ShortcutFilter,
        text: str,
        keys: list[str],
        do: Callable[[], None],
        mode: str = "",
    ) -> QAction:
        action = QAction(tr("LandLoop: {action}").format(action=text), self._window)
        action.setObjectName(f"LandLoop{mode}" + keys[0].replace("+", ""))
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda _checked: do())
        served_by.add(action)
        self._window.addAction(action)
        self.actions.append(action)
        return action
