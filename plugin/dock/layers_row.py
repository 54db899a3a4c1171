"""Which maps are shown, and how opaque."""

from __future__ import annotations

from qgis.PyQt.QtCore import QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QGridLayout, QLabel, QSlider, QWidget

from ...al_core.config import Task
from ..messages import tr
from .icons import icon
from .rows import LayersState

LAYERS = ("prediction", "uncertainty", "labels")


class LayersRow(QWidget):
    """A switch and an opacity for prediction, uncertainty and painted labels."""

    toggled = pyqtSignal(str, bool)  # one of LAYERS
    opacity_changed = pyqtSignal(str, float)  # one of LAYERS, 0 to 1

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, QCheckBox] = {}
        self.opacities: dict[str, QSlider] = {}
        self.percents: dict[str, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        titles = (tr("Prediction"), tr("Uncertainty"), tr("Labels"))
        tips = (
            tr("Show what the network predicts (P)"),
            tr("Show where the network is unsure (U)"),
            tr("Show what has been painted, or tagged"),
        )
        for row, name in enumerate(LAYERS):
            self._add(grid, row, name, titles[row], tips[row])
        self.hint = QLabel(tr("Prediction and uncertainty appear after the first round."), self)
        self.hint.setWordWrap(True)
        grid.addWidget(self.hint, len(LAYERS), 0, 1, 3)
        self.set_state(LayersState())

    def set_task(self, task: Task) -> None:
        """Offer opacities where there are pictures; tags are lines and letters."""
        tags = task.labels_tiles
        for name in ("prediction", "labels"):
            self.opacities[name].setVisible(not tags)
            self.percents[name].setVisible(not tags)
        self.boxes["labels"].setText(tr("Tags") if tags else tr("Labels"))
        self.boxes["prediction"].setText(tr("Predicted tags") if tags else tr("Prediction"))

    def set_state(self, state: LayersState) -> None:
        """Show which layers are there, visible and how opaque."""
        for name in LAYERS:
            there = state.available or name == "labels"
            box, opacity = self.boxes[name], self.opacities[name]
            with QSignalBlocker(box), QSignalBlocker(opacity):
                box.setChecked(getattr(state, name) and there)
                opacity.setValue(round(100 * getattr(state, f"{name}_opacity")))
            box.setEnabled(there)
            opacity.setEnabled(there)
            self.percents[name].setText(_percent(opacity.value()))
            self.percents[name].setEnabled(there)
        self.hint.setVisible(not state.available)

    def _add(self, grid: QGridLayout, row: int, name: str, title: str, tip: str) -> None:
        box = QCheckBox(title, self)
        box.setIcon(icon(name))
        box.setToolTip(tip)
        opacity = QSlider(Qt.Orientation.Horizontal, self)
        opacity.setRange(0, 100)
        opacity.setPageStep(10)
        opacity.setToolTip(tr("Opacity"))
        opacity.setAccessibleName(tr("Opacity of {layer}").format(layer=title))
        percent = QLabel(self)
        percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        percent.setMinimumWidth(percent.fontMetrics().horizontalAdvance(_percent(100)))
        box.toggled.connect(lambda on: self.toggled.emit(name, on))
        opacity.valueChanged.connect(lambda value: self._slide(name, value))
        grid.addWidget(box, row, 0)
        grid.addWidget(opacity, row, 1)
        grid.addWidget(percent, row, 2)
        self.boxes[name] = box
        self.opacities[name] = opacity
        self.percents[name] = percent

    def _slide(self, name: str, value: int) -> None:
        self.percents[name].setText(_percent(value))
        self.opacity_changed.emit(name, value / 100)


def _percent(value: int) -> str:
    return tr("{value} %").format(value=value)
