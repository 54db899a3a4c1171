"""The queue: which tiles to label next, and why."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.PyQt.QtCore import QItemSelectionModel, QSize, pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

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

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = QueueModel(self)
        self.table = HintTable(self)
        self.table.setModel(self._model)
        self.table.setIconSize(TICK)
        self.table.setItemDelegateForColumn(WHY, WhyDelegate(self))
        self.table.setAccessibleName(tr("Queue"))
        self.table.set_hint(
            tr(
                "No tiles to label yet.\nAfter the first round, the tiles worth labelling "
                "most are listed here."
            )
        )
        self.table.set_least_rows(LEAST_ROWS)
        self.table.opened.connect(self._open)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        column.addLayout(self._make_buttons())
        self.set_rows(())

    def set_rows(self, rows: Sequence[QueueRow]) -> None:
        """Show these tiles, best first."""
        if self._model.show(tuple(rows)):
            self.table.scrollToTop()
        self._fit(rows)
        done = sum(row.labelled for row in rows)
        self.next.setEnabled(bool(rows))
        self.previous.setEnabled(bool(rows))
        self.state.setText(_state(done, len(rows)))

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
        self.state = QLabel(self)
        self.next.clicked.connect(self.next_requested)
        self.previous.clicked.connect(self.previous_requested)
        row = QHBoxLayout()
        row.addWidget(self.previous)
        row.addWidget(self.next)
        row.addStretch()
        row.addWidget(self.state)
        return row

    def _open(self, place: int) -> None:
        self.tile_requested.emit(self._model.row(place).tile_id)


def _state(done: int, total: int) -> str:
    if not total:
        return ""
    if done == total:
        return tr("All {total} labelled: retrain").format(total=total)
    return tr("{done} of {total} labelled").format(done=done, total=total)
