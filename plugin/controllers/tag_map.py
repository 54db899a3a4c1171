"""Tags on the map: the tool selects tiles, the overlays show what is said of them."""

from __future__ import annotations

import numpy as np
from qgis.core import QgsPointXY
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, QRect

from ..maptools.tag_tool import TagTool
from ..overlays.tag_overlay import TagOverlay
from . import places
from .queue import QueueController
from .selection import Mode, TileSelection
from .session import Session
from .tagging import TaggingController


class TagMapController(QObject):
    """Connects the tag tool, the selection and the overlays of the images."""

    def __init__(
        self,
        session: Session,
        tagging: TaggingController,
        selection: TileSelection,
        queue: QueueController,
        canvas: QgsMapCanvas,
        tool: TagTool,
    ) -> None:
        super().__init__()
        self._session = session
        self._tagging = tagging
        self._selection = selection
        self._queue = queue
        self._canvas = canvas
        self._overlays: dict[int, TagOverlay] = {}
        self._shows_tags = self._shows_predictions = True
        tool.clicked.connect(self._click)
        tool.boxed.connect(self._box)
        tool.opened.connect(self._open_tile)
        tool.cleared.connect(selection.clear)
        session.opened.connect(self._open)
        session.closed.connect(self._close)
        tagging.changed.connect(self._refresh)
        selection.changed.connect(self._mark)
        queue.current_changed.connect(self._take_current)

    @property
    def shows_predictions(self) -> bool:
        """Whether predicted tags are drawn."""
        return self._shows_predictions

    def set_visible(self, visible: bool) -> None:  # noqa: FBT001 - a switch
        """Show or hide the tags."""
        self._shows_tags = visible
        for overlay in self._overlays.values():
            overlay.setVisible(visible)

    def show_predictions(self, shown: bool) -> None:  # noqa: FBT001 - a switch
        """Show predicted tags too, or only what the analyst has said."""
        self._shows_predictions = shown
        for overlay in self._overlays.values():
            overlay.show_predictions(shown)

    def unload(self) -> None:
        """Take the overlays off the canvas."""
        self._close()

    def _open(self) -> None:
        if not self._tagging.is_active:
            return
        project = self._session.project
        for image in project.images:
            overlay = TagOverlay(self._canvas)
            overlay.show_tiles(image, project.settings, self._tagging.states, project.legend)
            overlay.show_predictions(self._shows_predictions)
            overlay.setVisible(self._shows_tags)
            self._overlays[image.id] = overlay

    def _close(self) -> None:
        for overlay in self._overlays.values():
            overlay.remove()
        self._overlays = {}

    def _refresh(self, ids: np.ndarray | None) -> None:
        for image_id, overlay in self._overlays.items():
            image = self._session.project.image(image_id)
            first, last = image.first_tile, image.first_tile + image.tile_count
            tiles = np.arange(first, last) if ids is None else ids
            mine = tiles[(tiles >= first) & (tiles < last)]
            if mine.size:
                overlay.refresh(mine - first)

    def _mark(self) -> None:
        if not self._session.is_open:
            return
        for image_id, overlay in self._overlays.items():
            image = self._session.project.image(image_id)
            last = image.first_tile + image.tile_count
            overlay.mark(self._selection.mask[image.first_tile : last])

    def _click(self, point: QgsPointXY, adds: bool, toggles: bool) -> None:  # noqa: FBT001 - a slot
        if not self._tagging.is_active:
            return
        tile = places.tile_at(self._session.project, self._canvas, point)
        if tile is not None:
            self._selection.select([tile], Mode.of(adds=adds, toggles=toggles))
        elif not (adds or toggles):
            self._selection.clear()

    def _box(self, box: QRect, adds: bool, toggles: bool) -> None:  # noqa: FBT001 - a slot
        if self._tagging.is_active:
            tiles = places.tiles_in(self._session.project, self._canvas, box)
            self._selection.select(tiles, Mode.of(adds=adds, toggles=toggles))

    def _open_tile(self, point: QgsPointXY) -> None:
        if not self._tagging.is_active:
            return
        tile = places.tile_at(self._session.project, self._canvas, point)
        if tile is not None:
            self._queue.fly_to(tile)

    def _take_current(self, tile: int) -> None:
        """Select the tile that the analyst was taken to."""
        if self._tagging.is_active:
            self._selection.select([tile])
