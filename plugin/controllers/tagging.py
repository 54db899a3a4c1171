"""Tagging: what the analyst says of the selected tiles goes to disk, map and gallery at once."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...al_core.errors import AlCoreError, LabelError
from ...al_core.legend import UNSURE
from ...al_core.project import TagStore
from ..messages import tr
from ..overlays.tile_states import PRESENT, Kind, TileStates
from .predictions import PredictionsController
from .selection import TileSelection
from .session import Session

Tags = NDArray[np.uint8]
MOST_AT_ONCE = 10_000  # tiles in one step; more would stop the window for too long


@dataclass(frozen=True)
class TagState:
    """What there is to do with the selected tiles.

    `selected`, `tagged` and `predicted` are numbers of tiles, the last of those that wait to be
    confirmed; `on` are the classes that all selected tiles show, `some` those that a few do.
    """

    selected: int = 0
    tagged: int = 0
    predicted: int = 0
    on: frozenset[int] = frozenset()
    some: frozenset[int] = frozenset()
    can_undo: bool = False
    can_redo: bool = False


class TaggingController(QObject):
    """Owns what is known of every tile of a project whose tiles are tagged."""

    changed = pyqtSignal(object)  # int64 ids of the tiles that look different; None for all
    confirmed = pyqtSignal()  # the predicted tags of the selection, by the analyst
    tagged = pyqtSignal()  # the selection, with a class or as unsure
    state_changed = pyqtSignal(object)  # TagState
    failed = pyqtSignal(object)

    def __init__(
        self, session: Session, selection: TileSelection, predictions: PredictionsController
    ) -> None:
        super().__init__()
        self._session = session
        self._selection = selection
        self._predictions = predictions
        self._states: TileStates | None = None
        self._state = TagState()
        session.opened.connect(self._open)
        session.closed.connect(self._close)
        selection.changed.connect(self._tell_state)
        predictions.changed.connect(self._take_predictions)

    @property
    def is_active(self) -> bool:
        """Whether the open project is one whose tiles are tagged."""
        return self._states is not None

    @property
    def states(self) -> TileStates:
        """What is known of every tile; ask `is_active` first."""
        if self._states is None:
            raise RuntimeError("no project with tags is open")
        return self._states

    @property
    def state(self) -> TagState:
        """What there is to do with the selected tiles."""
        return self._state

    def tag(self, label: int) -> None:
        """Give the selected tiles a class; where a tile may have many, give or take it."""
        if self._states is None or not 0 <= label < self._states.tags.shape[1]:
            return
        if self._states.single:
            row = np.zeros(self._states.tags.shape[1], dtype=np.uint8)
            row[label] = PRESENT
            self._set(dict.fromkeys(self._chosen(), row))
        else:
            value = 0 if self._all(label, PRESENT) else PRESENT
            self._set({tile: self._with(tile, label, value) for tile in self._chosen()})

    def doubt(self, label: int) -> None:
        """Say of the selected tiles that nobody can tell whether a class is there."""
        if self._states is None or self._states.single:
            self.mark_unsure()
        elif 0 <= label < self._states.tags.shape[1]:
            value = 0 if self._all(label, UNSURE) else UNSURE
            self._set({tile: self._with(tile, label, value) for tile in self._chosen()})

    def mark_unsure(self) -> None:
        """Say of the selected tiles that nobody can tell what is there."""
        self._set_all(UNSURE)

    def mark_none(self) -> None:
        """Say of the selected tiles that none of the classes is there."""
        if self._states is not None and not self._states.single:
            self._set_all(0)

    def take_off(self) -> None:
        """Take the tags off the selected tiles."""
        if self._states is not None:
            chosen = self._chosen()
            self._write({tile: None for tile in chosen if self._states.judged[tile]})

    def confirm(self) -> None:
        """Make the predicted tags of the selected tiles theirs; judged ones stay as they are."""
        if self._states is None:
            return
        chosen = np.array(self._chosen(), dtype=np.int64)
        kinds = self._states.kind[chosen]
        waiting = chosen[kinds == Kind.PREDICTED]
        rows = self._states.outlook.predicted[waiting].astype(np.uint8)
        if waiting.size:
            if self._write(dict(zip(waiting.tolist(), rows, strict=True))):
                self.confirmed.emit()
        elif (kinds == Kind.OPEN).any():
            self.failed.emit(
                LabelError(
                    tr(
                        "None of the selected tiles has predicted tags: press Retrain for "
                        "predictions, or tag them with the digits."
                    )
                )
            )
        elif chosen.size:
            self.confirmed.emit()  # all of them have tags: nothing holds the analyst up

    def undo(self) -> None:
        """Take back what was said last."""
        self._replay(TagStore.undo)

    def redo(self) -> None:
        """Say again what was taken back."""
        self._replay(TagStore.redo)

    def reload(self) -> None:
        """Read all tags again: somebody else has changed them."""
        if self._states is None:
            return
        self._states.set_tags(*self._session.project.tags.table())
        self.changed.emit(None)
        self._tell_state()

    def _open(self) -> None:
        project = self._session.project
        task = project.settings.task
        if not task.labels_tiles:
            return
        self._states = TileStates(len(project.tiles), len(project.legend), task)
        self._states.set_tags(*project.tags.table())
        self.changed.emit(None)
        self._tell_state()

    def _close(self) -> None:
        self._states = None
        self._tell_state()

    def _take_predictions(self) -> None:
        if self._states is None:
            return
        self._states.set_outlook(self._predictions.outlook)
        self.changed.emit(None)
        self._tell_state()

    def _chosen(self) -> list[int]:
        """Return the selected tiles, or tell that there are none, or too many."""
        ids = self._selection.ids
        if not ids.size:
            self.failed.emit(
                LabelError(tr("No tile is selected: click tiles on the map or in the gallery."))
            )
        if ids.size > MOST_AT_ONCE:
            self.failed.emit(
                LabelError(
                    tr("{count} tiles are selected; tag {most} at a time at most.").format(
                        count=ids.size, most=MOST_AT_ONCE
                    )
                )
            )
            return []
        return ids.tolist()

    def _all(self, label: int, value: int) -> bool:
        """Tell whether all selected tiles say this of a class, by tag or by prediction."""
        ids = self._selection.ids
        if value == PRESENT:
            return bool(self._states.shown[ids, label].all())
        return bool((self._states.tags[ids, label] == value).all())

    def _with(self, tile: int, label: int, value: int) -> Tags:
        """Return what a tile shows, tags or prediction, with one class changed."""
        if self._states.judged[tile]:
            row = self._states.tags[tile].copy()
        else:
            row = self._states.shown[tile].astype(np.uint8)
        row[label] = value
        return row

    def _set_all(self, value: int) -> None:
        if self._states is not None:
            row = np.full(self._states.tags.shape[1], value, dtype=np.uint8)
            self._set(dict.fromkeys(self._chosen(), row))

    def _set(self, rows: Mapping[int, Tags]) -> None:
        if rows and self._write(rows):
            self.tagged.emit()

    def _write(self, rows: Mapping[int, Tags | None]) -> bool:
        if not rows:
            return False
        try:
            self._session.project.tags.set(rows, getpass.getuser())
        except AlCoreError as error:
            self.failed.emit(error)
            return False
        self._states.change(rows)
        self._tell_changed(np.fromiter(rows, dtype=np.int64, count=len(rows)))
        return True

    def _replay(self, step: object) -> None:
        if self._states is None:
            return
        tags = self._session.project.tags
        try:
            tiles = step(tags)
            rows = {tile: tags.read(tile) for tile in tiles}
        except AlCoreError as error:
            self.failed.emit(error)
            return
        if rows:
            self._states.change(rows)
            self._tell_changed(np.array(tiles, dtype=np.int64))

    def _tell_changed(self, ids: NDArray[np.int64]) -> None:
        self.changed.emit(ids)
        self._tell_state()
        self._session.labels_changed.emit(ids.tolist())

    def _tell_state(self) -> None:
        is_known = self._states is not None and self._session.is_open
        self._state = self._look() if is_known else TagState()
        self.state_changed.emit(self._state)

    def _look(self) -> TagState:
        ids, tags = self._selection.ids, self._session.project.tags
        kinds, shown = self._states.kind[ids], self._states.shown[ids]
        everywhere = shown.all(axis=0) if ids.size else shown.any(axis=0)
        return TagState(
            int(ids.size),
            int(self._states.judged[ids].sum()),
            int((kinds == Kind.PREDICTED).sum()),
            frozenset(np.flatnonzero(everywhere).tolist()),
            frozenset(np.flatnonzero(shown.any(axis=0) & ~everywhere).tolist()),
            tags.can_undo,
            tags.can_redo,
        )
