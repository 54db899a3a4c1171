"""What the network of the newest round says of every tile, read in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...al_core.config import Task
from ...al_core.project import Project
from ...al_core.scoring import TagPredictions
from ..overlays.tile_states import Outlook
from .background import Background
from .session import Session

FILE = "tags.npz"


@dataclass(frozen=True)
class _Load:
    """Reading the predictions of a round, for so many tiles and classes."""

    path: Path
    model_hash: str
    written: int  # when; a round may be predicted again
    tiles: int
    classes: int
    task: Task


class PredictionsController(QObject):
    """Keeps the tags that the newest round predicts at hand."""

    changed = pyqtSignal()
    failed = pyqtSignal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._background = Background(self)
        self._background.ended.connect(self._end)
        self._load: _Load | None = None
        self._predictions: TagPredictions | None = None
        self._outlook: Outlook | None = None
        session.opened.connect(self._take_round)
        session.rounds_changed.connect(self._take_round)
        session.closed.connect(self._close)

    @property
    def current(self) -> TagPredictions | None:
        """The predictions at hand, None while there are none."""
        return self._predictions

    @property
    def outlook(self) -> Outlook | None:
        """The same, spread over all tiles."""
        return self._outlook

    @property
    def is_loading(self) -> bool:
        """Whether predictions are being read."""
        return self._background.is_busy

    def unload(self) -> None:
        """Wait for what runs."""
        self._background.close()

    def _take_round(self) -> None:
        load = _load_of(self._session.project)
        if load == self._load:
            return
        self._load = load
        if self._predictions is not None:
            self._predictions = self._outlook = None
            self.changed.emit()
        self._go_on()

    def _close(self) -> None:
        self._load = self._predictions = self._outlook = None

    def _go_on(self) -> None:
        if self._load is not None and not self._background.is_busy:
            self._background.start(self._load, partial(_read, self._load))

    def _end(self, load: _Load, outcome: object) -> None:
        if load != self._load:
            self._go_on()
            return
        if isinstance(outcome, Exception):
            self.failed.emit(outcome)
        elif outcome is not None:
            self._predictions, self._outlook = outcome
            self.changed.emit()


def _load_of(project: Project) -> _Load | None:
    record, task = project.rounds.current(), project.settings.task
    path = None if record is None else record.folder / FILE
    if path is None or not (task.labels_tiles and path.is_file()):
        return None
    written = path.stat().st_mtime_ns
    return _Load(path, record.model_hash, written, len(project.tiles), len(project.legend), task)


def _read(load: _Load) -> tuple[TagPredictions, Outlook] | None:
    """Return what the file holds, None if it belongs to another network or project."""
    found = TagPredictions.load(load.path)
    fits = found.model_hash == load.model_hash and found.classes == load.classes
    if not fits or (len(found) and found.tile_ids.max() >= load.tiles):
        return None
    return found, Outlook.of(found, load.tiles, load.task)
