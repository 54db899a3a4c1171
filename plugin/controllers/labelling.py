"""Painting: strokes of the map tool become pixels, journal entries and news for the engine."""

from __future__ import annotations

import getpass
from dataclasses import dataclass, replace

import numpy as np
from qgis.core import QgsPointXY, QgsProject
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...al_core.coords import RowCol, Window
from ...al_core.errors import AlCoreError
from ...al_core.legend import UNLABELLED, UNSURE
from ...al_core.project import PaintSurface, Patch, Stroke
from ..bridge import ImageFrame
from ..maptools.paint_tool import PaintTool
from ..overlays.brush_cursor import BrushCursor
from ..overlays.label_overlay import LabelOverlay
from .session import Session

MIN_SIZE_PX = 1
MAX_SIZE_PX = 1000


@dataclass(frozen=True)
class PaintState:
    """What the brush does next; `label` is a class index or UNSURE."""

    label: int = 0
    eraser: bool = False
    size_px: int = 12
    can_undo: bool = False
    can_redo: bool = False


class LabellingController(QObject):
    """Connects the paint tool, the paint surfaces, the journal and the overlays."""

    state_changed = pyqtSignal(object)  # PaintState
    failed = pyqtSignal(object)  # AlCoreError

    def __init__(
        self, session: Session, canvas: QgsMapCanvas, tool: PaintTool, size_px: int
    ) -> None:
        super().__init__()
        self._session = session
        self._canvas = canvas
        self._tool = tool
        self._state = PaintState(size_px=size_px)
        self._frames: list[ImageFrame] = []
        self._overlays: dict[int, LabelOverlay] = {}
        self._cursor: BrushCursor | None = None
        self._frame: ImageFrame | None = None
        self._last = RowCol(0, 0)
        self._label = 0  # of the stroke under way
        self._class = 0  # chosen last
        tool.stroke_started.connect(self._start)
        tool.stroke_moved.connect(self._extend)
        tool.stroke_finished.connect(self._finish)
        tool.stroke_cancelled.connect(self._cancel)
        tool.hovered.connect(self._hover)
        tool.size_stepped.connect(self.step_size)
        tool.left.connect(self._hide_cursor)
        tool.deactivated.connect(self._hide_cursor)
        canvas.destinationCrsChanged.connect(self._place_frames)
        session.opened.connect(self._open)
        session.closed.connect(self._close)

    @property
    def state(self) -> PaintState:
        """What the brush does next."""
        return self._state

    def choose_label(self, label: int) -> None:
        """Paint with this class index, or with UNSURE, from now on."""
        if not self._session.is_open:
            return
        if 0 <= label < len(self._session.project.legend):
            self._class = label
        elif label != UNSURE:
            return
        self._change(label=label, eraser=False)

    def choose_eraser(self) -> None:
        """Erase from now on."""
        self._change(eraser=True)

    def choose_brush(self, *_: object) -> None:
        """Paint with the class chosen last from now on."""
        self._change(label=self._class, eraser=False)

    def set_size(self, size_px: int) -> None:
        """Set the diameter of the brush in image pixels."""
        self._change(size_px=min(max(size_px, MIN_SIZE_PX), MAX_SIZE_PX))

    def step_size(self, steps: int) -> None:
        """Make the brush larger or smaller by about a fifth a step."""
        size = self._state.size_px
        for _ in range(abs(steps)):
            change = max(1, round(size * 0.2))
            size += change if steps > 0 else -change
        self.set_size(size)

    def undo(self) -> None:
        """Take back the last stroke."""
        if self._session.is_open and self._frame is None:
            self._replay(self._session.project.journal.undo)

    def redo(self) -> None:
        """Put the stroke that was taken back in force again."""
        if self._session.is_open and self._frame is None:
            self._replay(self._session.project.journal.redo)

    def set_overlay_opacity(self, opacity: float) -> None:
        """Set the opacity of the painted labels, 0 to 1."""
        for overlay in self._overlays.values():
            overlay.set_opacity(opacity)

    def set_overlay_visible(self, visible: bool) -> None:  # noqa: FBT001 - a switch
        """Show or hide the painted labels."""
        for overlay in self._overlays.values():
            overlay.set_visible(visible)

    def unload(self) -> None:
        """Remove everything from the canvas."""
        self._close()
        self._canvas.destinationCrsChanged.disconnect(self._place_frames)

    def _replay(self, step: object) -> None:
        try:
            patches = step()
        except AlCoreError as error:
            self.failed.emit(error)
            return
        self._put(patches)
        self._tell(patches)

    def _open(self) -> None:
        project = self._session.project
        self._place_frames()
        labelled = np.flatnonzero(project.labels.judged_px())
        for image in project.images:
            overlay = LabelOverlay(self._canvas)
            inside = (labelled >= image.first_tile) & (
                labelled < image.first_tile + image.tile_count
            )
            overlay.show(
                self._session.surface(image),
                image,
                project.legend,
                (labelled[inside] - image.first_tile).tolist(),
            )
            self._overlays[image.id] = overlay
        self._cursor = BrushCursor(self._canvas)
        self._class = 0
        self._change(label=0, eraser=False)

    def _close(self) -> None:
        self._frame = None
        self._frames = []
        for overlay in self._overlays.values():
            overlay.remove()
        self._overlays = {}
        if self._cursor is not None:
            self._cursor.remove()
            self._cursor = None

    def _place_frames(self) -> None:
        if not self._session.is_open:
            return
        crs = self._canvas.mapSettings().destinationCrs()
        self._frames = [
            ImageFrame(image, crs, QgsProject.instance()) for image in self._session.project.images
        ]

    def _frame_at(self, point: QgsPointXY) -> ImageFrame | None:
        return next(
            (frame for frame in self._frames if frame.contains(frame.to_pixel(point))), None
        )

    def _start(self, point: QgsPointXY, erase: bool) -> None:  # noqa: FBT001 - a signal
        self._frame = self._frame_at(point)
        if self._frame is None:
            return
        erase = erase or self._state.eraser
        self._label = UNLABELLED if erase else self._state.label
        self._last = self._frame.to_pixel(point)
        self._surface().begin(self._label, "eraser" if erase else "brush")
        self._extend(point)

    def _extend(self, point: QgsPointXY) -> None:
        if self._frame is None:
            return
        at = self._frame.to_pixel(point)
        dirty = self._surface().extend(self._last, at, self._state.size_px / 2)
        self._last = at
        self._overlays[self._frame.image.id].refresh(dirty)
        self._hover(point)

    def _finish(self) -> None:
        if self._frame is None:
            return
        image, surface = self._frame.image, self._surface()
        self._frame = None
        changes = surface.finish()
        if not changes:
            return
        patches = tuple(
            Patch(image.first_tile + index, window, before, after)
            for index, window, before, after in changes
        )
        tool = "eraser" if self._label == UNLABELLED else "brush"
        try:
            self._session.project.journal.commit(
                Stroke(tool, self._label, patches, getpass.getuser())
            )
        except AlCoreError as error:
            self._take_back(patches)
            self.failed.emit(error)
            return
        self._tell(patches)

    def _take_back(self, patches: tuple[Patch, ...]) -> None:
        """Show what is on disk again when a stroke could not be written."""
        self._put(
            tuple(replace(patch, before=patch.after, after=patch.before) for patch in patches)
        )

    def _put(self, patches: tuple[Patch, ...]) -> None:
        """Put patches in force in memory and on the map."""
        self._session.apply(patches)
        dirty: dict[int, list[tuple[int, Window]]] = {}
        for patch in patches:
            image, index = self._session.local_tile(patch.tile_id)
            dirty.setdefault(image.id, []).append((index, patch.window))
        for image_id, windows in dirty.items():  # one call an image: a stroke has many tiles
            self._overlays[image_id].refresh(windows)

    def _cancel(self) -> None:
        if self._frame is None:
            return
        dirty = self._surface().cancel()
        self._overlays[self._frame.image.id].refresh(dirty)
        self._frame = None

    def _surface(self) -> PaintSurface:
        return self._session.surface(self._frame.image)

    def _tell(self, patches: tuple[Patch, ...]) -> None:
        self._change()
        self._session.labels_changed.emit(sorted({patch.tile_id for patch in patches}))

    def _hover(self, point: QgsPointXY) -> None:
        frame = self._frame or self._frame_at(point)
        if frame is None or self._cursor is None:
            self._hide_cursor()
            return
        self._cursor.place(frame.image, frame.to_pixel(point), self._state.size_px / 2)

    def _hide_cursor(self) -> None:
        if self._cursor is not None:
            self._cursor.hide()

    def _change(self, **changes: object) -> None:
        if self._session.is_open:
            journal = self._session.project.journal
            changes.update(can_undo=journal.can_undo, can_redo=journal.can_redo)
        self._state = replace(self._state, **changes)
        self._color_cursor()
        self.state_changed.emit(self._state)

    def _color_cursor(self) -> None:
        if self._cursor is None:
            return
        legend = self._session.project.legend
        painting = not self._state.eraser and self._state.label < len(legend)
        self._cursor.set_color(legend[self._state.label].color if painting else "#ffffff")
