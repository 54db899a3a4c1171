"""Retrain: the button, the progress, and what came of it."""

from __future__ import annotations

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ...al_core.config import Task
from ..messages import tr
from .buttons import icon_button, text_button
from .icons import icon
from .job_progress import JobProgress
from .rows import TrainOptions
from .train_settings import TrainSettings


class TrainRow(QWidget):
    """Starts and stops a retraining and tells how it goes."""

    retrain_requested = pyqtSignal()
    cancel_requested = pyqtSignal()
    imagenet_requested = pyqtSignal(str)  # encoder; answer with allow_imagenet
    options_changed = pyqtSignal(object)  # TrainOptions
    pretrain_requested = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint = ""
        self._outcome = ""
        self.settings = TrainSettings(self)
        self.settings.imagenet_requested.connect(self.imagenet_requested)
        self.settings.options_changed.connect(self.options_changed)
        self.idle = self._make_idle()
        self.progress = JobProgress(
            tr("Stop; the model and the maps of the last round stay in force"), self
        )
        self.progress.cancel_requested.connect(self.cancel_requested)
        self.status = QLabel(self)
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.idle, self.progress, self.status):
            column.addWidget(widget)
        self.show_idle()

    def train_options(self) -> TrainOptions:
        """Return how to train."""
        return self.settings.options()

    def set_train_options(self, options: TrainOptions) -> None:
        """Show how to train."""
        self.settings.set_options(options)

    def set_task(self, task: Task) -> None:
        """Offer the networks and recipes of a task."""
        self.settings.set_task(task)
        self.retrain.setToolTip(
            tr("Train on the tags, predict the tags of all tiles and choose the next ones")
            if task.labels_tiles
            else tr("Train on the labels, map the whole scene and choose the next tiles")
        )

    def allow_imagenet(self, allowed: bool) -> None:  # noqa: FBT001 - a slot
        """Answer imagenet_requested."""
        self.settings.allow_imagenet(allowed)

    def set_ready(self, ready: bool, hint: str = "") -> None:  # noqa: FBT001 - a slot
        """Allow retraining, or say in `hint` what is missing."""
        self.retrain.setEnabled(ready)
        self._hint = hint
        self._tell()

    def show_idle(self, text: str = "") -> None:
        """Offer Retrain; `text` tells how the last one ended."""
        self._outcome = text
        self.progress.finish()
        self.idle.show()
        self._tell()

    def show_running(
        self, fraction: float, message: str = "", time_left_s: float | None = None
    ) -> None:
        """Show progress, 0 to 1, and offer Cancel."""
        self.idle.hide()
        self._tell()
        self.progress.report(fraction, message, time_left_s)

    def _tell(self) -> None:
        text = self._hint or self._outcome
        self.status.setText(text)
        self.status.setVisible(bool(text) and not self.idle.isHidden())

    def _make_idle(self) -> QWidget:
        page = QWidget(self)
        self.retrain = text_button(
            icon("retrain"),
            tr("Retrain"),
            tr("Train on the labels, map the whole scene and choose the next tiles"),
            page,
        )
        _emphasise(self.retrain)
        self.options = icon_button(
            icon("settings"),
            tr("Training settings"),
            tr("Training settings: recipe, encoder, starting weights, time limit, device"),
            page,
        )
        self.options.setAutoRaise(False)
        self.pretrain = icon_button(
            icon("pretrain"),
            tr("Pre-train on these tiles"),
            tr("Let the encoder learn from the tiles themselves, without labels"),
            page,
        )
        self.pretrain.setAutoRaise(False)
        self.pretrain.clicked.connect(self.pretrain_requested)
        self.retrain.clicked.connect(self.retrain_requested)
        self.options.clicked.connect(self.settings.open)
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.retrain, 1)
        row.addWidget(self.options)
        row.addWidget(self.pretrain)
        return page


def _emphasise(button: QPushButton) -> None:
    font = button.font()
    font.setBold(True)
    button.setFont(font)
    button.setMinimumHeight(round(button.fontMetrics().height() * 1.9))
