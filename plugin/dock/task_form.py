"""What the labels of a new project say: the choice that everything else depends on."""

from __future__ import annotations

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QVBoxLayout, QWidget

from ...al_core.config import Task
from ..messages import tr
from .labels import small_label


class TaskForm(QWidget):
    """Three tasks to choose from, each with a sentence."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QComboBox(self)
        self.box.setAccessibleName(tr("Task"))
        for task, (title, _) in _tasks().items():
            self.box.addItem(title, task)
        self.about = small_label(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.box)
        column.addWidget(self.about)
        self.box.currentIndexChanged.connect(self._show)
        self.setFocusProxy(self.box)
        self._show()

    def task(self) -> Task:
        """Return the task."""
        task: Task = self.box.currentData()
        return task

    def set_task(self, task: Task) -> None:
        """Choose a task."""
        self.box.setCurrentIndex(self.box.findData(task))

    def reset(self) -> None:
        """Choose the first task."""
        self.box.setCurrentIndex(0)

    def _show(self) -> None:
        _, about = _tasks()[self.task()]
        self.about.setText(about)
        self.box.setToolTip(about)
        self.changed.emit()


def _tasks() -> dict[Task, tuple[str, str]]:
    return {
        Task.SEGMENTATION: (
            tr("Paint pixels: a class for each pixel"),
            tr("For land-cover maps: you paint parts of tiles, the network draws the map."),
        ),
        Task.SCENE: (
            tr("Tag tiles: one class a tile"),
            tr(
                "For screening large areas: you say of whole tiles which of the classes they are, "
                "such as farmland, forest or harbour."
            ),
        ),
        Task.MULTILABEL: (
            tr("Tag tiles: any number of classes a tile"),
            tr(
                "For searching large areas: you say of whole tiles all that can be seen in them, "
                "such as water and trees, or nothing of it."
            ),
        ),
    }
