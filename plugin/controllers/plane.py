"""The tiles as points of a plane: those whose features are alike lie together."""

from __future__ import annotations

import enum
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...al_core.diversity import principal_plane, tsne
from ...al_core.errors import Cancelled, QueryError
from ...al_core.scoring import PoolStatistics, TagPredictions
from ..messages import tr
from .background import Background
from .predictions import PredictionsController
from .session import Session

COLD = "cold.npz"  # features from before the first round
Places = NDArray[np.float32]


class Layout(enum.Enum):
    """How points are laid out: by the two main directions, or neighbour by neighbour."""

    PCA = "pca"
    TSNE = "tsne"


@dataclass(frozen=True, eq=False)
class _Source:
    """Where features come from: predictions at hand, or a file from before the first round."""

    predictions: TagPredictions | None
    path: Path
    tiles: int


class _Watcher:
    """Hears of the progress in the thread, and hands it to ours."""

    def __init__(self, tell: pyqtSignal) -> None:
        self._tell = tell
        self._stop = threading.Event()

    def report(self, fraction: float, message: str = "") -> None:
        self._tell.emit(fraction, message)

    def is_cancelled(self) -> bool:
        return self._stop.is_set()

    def cancel(self) -> None:
        self._stop.set()


class PlaneController(QObject):
    """Lays out the tiles in a thread, one layout at a time, and keeps what was found.

    What is asked for last counts: a layout under way for something else is given up.
    """

    changed = pyqtSignal()  # places, or that there are none
    progressed = pyqtSignal(float, str)
    busy_changed = pyqtSignal(bool)
    failed = pyqtSignal(object)

    def __init__(self, session: Session, predictions: PredictionsController) -> None:
        super().__init__()
        self._session = session
        self._predictions = predictions
        self._background = Background(self)
        self._background.ended.connect(self._end)
        self._watcher = _Watcher(self.progressed)
        self._source: _Source | None = None
        self._found: dict[Layout, Places] = {}
        self._layout = Layout.PCA  # that is shown
        self._wish: Layout | None = None
        session.opened.connect(self._forget)
        session.closed.connect(self._forget)
        session.rounds_changed.connect(self._forget)
        predictions.changed.connect(self._forget)

    @property
    def layout(self) -> Layout:
        """The layout that the places belong to."""
        return self._layout

    @property
    def places(self) -> Places | None:
        """Float32 (T, 2), NaN for tiles without features; None while there is no layout."""
        return self._found.get(self._layout)

    @property
    def is_busy(self) -> bool:
        """Whether a layout is under way."""
        return self._background.is_busy

    def lay_out(self, layout: Layout) -> None:
        """Show a layout, as soon as it is there."""
        if not self._session.is_open:
            return
        if layout in self._found:
            self._wish = None
            self._layout = layout
            self.changed.emit()
            return
        self._wish = layout
        self._watcher.cancel()
        self._go_on()

    def cancel(self) -> None:
        """Give up the layout under way; the one before stays."""
        self._wish = None
        self._watcher.cancel()

    def unload(self) -> None:
        """Stop what runs."""
        self.cancel()
        self._background.close()

    def _forget(self) -> None:
        """Other features count now."""
        self.cancel()
        self._source, self._found, self._layout = None, {}, Layout.PCA
        self.changed.emit()

    def _go_on(self) -> None:
        if self._wish is None or self._background.is_busy:
            return
        layout, self._wish = self._wish, None
        if self._source is None:
            project = self._session.project
            self._source = _Source(
                self._predictions.current, project.folder / COLD, len(project.tiles)
            )
        self._watcher = _Watcher(self.progressed)
        seed = self._session.project.settings.seed
        work = partial(_laid_out, self._source, layout, self._watcher, seed)
        self.busy_changed.emit(True)  # noqa: FBT003 - Qt
        self._background.start((self._source, layout), work)

    def _end(self, purpose: tuple[_Source, Layout], outcome: object) -> None:
        self.busy_changed.emit(False)  # noqa: FBT003 - Qt
        source, layout = purpose
        if source is not self._source:
            self.changed.emit()  # other features count now: whoever looks may ask again
        elif isinstance(outcome, Cancelled):
            pass  # what was there stays
        elif isinstance(outcome, Exception):
            self.failed.emit(outcome)
        else:
            self._found[layout] = outcome
            if self._wish is None:
                self._layout = layout
                self.changed.emit()
        if self._session.is_open:
            self._go_on()


def _laid_out(source: _Source, layout: Layout, watcher: _Watcher, seed: int) -> Places:
    """Return the places of all tiles; runs in a thread.

    Raises:
        QueryError: There are no features.
    """
    ids, features = _features(source)
    if layout is Layout.PCA:
        places = principal_plane(features)
    else:
        places = tsne(features, np.random.default_rng(seed), progress=watcher)
    result = np.full((source.tiles, 2), np.nan, dtype=np.float32)
    result[ids] = places
    return result


def _features(source: _Source) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    found: TagPredictions | PoolStatistics | None = source.predictions
    if found is None or not found.features.shape[1]:
        found = PoolStatistics.load(source.path) if source.path.is_file() else None
    if found is None or not found.features.shape[1]:
        raise QueryError(
            tr("No network has looked at the tiles yet: press Retrain, or choose typical tiles.")
        )
    return np.asarray(found.tile_ids), np.asarray(found.features, dtype=np.float32)
