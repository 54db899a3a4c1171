"""How the next tiles are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qgis.PyQt.QtCore import QSignalBlocker, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ...al_core import strategies
from ...al_core.config import QueryConfig, Task
from ..messages import tr
from . import strategy_options
from .buttons import icon_button, text_button
from .icons import icon
from .knob import Knob
from .labels import ElidedCombo, ProblemLabel, small_label
from .query_options import QueryOptions
from .strategy_options import Option

MAX_COUNT = 999
SETTLE_MS = 400  # keys and wheels come in bursts; what they end at is kept


class QueryRow(QWidget):
    """Strategy, number of tiles, and the options that matter to the strategy.

    Before the first round only what needs no network is offered; the strategy for later
    stays chosen meanwhile, and `query_config` goes on returning it.
    """

    query_requested = pyqtSignal(object)  # QueryConfig
    options_changed = pyqtSignal(object)  # QueryConfig, also while a slider is dragged
    options_settled = pyqtSignal(object)  # QueryConfig, when the hand has come to rest

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._config = QueryConfig()
        self._names: tuple[str, ...] = ()
        self._task: Task | None = None
        self._is_cold = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._tell_settled)
        self.promise = small_label(self)
        self.missing = small_label(self)
        self.missing.hide()
        self.problem = ProblemLabel(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._make_strategy())
        column.addWidget(self.promise)
        column.addLayout(self._make_knobs())
        self.options = QueryOptions(self)  # Tab follows the order of creation
        self.options.changed.connect(self._changed)
        column.addWidget(self.options)
        column.addLayout(self._make_choice())
        column.addWidget(self.missing)
        column.addWidget(self.problem)
        self.set_strategies(strategies.names())

    def query_config(self) -> QueryConfig:
        """Return the options that are set, with the strategy for a trained network."""
        return self._config

    def set_query_config(self, config: QueryConfig) -> None:
        """Show these options; what has no widget (policy, seed) is kept and handed back."""
        if config.strategy not in self._names:
            config = replace(config, strategy=self._names[0])
        self._config = config
        with QSignalBlocker(self.count):
            self.count.setValue(config.count)
        self.alpha.set_value(config.alpha)
        self.gamma.set_value(config.gamma)
        self.options.set_config(config)
        if not self._is_cold:
            with QSignalBlocker(self.strategy):
                self.strategy.setCurrentIndex(max(0, self.strategy.findData(config.strategy)))
        self._show_options()

    def set_strategies(self, names: Sequence[str]) -> None:
        """Offer these strategies."""
        self._names = strategy_options.listed(names)
        self._fill()

    def set_task(self, task: Task) -> None:
        """Offer the strategies that make sense for a task."""
        self._task = task
        tiles = task.labels_tiles
        for widget in self.alpha.widgets:
            widget.setToolTip(
                tr("How strongly classes with a low F1 pull: 0 not at all, 1 in proportion")
                if tiles
                else tr("How strongly classes with a low IoU pull: 0 not at all, 1 in proportion")
            )
        self._fill()

    def set_ready(self, ready: bool) -> None:  # noqa: FBT001 - a slot
        """Allow a query."""
        self.choose.setEnabled(ready)

    def set_cold(self, cold: bool) -> None:  # noqa: FBT001 - a slot
        """Offer what can choose before the first round, or everything."""
        if cold != self._is_cold:
            self._is_cold = cold
            self._fill()

    def show_missing(self, classes: Sequence[str]) -> None:
        """Say which classes have no label, so that no strategy can look for them."""
        self.missing.setVisible(bool(classes))
        self.missing.setText(
            (
                tr(
                    "Nothing to learn {classes} from yet: find one tile of each and tag it, "
                    "then look for similar tiles."
                )
                if self._task is not None and self._task.labels_tiles
                else tr(
                    "Nothing to learn {classes} from yet: find one place of each and paint it, "
                    "then look for similar tiles."
                )
            ).format(classes=", ".join(classes))
        )

    def show_problem(self, text: str) -> None:
        """Say why there is no new choice; nothing if the text is empty."""
        self.problem.show_problem(text)

    def _fill(self) -> None:
        offered = self._names
        if self._is_cold:
            offered = strategy_options.first_ones(offered, self._task or Task.SEGMENTATION)
        with QSignalBlocker(self.strategy):
            self.strategy.clear()
            for place, name in enumerate(offered):
                strategy = strategies.get(name)
                self.strategy.addItem(strategy.title, name)
                self.strategy.setItemData(place, strategy.promise, Qt.ItemDataRole.ToolTipRole)
        view = self.strategy.view()
        view.setMinimumWidth(view.sizeHintForColumn(0) + 2 * view.frameWidth())
        self.set_query_config(self._config)

    def _make_strategy(self) -> QComboBox:
        self.strategy = ElidedCombo(self)
        self.strategy.setAccessibleName(tr("Query strategy"))
        self.strategy.currentIndexChanged.connect(self._changed)
        return self.strategy

    def _make_choice(self) -> QHBoxLayout:
        self.count = QSpinBox(self)
        self.count.setRange(1, MAX_COUNT)
        self.count.setSuffix(tr(" tiles"))
        self.count.setKeyboardTracking(False)
        self.count.setAccessibleName(tr("Number of tiles"))
        self.count.setToolTip(tr("How many tiles one query chooses"))
        self.choose = text_button(
            icon("retrain"),
            tr("Choose tiles"),
            tr("Choose tiles with these options, without training"),
            self,
        )
        self.choose.setEnabled(False)
        self.choose.clicked.connect(self._ask)
        self.count.valueChanged.connect(self._changed)
        self.more = icon_button(
            icon("settings"), tr("More options"), tr("Show more options of this strategy"), self
        )
        self.more.setCheckable(True)
        self.more.toggled.connect(self._show_options)
        self.more.setAutoRaise(False)
        row = QHBoxLayout()
        row.addWidget(self.count)
        row.addWidget(self.choose, 1)
        row.addWidget(self.more)
        return row

    def _make_knobs(self) -> QGridLayout:
        self.alpha = Knob(
            tr("Class focus α"),
            tr("How strongly classes with a low IoU pull: 0 not at all, 1 in proportion"),
            2.0,
            self,
        )
        self.gamma = Knob(
            tr("Threshold γ"),
            tr("A candidate's score is this many standard deviations above the mean"),
            3.0,
            self,
        )
        grid = QGridLayout()
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for row, knob in enumerate((self.alpha, self.gamma)):
            knob.add_to(grid, row)
            knob.changed.connect(self._changed)
            knob.settled.connect(self._tell_settled)
        return grid

    def _changed(self) -> None:
        self._config = self.options.applied_to(
            replace(
                self._config,
                strategy=self._config.strategy if self._is_cold else self.strategy.currentData(),
                count=self.count.value(),
                alpha=self.alpha.value,
                gamma=self.gamma.value,
            )
        )
        self._show_options()
        self.options_changed.emit(self._config)
        if self.alpha.is_held or self.gamma.is_held:
            self._settle.stop()  # the release will tell
        else:
            self._settle.start()

    def _tell_settled(self) -> None:
        self._settle.stop()
        self.options_settled.emit(self._config)

    def _ask(self) -> None:
        self.query_requested.emit(self._asked())

    def _asked(self) -> QueryConfig:
        """Return what the button asks for: before the first round, what the list shows."""
        return replace(self._config, strategy=self.strategy.currentData())

    def _show_options(self) -> None:
        options = strategy_options.options_of(self._asked())
        self.alpha.set_visible(Option.ALPHA in options)
        self.gamma.set_visible(Option.GAMMA in options)
        more = self.options.show_options(options)
        self.more.setVisible(more)
        self.options.setVisible(more and self.more.isChecked())
        promise = strategies.get(self._asked().strategy).promise
        self.strategy.setToolTip(promise)
        self.promise.setText(f"{promise} {self._advice()}" if self._is_cold else promise)

    def _advice(self) -> str:
        title = strategies.get(self._config.strategy).title
        return tr("After the first round “{strategy}” takes over.").format(strategy=title)
