"""Everything that a new project needs, on one page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from qgis.gui import QgsScrollArea
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ...al_core.config import InitConfig, Task
from ...al_core.errors import AlCoreError
from ...al_core.legend import Legend
from ..messages import tr
from .buttons import text_button
from .group import group
from .icons import icon
from .image_form import ImageForm
from .job_progress import JobProgress
from .labels import ProblemLabel
from .labels_form import LabelsForm
from .legend_editor import LegendEditor
from .project_form import ProjectForm
from .rows import RasterRow, SetupChoice
from .task_form import TaskForm


class SetupPanel(QWidget):
    """Images, classes, project, existing labels, and the button that creates it all."""

    create_requested = pyqtSignal(object)  # SetupChoice
    cancel_requested = pyqtSignal()
    back_requested = pyqtSignal()

    def __init__(
        self,
        band_count: Callable[[str], int],
        legend_of_raster: Callable[[str], Legend],
        parent: QWidget | None = None,
        pixel_size_m: Callable[[str], float | None] = lambda _path: None,
    ) -> None:
        super().__init__(parent)
        self._home = ""
        self._pixel_size_m = pixel_size_m
        self.body = QWidget(self)
        self.images = ImageForm(band_count, self.body)
        self.task = TaskForm(self.body)
        self.legend = LegendEditor(legend_of_raster, self.body)
        self.project = ProjectForm(self.body)
        self.labels = LabelsForm(self.body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._make_scroll(), 1)
        column.addWidget(self._make_footer())
        self.images.changed.connect(self._propose)
        self.task.changed.connect(self._follow_task)
        for part in (self.images, self.task, self.legend, self.project, self.labels):
            part.changed.connect(self._forget_problem)
        self.setFocusProxy(self.images)

    def set_rasters(self, rasters: Sequence[RasterRow]) -> None:
        """Offer these rasters (anything with name, path and band_count)."""
        self.images.set_rasters(rasters)

    def reset(self) -> None:
        """Forget what was entered, for the next project."""
        self.images.reset()
        self.task.reset()
        self.legend.reset()
        self.project.reset()
        self.labels.reset()
        self.existing.setCollapsed(True)
        self.show_idle()

    def set_home(self, folder: str) -> None:
        """Propose new projects in this folder instead of beside their first image."""
        self._home = folder

    def choice(self) -> SetupChoice:
        """Return what has been entered.

        Raises:
            AlCoreError: Something is missing or makes no sense.
        """
        return SetupChoice(
            folder=self.project.folder(),
            legend=self.legend.legend(),
            options=InitConfig(
                images=self.images.images(),
                bands=self.images.chosen_bands(),
                tile_size_px=self.project.tile_size_px(),
                validation_share=self.project.validation_share(),
                task=self.task.task(),
            ),
            labels=self.labels.config(),
        )

    def show_progress(
        self, fraction: float, message: str = "", time_left_s: float | None = None
    ) -> None:
        """Show that the project is being created."""
        self.problem.show_problem("")
        self._show_busy(busy=True)
        self.progress.report(fraction, message, time_left_s)

    def show_idle(self) -> None:
        """Offer Create again, after success or a cancel."""
        self.progress.finish()
        self._show_busy(busy=False)

    def show_error(self, text: str) -> None:
        """Say why the project was not created."""
        self.show_idle()
        self.problem.show_problem(text)

    def _make_scroll(self) -> QgsScrollArea:
        self.scroll = QgsScrollArea(self)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setWidgetResizable(True)
        column = QVBoxLayout(self.body)
        column.setContentsMargins(6, 4, 6, 4)
        column.addWidget(group(tr("Task"), self.task))
        column.addWidget(group(tr("Images"), self.images))
        column.addWidget(group(tr("Classes"), self.legend))
        column.addWidget(group(tr("Project"), self.project))
        self.existing = group(tr("Existing labels (optional)"), self.labels)
        self.existing.setCollapsed(True)
        column.addWidget(self.existing)
        column.addStretch()
        self.scroll.setWidget(self.body)
        return self.scroll

    def _make_footer(self) -> QWidget:
        footer = QWidget(self)
        self.problem = ProblemLabel(footer)
        self.progress = JobProgress(tr("Stop; nothing is left behind"), footer)
        self.progress.cancel_requested.connect(self.cancel_requested)
        self.back = text_button(icon("previous"), tr("Back"), tr("Back to the start"), footer)
        self.back.clicked.connect(self.back_requested)
        self.create_button = text_button(
            icon("new"), tr("Create project"), tr("Cut the images into tiles and begin"), footer
        )
        self.create_button.clicked.connect(self._create)
        row = QHBoxLayout()
        row.addWidget(self.back)
        row.addWidget(self.create_button, 1)
        column = QVBoxLayout(footer)
        column.setContentsMargins(8, 6, 8, 8)
        column.addWidget(self.problem)
        column.addWidget(self.progress)
        column.addLayout(row)
        return footer

    def _forget_problem(self) -> None:
        self.problem.show_problem("")

    def _propose(self) -> None:
        checked = self.images.checked()
        path = Path(checked[0].path) if checked else None
        self.project.set_pixel_size(self._pixel_size_m(str(path)) if path else None)
        if path is not None:
            self.project.propose(path.stem, self._home or str(path.parent))

    def _follow_task(self) -> None:
        task: Task = self.task.task()
        self.project.set_task(task)
        self.labels.set_task(task)

    def _create(self) -> None:
        """Emit the choice, or show the first thing that is wrong where it is wrong."""
        parts: tuple[tuple[QWidget, Callable[[], object]], ...] = (
            (self.images, self.images.images),
            (self.legend, self.legend.legend),
            (self.project, self.project.folder),
            (self.labels, self.labels.config),
        )
        for widget, check in parts:
            problem = _problem(check)
            if problem:
                self.show_error(problem)
                widget.parentWidget().setCollapsed(False)
                self.scroll.ensureWidgetVisible(widget)
                widget.setFocus()
                return
        self.problem.show_problem("")
        self.create_requested.emit(self.choice())

    def _show_busy(self, *, busy: bool) -> None:
        self.body.setEnabled(not busy)
        self.create_button.setVisible(not busy)
        self.back.setVisible(not busy)


def _problem(check: Callable[[], object]) -> str:
    try:
        check()
    except AlCoreError as error:
        return str(error)
    return ""
