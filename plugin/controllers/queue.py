"""The queue: which tile to label next, why, and how to get there."""

from __future__ import annotations

from collections.abc import Callable

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
    picks_shown = pyqtSignal()  # others than those in force, or those in force again
    busy_changed = pyqtSignal(bool)  # whether tiles are being chosen
    failed = pyqtSignal(object)

    def __init__(self, session: Session, engine: EngineController, canvas: QgsMapCanvas) -> None:
        super().__init__()
        self._session = session
        self._engine = engine
        self._canvas = canvas
        self._current: int | None = None
        self._shown: tuple[PickRecord, ...] | None = None  # instead of those in force
        self._task: EngineTask | None = None
        session.opened.connect(self._restart)
        session.closed.connect(self._restart)
        session.picks_changed.connect(self._restart)

    @property
    def current(self) -> int | None:
        """The tile that the analyst was taken to."""
        return self._current

    def picks(self) -> tuple[PickRecord, ...]:
        """Return the picks that are shown, best first: those in force, or a preview."""
        if self._shown is not None:
            return self._shown
        return self._session.project.picks.current() if self._session.is_open else ()

    def show(self, picks: tuple[PickRecord, ...] | None) -> None:
        """Show these picks for the time being, or those in force again (None)."""
        self._shown = picks
        if self._current not in {pick.tile_id for pick in self.picks()}:
            self._current = None
        self.picks_shown.emit()

    def labelled_tiles(self) -> frozenset[int]:
        """Return the tiles that the analyst has judged: with labels or tags, or as unsure."""
        if not self._session.is_open:
            return frozenset()
        return frozenset(np.flatnonzero(self._session.project.answers.judged_px()).tolist())

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

    def query(self, options: config.QueryConfig, scan: config.ScanConfig | None = None) -> None:
        """Choose anew which tiles to label, without training.

        Args:
            options: How to choose.
            scan: How the network is to look at the tiles before; None if it need not.
        """
        if self._task is not None or not self._session.is_open:
            return
        self.busy_changed.emit(True)  # noqa: FBT003 - Qt
        if scan is None:
            self._choose(options)
            return
        self._run(
            tr("LandLoop: looking at the tiles"), "scan", scan, lambda _: self._choose(options)
        )

    def _choose(self, options: config.QueryConfig) -> None:
        if self._session.is_open:
            self._run(tr("LandLoop: choosing tiles"), "query", options, self._succeed)
        else:
            self._forget()

    def _run(
        self, title: str, verb: str, options: object, succeed: Callable[[dict[str, object]], None]
    ) -> None:
        folder = self._session.project.folder
        self._task = self._engine.run(title, verb, folder, config.to_json(options))
        self._task.succeeded.connect(succeed)
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
        self.busy_changed.emit(False)  # noqa: FBT003 - Qt

    def _restart(self) -> None:
        self._current = None
        self._shown = None

    def _step(self, step: int) -> None:
        picks = self.picks()
        if not picks:
            return
        tiles = [pick.tile_id for pick in picks]
        done = self.labelled_tiles() if step > 0 else frozenset()
        start = tiles.index(self._current) if self._current in tiles else (-1 if step > 0 else 0)
        order = [tiles[(start + step * k) % len(tiles)] for k in range(1, len(tiles) + 1)]
        self.fly_to(next((tile for tile in order if tile not in done), order[0]))
