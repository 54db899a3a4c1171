"""The options of a query that are seldom changed."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import replace

from qgis.PyQt.QtCore import QSignalBlocker, pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QSpinBox, QWidget

from ...al_core.config import QueryConfig
from ..messages import tr
from . import strategy_options
from .labels import ElidedCombo
from .strategy_options import Option

MAX_ROUNDS = 999
MAX_MULTIPLE, MAX_NEIGHBOURS = 99, 999


class QueryOptions(QWidget):
    """What only some strategies ask for; only those options that apply are seen."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: dict[QWidget, QLabel] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self.policy = self._add_combo(
            tr("Too few above θ"),
            tr("What to do when fewer tiles than asked for exceed the threshold θ"),
            strategy_options.policies(),
        )
        self.gamma_mode = self._add_combo(
            tr("γ over rounds"),
            tr("Whether γ stays as it is, rises with the rounds, or follows the accuracy"),
            strategy_options.gamma_modes(),
        )
        self.quotas = self._add_combo(
            tr("Class quotas"),
            tr("How the class part of a batch is divided among the classes"),
            strategy_options.quota_rules(),
        )
        self.gap_source = self._add_combo(
            tr("Gaps from"),
            tr("Which labels the class gaps are measured on"),
            strategy_options.gap_sources(),
        )
        self.rounds = self._add_number(
            tr("Planned rounds"),
            tr("Early rounds explore more; the last one takes what looks best"),
            (2, MAX_ROUNDS),
        )
        self._make_options_of_tiles()

    def applied_to(self, config: QueryConfig) -> QueryConfig:
        """Return the config with these options."""
        return replace(
            config,
            policy=self.policy.currentData(),
            gamma_mode=self.gamma_mode.currentData(),
            quotas=self.quotas.currentData(),
            gap_source=self.gap_source.currentData(),
            rounds=self.rounds.value(),
            clustering=self.clustering.isChecked(),
            unit_gradients=self.unit_gradients.isChecked(),
            normalise=self.normalise.isChecked(),
            multiple=self.multiple.value(),
            neighbours=self.neighbours.value(),
            skip=self.skip.value() / 100,
            cluster_share=self.cluster_share.currentData(),
        )

    def set_config(self, config: QueryConfig) -> None:
        """Show the options of a config without telling anybody."""
        for combo, value in (
            (self.policy, config.policy),
            (self.gamma_mode, config.gamma_mode),
            (self.quotas, config.quotas),
            (self.gap_source, config.gap_source),
            (self.cluster_share, config.cluster_share),
        ):
            with QSignalBlocker(combo):
                values = [combo.itemData(place) for place in range(combo.count())]
                combo.setCurrentIndex(values.index(value))
        for box, number in (
            (self.rounds, config.rounds),
            (self.multiple, config.multiple),
            (self.neighbours, config.neighbours),
            (self.skip, round(100 * config.skip)),
        ):
            with QSignalBlocker(box):
                box.setValue(number)
        for check, on in (
            (self.clustering, config.clustering),
            (self.unit_gradients, config.unit_gradients),
            (self.normalise, config.normalise),
        ):
            with QSignalBlocker(check):
                check.setChecked(on)

    def show_options(self, options: frozenset[Option]) -> bool:
        """Show those of the options that are here; tell whether there are any."""
        mine = {
            Option.POLICY: self.policy,
            Option.GAMMA_MODE: self.gamma_mode,
            Option.QUOTAS: self.quotas,
            Option.GAP_SOURCE: self.gap_source,
            Option.ROUNDS: self.rounds,
            Option.CLUSTERING: self.clustering,
            Option.MULTIPLE: self.multiple,
            Option.UNIT_GRADIENTS: self.unit_gradients,
            Option.NORMALISE: self.normalise,
            Option.NEIGHBOURS: self.neighbours,
            Option.SKIP: self.skip,
            Option.CLUSTER_SHARE: self.cluster_share,
        }
        for option, widget in mine.items():
            widget.setVisible(option in options)
            self._labels[widget].setVisible(option in options)
        return bool(options & set(mine))

    def _make_options_of_tiles(self) -> None:
        self.clustering = self._add_check(
            tr("One of each kind"),
            tr("Group the most uncertain tiles by likeness and take the worst of each group"),
        )
        self.multiple = self._add_number(
            tr("Candidates a tile"),
            tr("How many times as many uncertain tiles are grouped as are chosen (m)"),
            (1, MAX_MULTIPLE),
        )
        self.unit_gradients = self._add_check(
            tr("Compare directions"),
            tr("Bring the features to one length first: else tiles rich in contrast lead"),
        )
        self.normalise = self._add_check(
            tr("Compare directions"),
            tr("Bring the features to one length first: else tiles rich in contrast lead"),
        )
        self.neighbours = self._add_number(
            tr("Neighbours"),
            tr("How many tiles around each far point are compared (k)"),
            (1, MAX_NEIGHBOURS),
        )
        self.skip = self._add_number(
            tr("Skip above"),
            tr("A neighbourhood whose tiles are all more certain than this is left out"),
            (1, 100),
        )
        self.skip.setSuffix(tr(" % certainty"))
        self.cluster_share = self._add_combo(
            tr("Seats of clusters"),
            tr("How a batch is divided among the clusters"),
            strategy_options.cluster_shares(),
        )

    def _add_check(self, name: str, tip: str) -> QCheckBox:
        box = QCheckBox(self)
        box.toggled.connect(self.changed)
        self._add(name, tip, box)
        return box

    def _add_number(self, name: str, tip: str, limits: tuple[int, int]) -> QSpinBox:
        box = QSpinBox(self)
        box.setRange(*limits)
        box.setKeyboardTracking(False)
        box.valueChanged.connect(self.changed)
        self._add(name, tip, box)
        return box

    def _add_combo(self, name: str, tip: str, titles: Mapping[enum.Enum, str]) -> QComboBox:
        combo = ElidedCombo(self)
        for value, title in titles.items():
            combo.addItem(title, value)
        combo.currentIndexChanged.connect(self.changed)
        self._add(name, tip, combo)
        return combo

    def _add(self, name: str, tip: str, widget: QWidget) -> None:
        widget.setAccessibleName(name)
        widget.setToolTip(tip)
        label = QLabel(name, self)
        label.setToolTip(tip)
        label.setBuddy(widget)
        row = len(self._labels)
        self._labels[widget] = label
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(widget, row, 1)
