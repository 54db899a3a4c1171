"""Why a tile is in the queue: a sentence and the share of each class."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.PyQt.QtCore import QSignalBlocker, pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from ...al_core.config import Task
from ..messages import tr
from .labels import small_label
from .rows import ClassRow, QueueRow
from .why_chart import WhyChart, bars_of


class WhyPanel(QWidget):
    """Explains one pick, and offers to outline where in it to begin."""

    hint_toggled = pyqtSignal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: QueueRow | None = None
        self._classes: tuple[ClassRow, ...] = ()
        self.sentence = small_label(self)
        self.chart = WhyChart(self)
        self.hint = QCheckBox(tr("Outline where to paint first"), self)
        self.hint.toggled.connect(self.hint_toggled)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for widget in (self.sentence, self.chart, self.hint):
            column.addWidget(widget)
        self.set_map_ready(False)
        self.show_pick(None, ())

    def show_pick(self, row: QueueRow | None, classes: Sequence[ClassRow]) -> None:
        """Explain a pick; None empties the panel."""
        self._row, self._classes = row, tuple(classes)
        self.setVisible(row is not None)
        if row is None:
            return
        self.sentence.setText(_sentence(row))
        self.chart.set_bars(bars_of(row.terms, self._classes, row.why))

    def set_task(self, task: Task) -> None:
        """Offer the outline only where something is painted inside of tiles."""
        self.hint.setVisible(not task.labels_tiles)

    def set_hint(self, on: bool) -> None:  # noqa: FBT001 - a switch
        """Show whether the outline is wanted, without telling anybody."""
        with QSignalBlocker(self.hint):
            self.hint.setChecked(on)

    def set_map_ready(self, ready: bool) -> None:  # noqa: FBT001 - a slot
        """Allow the outline; it needs a map of the uncertainty."""
        self.hint.setEnabled(ready)
        self.hint.setToolTip(
            tr("Frames the parts of the current tile that teach the network most")
            if ready
            else tr("Appears with the first map of the uncertainty: press Retrain")
        )


def _sentence(row: QueueRow) -> str:
    """Return which tile, by which strategy, and why."""
    reason = (row.detail or row.why).rstrip(".")
    head = tr("Tile {tile}, {strategy}. {reason}.").format(
        tile=row.tile_id, strategy=row.strategy.partition(" (")[0], reason=reason
    )
    if row.terms:
        return head
    return f"{head} {tr('No network was asked, so no class speaks for it.')}"
