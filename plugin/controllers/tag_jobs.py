"""What the engine does with tags: takes them from paint, makes a project to paint from them."""

from __future__ import annotations

from collections.abc import Callable

from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...al_core import config
from ...al_core.errors import AlCoreError
from ..engine.task import EngineTask
from ..messages import tr
from .engine import EngineController
from .session import Session
from .tagging import TaggingController


class TagJobs(QObject):
    """Runs one of these jobs at a time."""

    started = pyqtSignal()
    progressed = pyqtSignal(float, str, object)  # fraction, message, seconds left or None
    ended = pyqtSignal()  # however it went
    succeeded = pyqtSignal(str)  # what came of it, for people
    project_made = pyqtSignal(str, str)  # folder, and what came of it
    failed = pyqtSignal(object)

    def __init__(
        self, session: Session, engine: EngineController, tagging: TaggingController
    ) -> None:
        super().__init__()
        self._session = session
        self._engine = engine
        self._tagging = tagging
        self._task: EngineTask | None = None
        session.closed.connect(self.cancel)

    @property
    def is_running(self) -> bool:
        """Whether a job is under way."""
        return self._task is not None

    def tag_from_paint(self) -> None:
        """Give every tile that is painted the tags that its pixels tell."""
        options = config.TagConfig(everywhere=True)
        self._run(tr("LandLoop: tags from painted pixels"), "tag", options, self._tagged)

    def paint_next(self, folder: str, count: int) -> None:
        """Make a segmentation project that starts from the tags, in a new folder."""
        options = config.PaintNextConfig(folder=folder, count=count)
        self._run(tr("LandLoop: a project to paint"), "paint_next", options, self._made)

    def cancel(self) -> None:
        """Stop the job; nothing is left half done."""
        if self._task is not None:
            self._task.cancel()

    def _run(
        self,
        title: str,
        verb: str,
        options: object,
        succeed: Callable[[dict[str, object]], None],
    ) -> None:
        if self._task is not None or not self._tagging.is_active:
            return
        if not self._engine.is_ready:
            self.failed.emit(
                AlCoreError(tr("The engine is not installed yet. Press Install in the dock first."))
            )
            return
        folder = self._session.project.folder
        self._task = self._engine.run(title, verb, folder, config.to_json(options))
        self._task.progressed.connect(self.progressed)
        self._task.succeeded.connect(lambda result: self._end(lambda: succeed(result)))
        self._task.failed.connect(lambda error: self._end(lambda: self.failed.emit(error)))
        self._task.cancelled.connect(self._end)
        self.started.emit()

    def _end(self, tell: Callable[[], None] = lambda: None) -> None:
        self._task = None
        self.ended.emit()
        tell()

    def _tagged(self, result: dict[str, object]) -> None:
        self._tagging.reload()
        if self._session.is_open:
            ids, _ = self._session.project.tags.table()
            self._session.labels_changed.emit(ids.tolist())
        sentence = tr("{count} tiles have tags from what is painted.").format(count=result["tiles"])
        self.succeeded.emit(" ".join([sentence, *result["notes"]]))

    def _made(self, result: dict[str, object]) -> None:
        sentence = tr("{count} tiles are ready to be painted first.").format(
            count=len(result["picks"])
        )
        self.project_made.emit(str(result["folder"]), " ".join([sentence, *result["notes"]]))
