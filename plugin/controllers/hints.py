"""Where in the current tile to paint first: read off the map of the uncertainty."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...al_core.coords import Window
from ...al_core.legend import UNLABELLED
from ...al_core.project import ImageRecord
from ...al_core.scoring import region_hints
from ..bridge import read_map
from ..overlays.region_hint import RegionHint
from .queue import QueueController
from .session import Session

COUNT = 3
WORTH = 0.6  # a window this far below the best one is not worth an outline
SIDE_SHARE = 4  # the window is this part of a tile's side


class HintController(QObject):
    """Outlines the most useful parts of the current tile; painted pixels no longer count."""

    ready_changed = pyqtSignal(bool)  # whether there is a map to read

    def __init__(
        self,
        session: Session,
        queue: QueueController,
        canvas: QgsMapCanvas,
        *,
        visible: bool,
    ) -> None:
        super().__init__()
        self._session = session
        self._queue = queue
        self._canvas = canvas
        self._visible = visible
        self._folder: Path | None = None  # of the round whose maps are read
        self._overlay: RegionHint | None = None
        session.opened.connect(self._open)
        session.closed.connect(self._close)
        session.rounds_changed.connect(self._take_round)
        session.labels_changed.connect(self._look_again)
        session.picks_changed.connect(self._show)
        queue.current_changed.connect(self._show)
        queue.picks_shown.connect(self._show)

    def set_visible(self, visible: bool) -> None:  # noqa: FBT001 - a switch
        """Outline, or do not."""
        self._visible = visible
        self._show()

    def unload(self) -> None:
        """Take the outlines off the canvas."""
        self._close()

    def _open(self) -> None:
        self._overlay = RegionHint(self._canvas)
        self._take_round()

    def _close(self) -> None:
        if self._overlay is not None:
            self._overlay.remove()
            self._overlay = None
        self._folder = None
        self.ready_changed.emit(False)  # noqa: FBT003 - Qt

    def _take_round(self) -> None:
        rounds = self._session.project.rounds.list()
        predicted = [record.folder for record in rounds if record.predicted]
        self._folder = predicted[-1] if predicted else None
        self.ready_changed.emit(self._folder is not None)
        self._show()

    def _look_again(self, tiles: list[int]) -> None:
        if self._queue.current in tiles:
            self._show()

    def _show(self, *_: object) -> None:
        if self._overlay is None:
            return
        tile = self._queue.current
        if tile is None or self._folder is None or not self._visible:
            self._overlay.clear()
            return
        image, index = self._session.local_tile(tile)
        core = self._session.project.grid(image.id).core(index)
        values = self._values(image, index, core)
        if values is None:
            self._overlay.clear()
            return
        side = self._session.project.settings.tile_size_px // SIDE_SHARE
        found = _worthwhile(region_hints(values, side, COUNT))
        self._overlay.show_windows(
            image,
            [
                replace(window, row=window.row + core.row, col=window.col + core.col)
                for window in found
            ],
        )

    def _values(self, image: ImageRecord, index: int, core: Window) -> NDArray[np.float32] | None:
        """Return the uncertainty of a tile's core, NaN where it is labelled or unknown."""
        values = read_map(self._map(image), image, core)
        if values is not None:
            values[self._session.surface(image).tile(index) != UNLABELLED] = np.nan
        return values

    def _map(self, image: ImageRecord) -> Path:
        alone = len(self._session.project.images) == 1
        return self._folder / ("uncertainty.tif" if alone else f"uncertainty_{image.id}.tif")


def _worthwhile(found: tuple[tuple[Window, float], ...]) -> list[Window]:
    """Return the best window, and the others that come near it."""
    return [window for window, mean in found if mean > 0 and mean >= WORTH * found[0][1]]
