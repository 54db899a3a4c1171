"""A number on a slider, with its name and its value beside it."""

from __future__ import annotations

from qgis.PyQt.QtCore import QObject, QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QGridLayout, QLabel, QSlider, QWidget

from . import phrases

STEP = 0.05
PAGE_STEPS = 4


class Knob(QObject):
    """Three widgets in one row of a grid; a value between two steps is kept until it is moved."""

    changed = pyqtSignal()
    settled = pyqtSignal()  # the mouse has let go of the handle

    def __init__(self, name: str, tip: str, top: float, parent: QWidget) -> None:
        super().__init__(parent)
        self._value = 0.0
        self.label = QLabel(name, parent)
        self.slider = QSlider(Qt.Orientation.Horizontal, parent)
        self.slider.setRange(0, round(top / STEP))
        self.slider.setPageStep(PAGE_STEPS)
        self.slider.setAccessibleName(name)
        self.text = QLabel(parent)
        self.text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.text.setMinimumWidth(self.text.fontMetrics().horizontalAdvance(phrases.ratio(8.88)))
        self.label.setBuddy(self.slider)
        for widget in self.widgets:
            widget.setToolTip(tip)
        self.slider.valueChanged.connect(self._slide)
        self.slider.sliderReleased.connect(self.settled)
        self._tell()

    @property
    def widgets(self) -> tuple[QWidget, QWidget, QWidget]:
        """Name, slider and value, from left to right."""
        return self.label, self.slider, self.text

    @property
    def value(self) -> float:
        """The value that is set."""
        return self._value

    @property
    def is_held(self) -> bool:
        """Whether the mouse holds the handle."""
        return self.slider.isSliderDown()

    def set_value(self, value: float) -> None:
        """Show a value without telling anybody."""
        self._value = value
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(value / STEP))
        self._tell()

    def add_to(self, grid: QGridLayout, row: int) -> None:
        """Take a row of a grid."""
        for column, widget in enumerate(self.widgets):
            grid.addWidget(widget, row, column)

    def set_visible(self, visible: bool) -> None:  # noqa: FBT001 - a switch
        """Show or hide the row."""
        for widget in self.widgets:
            widget.setVisible(visible)

    def _slide(self, steps: int) -> None:
        self._value = round(steps * STEP, 2)
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        self.text.setText(phrases.ratio(self._value))
        self.slider.setAccessibleDescription(phrases.ratio(self._value))
