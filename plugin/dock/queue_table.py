"""The queue: which tiles to label next, and why."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.PyQt.QtCore import QItemSelectionModel, QSize, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...al_core.config import Task
from ..messages import tr
from .buttons import icon_button, text_button
from .hint_table import HintTable
from .icons import icon
from .queue_model import RANK, SCORE, TILE, WHY, QueueModel, WhyDelegate, score_text
from .rows import QueueRow

LEAST_ROWS = 4
TICK = QSize(14, 14)


class QueueTable(QWidget):
    """The list of picks with the way to the next one."""

    tile_requested = pyqtSignal(int)  # tile id
    next_requested = pyqtSignal()
    previous_requested = pyqtSignal()
    row_shown = pyqtSignal(object)  # QueueRow that is selected, else the first, else None
    similar_requested = pyqtSignal()  # to the tile that the map shows
    similar_click_requested = pyqtSignal()  # to one that will be clicked on the map
    back_requested = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = QueueModel(self)
        self._tags = False
        self._is_cold = False
        self.table = HintTable(self)
        self.table.setModel(self._model)
        self.table.setIconSize(TICK)
        self.table.setItemDelegateForColumn(WHY, WhyDelegate(self))
        self.table.setAccessibleName(tr("Queue"))
        self.set_cold(False)
        self.table.set_least_rows(LEAST_ROWS)
        self.table.opened.connect(self._open)
        self.table.selectionModel().selectionChanged.connect(self._tell_shown)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.state = QLabel(self)  # for the title of whatever group this is in
        self.state.hide()
        column.addWidget(self._make_note())
        column.addWidget(self.table, 1)
        column.addLayout(self._make_buttons())
        self.set_rows(())

    def set_rows(self, rows: Sequence[QueueRow]) -> None:
        """Show these tiles, best first."""
        before = self._selected()
        if self._model.show(tuple(rows)):
            self.table.scrollToTop()
            if before is not None:
                self.set_current(before.tile_id)  # while the same tile is in the new queue
        self._fit(rows)
        done = sum(row.labelled for row in rows)
        self.next.setEnabled(bool(rows))
        self.previous.setEnabled(bool(rows))
        self.state.setText(_state(done, len(rows)))
        self._tell_shown()

    def set_task(self, task: Task) -> None:
        """Speak of painting or of tagging."""
        self._tags = task.labels_tiles
        self.set_cold(self._is_cold)

    def set_cold(self, cold: bool) -> None:  # noqa: FBT001 - a slot
        """Say what to do while there are no tiles: before the first round, or later."""
        self._is_cold = cold
        self.table.set_hint(_beginning(tags=self._tags) if cold else _ending())

    def set_similar(self, tile_id: int | None) -> None:
        """Tell that the queue holds tiles like this one for a while; None when it does not."""
        self.note.setVisible(tile_id is not None)
        if tile_id is not None:
            self.note_text.setText(tr("Tiles most like tile {tile}").format(tile=tile_id))

    def set_similar_ready(self, ready: bool) -> None:  # noqa: FBT001 - a slot
        """Allow to look for similar tiles; it needs a scan."""
        self.similar.setEnabled(ready)

    def set_current(self, tile_id: int | None) -> None:
        """Mark the tile that the map shows; None for no tile."""
        place = None if tile_id is None else self._model.place_of(tile_id)
        if place is None:
            self.table.selectionModel().clear()
            return
        index = self._model.index(place, 0)
        self.table.selectionModel().setCurrentIndex(
            index,
            QItemSelectionModel.SelectionFlag.ClearAndSelect
            | QItemSelectionModel.SelectionFlag.Rows,
        )
        self.table.scrollTo(index)

    def _selected(self) -> QueueRow | None:
        chosen = self.table.selectionModel().selectedRows()
        return self._model.row(chosen[0].row()) if chosen else None

    def _tell_shown(self, *_: object) -> None:
        first = self._model.row(0) if self._model.rowCount() else None
        self.row_shown.emit(self._selected() or first)

    def _fit(self, rows: Sequence[QueueRow]) -> None:
        self.table.fit_columns(
            WHY,
            {
                RANK: "✓ 888",
                TILE: "8" * max((len(str(row.tile_id)) for row in rows), default=4),
                SCORE: max((score_text(row.score) for row in rows), key=len, default="0.888"),
            },
        )

    def _make_buttons(self) -> QHBoxLayout:
        self.previous = icon_button(
            icon("previous"),
            tr("Previous tile"),
            tr("Go back to the tile before (Shift+N)"),
            self,
        )
        self.next = text_button(
            icon("next"), tr("Next tile"), tr("Go to the next tile without labels (N)"), self
        )
        self.previous.setAutoRaise(False)
        self.similar = self._make_similar()
        self.next.clicked.connect(self.next_requested)
        self.previous.clicked.connect(self.previous_requested)
        row = QHBoxLayout()
        row.addWidget(self.previous)
        row.addWidget(self.next)
        row.addWidget(self.similar)
        row.addStretch()
        return row

    def _make_similar(self) -> QToolButton:
        button = icon_button(
            icon("similar"),
            tr("Find similar tiles"),
            tr("Find tiles that look alike: the next places of a class that is rare"),
            self,
        )
        menu = QMenu(button)
        menu.addAction(tr("Like the current tile")).triggered.connect(self._ask_similar)
        menu.addAction(tr("Like a tile that I click on the map")).triggered.connect(
            self._ask_similar_click
        )
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setAutoRaise(False)
        button.setEnabled(False)
        return button

    def _make_note(self) -> QWidget:
        self.note = QWidget(self)
        self.note_text = QLabel(self.note)
        self.note_text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.note_text.setWordWrap(True)
        self.back = text_button(
            icon("previous"),
            tr("Back"),
            tr("Back to the queue: show the tiles again that the query chose"),
            self.note,
        )
        self.back.clicked.connect(self.back_requested)
        row = QHBoxLayout(self.note)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.note_text, 1)
        row.addWidget(self.back)
        self.note.hide()
        return self.note

    def _ask_similar(self) -> None:
        self.similar_requested.emit()

    def _ask_similar_click(self) -> None:
        self.similar_click_requested.emit()

    def _open(self, place: int) -> None:
        self.tile_requested.emit(self._model.row(place).tile_id)


def _beginning(*, tags: bool) -> str:
    if tags:
        return tr(
            "How to begin:\n1. Choose the first tiles below.\n"
            "2. Tag them: Next tile, then the digit of a class.\n3. Press Retrain."
        )
    return tr(
        "How to begin:\n1. Choose the first tiles below.\n"
        "2. Paint what you see in them.\n3. Press Retrain."
    )


def _ending() -> str:
    return tr(
        "No tiles to label.\nAfter each round the tiles worth labelling most are "
        "listed here; you can also choose some below."
    )


def _state(done: int, total: int) -> str:
    if not total:
        return ""
    if done == total:
        return tr("All {total} labelled: retrain").format(total=total)
    return tr("{done} of {total} labelled").format(done=done, total=total)
