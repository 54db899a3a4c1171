"""The queue: which tile to label next, why, and how to get there."""

from __future__ import annotations

import numpy as np
from qgis.core import QgsProject
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...al_core import config
from ...al_core.project import PickRecord
from ..bridge import ImageFrame
from ..engine.task import EngineTask
from ..messages import tr
from .engine import EngineController
from .session import Session

MARGIN = 1.25  # how much more than the tile the map shows


class QueueController(QObject):
    """Holds the place in the queue and moves the map to it."""

    current_changed = pyqtSignal(int)  # tile id
    failed = pyqtSignal(object)

    def __init__(self, session: Session, engine: EngineController, canvas: QgsMapCanvas) -> None:
        super().__init__()
        self._session = session
        self._engine = engine
        self._canvas = canvas
        self._current: int | None = None
        self._task: EngineTask | None = None
        session.opened.connect(self._restart)
        session.closed.connect(self._restart)
        session.picks_changed.connect(self._restart)

    @property
    def current(self) -> int | None:
        """The tile that the analyst was taken to."""
        return self._current

    def picks(self) -> tuple[PickRecord, ...]:
        """Return the picks in force, best first."""
        return self._session.project.picks.current() if self._session.is_open else ()

    def labelled_tiles(self) -> frozenset[int]:
        """Return the tiles that the analyst has looked at: with labels, or marked unsure."""
        if not self._session.is_open:
            return frozenset()
        return frozenset(np.flatnonzero(self._session.project.labels.judged_px()).tolist())

    def next(self) -> None:
        """Fly to the next pick that is not labelled yet; after the last, to the first."""
        self._step(1)

    def previous(self) -> None:
        """Fly to the pick before."""
        self._step(-1)

    def fly_to(self, tile_id: int) -> None:
        """Show a tile with a little of its surroundings."""
        image, index = self._session.local_tile(tile_id)
        grid = self._session.project.grid(image.id)
        frame = ImageFrame(
            image, self._canvas.mapSettings().destinationCrs(), QgsProject.instance()
        )
        extent = frame.extent(grid.core(index))
        extent.scale(MARGIN)
        self._canvas.setExtent(extent)
        self._canvas.refresh()
        self._current = tile_id
        self.current_changed.emit(tile_id)

    def query(self, options: config.QueryConfig) -> None:
        """Choose anew which tiles to label, without training."""
        if self._task is not None or not self._session.is_open:
            return
        self._task = self._engine.run(
            tr("LandLoop: choosing tiles"),
            "query",
            self._session.project.folder,
            config.to_json(options),
        )
        self._task.succeeded.connect(self._succeed)
        self._task.failed.connect(self._fail)
        self._task.cancelled.connect(self._forget)

    def _succeed(self, _result: dict[str, object]) -> None:
        self._forget()
        if self._session.is_open:
            self._session.picks_changed.emit()

    def _fail(self, error: object) -> None:
        self._forget()
        self.failed.emit(error)

    def _forget(self) -> None:
        self._task = None

    def _restart(self) -> None:
        self._current = None

    def _step(self, step: int) -> None:
        picks = self.picks()
        if not picks:
            return
        tiles = [pick.tile_id for pick in picks]
        done = self.labelled_tiles() if step > 0 else frozenset()
        start = tiles.index(self._current) if self._current in tiles else (-1 if step > 0 else 0)
        order = [tiles[(start + step * k) % len(tiles)] for k in range(1, len(tiles) + 1)]
        self.fly_to(next((tile for tile in order if tile not in done), order[0]))
