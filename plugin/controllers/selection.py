"""The tiles that are selected: on the map, in the gallery and in the chart at once."""

from __future__ import annotations

import enum
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal

from .session import Session


class Mode(enum.Enum):
    """What tiles that are pointed at do to those that are selected."""

    REPLACE = "replace"
    ADD = "add"
    TOGGLE = "toggle"

    @classmethod
    def of(cls, *, adds: bool, toggles: bool) -> Mode:
        """Return what is meant where Shift adds and Ctrl toggles."""
        if toggles:
            return cls.TOGGLE
        return cls.ADD if adds else cls.REPLACE

    @classmethod
    def of_keys(cls, keys: Qt.KeyboardModifier) -> Mode:
        """Return what is meant while these keys are held."""
        return cls.of(
            adds=bool(keys & Qt.KeyboardModifier.ShiftModifier),
            toggles=bool(keys & Qt.KeyboardModifier.ControlModifier),
        )


class TileSelection(QObject):
    """Which tiles of the open project are selected, and which of them was pointed at last."""

    changed = pyqtSignal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._mask: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._current: int | None = None
        session.opened.connect(self._open)
        session.closed.connect(self._open)

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Whether each tile is selected, bool (T,); not to be changed."""
        return self._mask

    @property
    def ids(self) -> NDArray[np.int64]:
        """The selected tiles, ascending."""
        return np.flatnonzero(self._mask)

    @property
    def count(self) -> int:
        """How many tiles are selected."""
        return int(np.count_nonzero(self._mask))

    @property
    def current(self) -> int | None:
        """The tile that was pointed at last."""
        return self._current

    def select(
        self, ids: Iterable[int], mode: Mode = Mode.REPLACE, current: int | None = None
    ) -> None:
        """Point at tiles; `current` is the one to go on from, else the last of them."""
        tiles = np.array(list(ids), dtype=np.int64)
        tiles = tiles[(tiles >= 0) & (tiles < len(self._mask))]
        mask = np.zeros_like(self._mask) if mode is Mode.REPLACE else self._mask.copy()
        mask[tiles] = ~mask[tiles] if mode is Mode.TOGGLE else True
        if current is None:
            current = int(tiles[-1]) if tiles.size else None
        if current == self._current and np.array_equal(mask, self._mask):
            return
        self._mask, self._current = mask, current
        self.changed.emit()

    def clear(self) -> None:
        """Select nothing."""
        self.select(())

    def _open(self) -> None:
        tiles = len(self._session.project.tiles) if self._session.is_open else 0
        self._mask, self._current = np.zeros(tiles, dtype=bool), None
        self.changed.emit()
