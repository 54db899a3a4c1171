"""Fills the tag panel from the controllers, and carries its wishes to them."""

from __future__ import annotations

from qgis.PyQt.QtCore import QObject

from .. import settings
from ..controllers.queue import QueueController
from ..controllers.session import Session
from ..controllers.tag_jobs import TagJobs
from ..controllers.tag_order import sure_ones
from ..controllers.tagging import TaggingController, TagState
from ..messages import tr
from . import dialogs
from .project_form import SUFFIX
from .rows import SurePrediction
from .work_panel import WorkPanel

SURE = 0.9
PAINT_FIRST = 20  # tiles in the queue of a project that goes on by painting


class TagPresenter(QObject):
    """Binds the tag row and the class table to what is tagged."""

    def __init__(
        self,
        panel: WorkPanel,
        session: Session,
        tagging: TaggingController,
        queue: QueueController,
        jobs: TagJobs,
    ) -> None:
        super().__init__(panel)
        self._jobs = jobs
        self._panel = panel
        self._session = session
        self._tagging = tagging
        self._queue = queue
        row = panel.tags
        row.confirm_requested.connect(tagging.confirm)
        row.unsure_requested.connect(tagging.mark_unsure)
        row.none_requested.connect(tagging.mark_none)
        row.take_off_requested.connect(tagging.take_off)
        row.undo_requested.connect(tagging.undo)
        row.redo_requested.connect(tagging.redo)
        row.set_go_on(settings.TAG_GO_ON.get())
        row.go_on_toggled.connect(settings.TAG_GO_ON.set)
        row.set_sure(self._sure)
        row.from_paint_requested.connect(jobs.tag_from_paint)
        row.paint_next_requested.connect(self._ask_where_to_paint)
        row.cancel_requested.connect(jobs.cancel)
        jobs.started.connect(row.show_running)
        jobs.progressed.connect(row.show_running)
        jobs.ended.connect(row.show_idle)
        tagging.state_changed.connect(self._show)
        session.opened.connect(self._open)

    def _open(self) -> None:
        task = self._session.project.settings.task
        self._panel.set_task(task)
        self._show(self._tagging.state)

    def _ask_where_to_paint(self) -> None:
        """Ask for the folder of the new project, beside the one that is open."""
        if not self._session.is_open:
            return
        folder = self._session.folder
        proposal = folder.with_name(f"{folder.stem}_painted{SUFFIX}")
        kinds = tr("LandLoop projects (*{suffix})").format(suffix=SUFFIX)
        path = dialogs.save_file(
            self._panel, tr("Where does the project to paint go?"), str(proposal), kinds
        )
        if path:
            self._jobs.paint_next(path.removesuffix(SUFFIX) + SUFFIX, PAINT_FIRST)

    def _show(self, state: TagState) -> None:
        self._panel.tags.set_state(state)
        if self._tagging.is_active:
            self._panel.classes.set_marks(state.on, state.some)

    def _sure(self) -> tuple[SurePrediction, ...]:
        """Return the classes of which some tiles without tags are predicted for certain."""
        if not self._tagging.is_active:
            return ()
        counts = sure_ones(self._tagging.states, SURE)
        return tuple(
            SurePrediction(index, entry.name, entry.color, int(counts[index]), SURE)
            for index, entry in enumerate(self._session.project.legend)
            if counts[index]
        )
