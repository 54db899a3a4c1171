"""How the next tiles are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qgis.PyQt.QtCore import QSignalBlocker, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ...al_core.config import QueryConfig
from ..messages import tr
from .buttons import icon_button
from .icons import icon

STRATEGIES = ("dcau", "entropy", "random")
WEIGHTED = "dcau"  # the one that alpha and gamma belong to
MAX_COUNT = 999
STEP = 0.1


class QueryRow(QWidget):
    """Strategy, number of tiles, and the two knobs of class-aware uncertainty."""

    query_requested = pyqtSignal(object)  # QueryConfig
    options_changed = pyqtSignal(object)  # QueryConfig

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._config = QueryConfig()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._make_choice())
        column.addWidget(self._make_knobs())
        self.set_strategies(STRATEGIES)

    def query_config(self) -> QueryConfig:
        """Return the options that are set."""
        return replace(
            self._config,
            strategy=str(self.strategy.currentData()),
            count=self.count.value(),
            alpha=round(self.alpha.value(), 2),
            gamma=round(self.gamma.value(), 2),
        )

    def set_query_config(self, config: QueryConfig) -> None:
        """Show these options; what has no widget (policy, seed) is kept and handed back."""
        self._config = config
        for widget, value in (
            (self.count, config.count),
            (self.alpha, config.alpha),
            (self.gamma, config.gamma),
        ):
            with QSignalBlocker(widget):
                widget.setValue(value)
        with QSignalBlocker(self.strategy):
            self.strategy.setCurrentIndex(max(0, self.strategy.findData(config.strategy)))
        self._show_knobs()

    def set_strategies(self, names: Sequence[str]) -> None:
        """Offer these strategies."""
        with QSignalBlocker(self.strategy):
            self.strategy.clear()
            for name in names:
                self.strategy.addItem(_title(name), name)
        self.set_query_config(self._config)

    def set_ready(self, ready: bool) -> None:  # noqa: FBT001 - a slot
        """Allow a query; it needs a round that has been scanned."""
        self.choose.setEnabled(ready)

    def _make_choice(self) -> QHBoxLayout:
        self.strategy = QComboBox(self)
        self.strategy.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.strategy.setAccessibleName(tr("Query strategy"))
        self.strategy.setToolTip(tr("What makes a tile worth labelling"))
        self.count = QSpinBox(self)
        self.count.setRange(1, MAX_COUNT)
        self.count.setSuffix(tr(" tiles"))
        self.count.setKeyboardTracking(False)
        self.count.setAccessibleName(tr("Number of tiles"))
        self.count.setToolTip(tr("How many tiles one query chooses"))
        self.more = icon_button(
            icon("settings"),
            tr("Class focus and threshold"),
            tr("Show class focus α and threshold γ"),
            self,
        )
        self.more.setCheckable(True)
        self.more.toggled.connect(self._show_knobs)
        self.choose = icon_button(
            icon("retrain"),
            tr("Choose tiles again"),
            tr("Choose tiles again with these options, without retraining"),
            self,
        )
        self.choose.setEnabled(False)
        for button in (self.more, self.choose):
            button.setAutoRaise(False)
        self.choose.clicked.connect(lambda: self.query_requested.emit(self.query_config()))
        self.strategy.currentIndexChanged.connect(self._changed)
        self.count.valueChanged.connect(self._changed)
        row = QHBoxLayout()
        row.addWidget(self.strategy, 1)
        row.addWidget(self.count)
        row.addWidget(self.more)
        row.addWidget(self.choose)
        return row

    def _make_knobs(self) -> QWidget:
        self.knobs = QWidget(self)
        row = QHBoxLayout(self.knobs)
        row.setContentsMargins(0, 0, 0, 0)
        self.alpha = self._make_knob(
            row,
            tr("Class focus α"),
            tr("How strongly classes with a low IoU pull: 0 not at all, 1 in proportion"),
            2.0,
        )
        row.addStretch()
        self.gamma = self._make_knob(
            row,
            tr("Threshold γ"),
            tr("A candidate's score is this many standard deviations above the mean"),
            3.0,
        )
        return self.knobs

    def _make_knob(self, row: QHBoxLayout, name: str, tip: str, top: float) -> QDoubleSpinBox:
        label = QLabel(name, self.knobs)
        knob = QDoubleSpinBox(self.knobs)
        knob.setRange(0.0, top)
        knob.setSingleStep(STEP)
        knob.setKeyboardTracking(False)
        knob.setToolTip(tip)
        label.setToolTip(tip)
        label.setBuddy(knob)
        knob.setAccessibleName(name)
        knob.valueChanged.connect(self._changed)
        row.addWidget(label)
        row.addWidget(knob)
        return knob

    def _changed(self) -> None:
        self._show_knobs()
        self.options_changed.emit(self.query_config())

    def _show_knobs(self) -> None:
        weighted = self.strategy.currentData() == WEIGHTED
        self.more.setEnabled(weighted)
        self.knobs.setVisible(weighted and self.more.isChecked())


def _title(name: str) -> str:
    titles = {
        "dcau": tr("Class-aware"),
        "entropy": tr("Entropy"),
        "random": tr("Random"),
    }
    return titles.get(name, name)
