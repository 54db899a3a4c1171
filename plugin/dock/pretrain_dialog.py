"""What a pre-training needs to know, in a small dialog."""

from __future__ import annotations

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from ...al_core.config import PretrainConfig
from ..messages import tr
from .labels import ProblemLabel
from .rows import TrainOptions
from .train_settings import WITHOUT_WEIGHTS

WIDTH_PX = 400
MAX_MINUTES = 2880.0


class PretrainDialog(QDialog):
    """Says what pre-training is for, and asks how long it may take."""

    wanted = pyqtSignal(object)  # PretrainConfig

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = TrainOptions()
        self.setWindowTitle(tr("Pre-train on these tiles"))
        self.setMinimumWidth(WIDTH_PX)
        about = QLabel(
            tr(
                "The encoder learns from the tiles themselves, without labels: it compares "
                "differently cropped and coloured views of them. That pays off where imagery is "
                "unlike photographs and tiles are many; it takes an hour on a GPU and a night "
                "without. You can stop it and go on later."
            ),
            self,
        )
        about.setWordWrap(True)
        self.network = QLabel(self)
        self.network.setWordWrap(True)
        self.minutes = QDoubleSpinBox(self)
        self.minutes.setRange(1.0, MAX_MINUTES)
        self.minutes.setDecimals(0)
        self.minutes.setValue(60.0)
        self.minutes.setSuffix(tr(" min"))
        self.resume = QCheckBox(tr("Go on where it was stopped"), self)
        self.problem = ProblemLabel(self)
        form = QFormLayout()
        form.addRow(tr("Encoder"), self.network)
        form.addRow(tr("&Time limit"), self.minutes)
        form.addRow("", self.resume)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel, parent=self)
        self.buttons.button(kinds.Ok).setText(tr("Start"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(about)
        column.addLayout(form)
        column.addWidget(self.problem)
        column.addStretch()
        column.addWidget(self.buttons)

    def ask(self, options: TrainOptions, *, is_paused: bool) -> None:
        """Open; the encoder, its starting weights and the device are those of training."""
        self._options = options
        weights = tr("starting weights") if options.weights else tr("random weights")
        self.network.setText(
            tr("{encoder}, from {weights}; change it in the training settings").format(
                encoder=options.encoder, weights=weights
            )
        )
        self.resume.setVisible(is_paused)
        self.resume.setChecked(is_paused)
        learns = options.encoder != WITHOUT_WEIGHTS
        self.problem.show_problem(
            "" if learns else tr("“local” has nothing to pre-train. Choose another encoder.")
        )
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(learns)
        self.open()

    def accept(self) -> None:
        """Tell what is wanted."""
        super().accept()
        self.wanted.emit(
            PretrainConfig(
                encoder=self._options.encoder,
                weights=self._options.weights,
                device=self._options.device,
                minutes=self.minutes.value(),
                resume=self.resume.isChecked(),
            )
        )
