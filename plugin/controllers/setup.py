"""Making a project from rasters, opening one, and remembering which belongs to this map."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...al_core import config
from ...al_core.errors import AlCoreError
from ...al_core.legend import Legend
from .. import bridge, settings
from ..engine.task import EngineTask
from ..messages import tr
from .engine import EngineController
from .session import Session

SCOPE = "landloop"
FORMAT = 1  # of what is written into the QGIS project


class SetupController(QObject):
    """Creates and opens projects."""

    opened = pyqtSignal(str)  # folder
    created = pyqtSignal(str)  # what came of it, for people
    progressed = pyqtSignal(float, str, object)
    ended = pyqtSignal()  # however it went
    failed = pyqtSignal(object)

    def __init__(
        self, session: Session, engine: EngineController, qgis_project: QgsProject
    ) -> None:
        super().__init__()
        self._session = session
        self._engine = engine
        self._qgis_project = qgis_project
        self._task: EngineTask | None = None
        session.opened.connect(self._show_images)
        qgis_project.writeProject.connect(self._remember)
        qgis_project.readProject.connect(self.restore)
        qgis_project.cleared.connect(session.close)

    def create(
        self,
        folder: Path,
        legend: Legend,
        options: config.InitConfig,
        labels: config.LabelConfig | config.TagConfig | None,
    ) -> None:
        """Make a project in the background, bring labels in, and open it."""
        if self._task is not None:
            return
        request = config.to_json(options)
        request["legend"] = [
            {"value": entry.value, "name": entry.name, "color": entry.color} for entry in legend
        ]
        self._task = self._engine.run(tr("LandLoop: creating the project"), "init", folder, request)
        self._task.progressed.connect(self.progressed)
        self._task.failed.connect(self._fail)
        self._task.cancelled.connect(self._forget)
        self._task.succeeded.connect(lambda result: self._created(folder, labels, result))

    def cancel(self) -> None:
        """Stop making the project."""
        if self._task is not None:
            self._task.cancel()

    def open(self, folder: Path) -> None:
        """Open a project and show its images."""
        try:
            self._session.open(folder)
        except AlCoreError as error:
            self.failed.emit(error)
            return
        settings.RECENT_FOLDER.set(str(folder))
        self.opened.emit(str(folder))

    def restore(self) -> None:
        """Open the LandLoop project that the QGIS project remembers, if any."""
        stored, _ = self._qgis_project.readEntry(SCOPE, "folder", "")
        if not stored:
            return
        dirty = self._qgis_project.isDirty()
        self.open(Path(self._qgis_project.readPath(stored)))
        self._qgis_project.setDirty(dirty)

    def unload(self) -> None:
        """Let go of the QGIS project."""
        self.cancel()
        self._qgis_project.writeProject.disconnect(self._remember)
        self._qgis_project.readProject.disconnect(self.restore)
        self._qgis_project.cleared.disconnect(self._session.close)

    def _created(
        self,
        folder: Path,
        labels: config.LabelConfig | config.TagConfig | None,
        result: dict[str, object],
    ) -> None:
        self._task = None
        if labels is None:
            self._finish(folder, result)
            return
        verb = "tag" if isinstance(labels, config.TagConfig) else "label"
        self._task = self._engine.run(
            tr("LandLoop: reading labels"), verb, folder, config.to_json(labels)
        )
        self._task.progressed.connect(self.progressed)
        self._task.succeeded.connect(lambda _labels: self._finish(folder, result))
        # The project stands without the labels; the analyst is told why they are missing.
        self._task.failed.connect(lambda error: self._finish(folder, result, error))
        self._task.cancelled.connect(lambda: self._finish(folder, result))

    def _finish(self, folder: Path, result: dict[str, object], error: object | None = None) -> None:
        self._forget()
        self.open(folder)
        if error is not None:
            self.failed.emit(error)
        sentence = tr("{tiles} tiles, {validation} of them for validation.").format(
            tiles=result["tiles"], validation=result["validation_tiles"]
        )
        self.created.emit(" ".join([sentence, *result["warnings"]]))

    def _fail(self, error: object) -> None:
        self._forget()
        self.failed.emit(error)

    def _forget(self) -> None:
        self._task = None
        self.ended.emit()

    def _show_images(self) -> None:
        """Add the images that the map does not show yet, below all others."""
        shown = {Path(source.path) for source in bridge.raster_sources(self._qgis_project)}
        for image in self._session.project.images:
            if Path(image.path) not in shown:
                layer = QgsRasterLayer(image.path, image.name, "gdal")
                added = self._qgis_project.addMapLayer(layer, False)  # noqa: FBT003 - not on top
                self._qgis_project.layerTreeRoot().addLayer(added)

    def _remember(self) -> None:
        if self._session.folder is None:
            self._qgis_project.removeEntry(SCOPE, "/")
            return
        self._qgis_project.writeEntry(SCOPE, "format", FORMAT)
        self._qgis_project.writeEntry(
            SCOPE, "folder", self._qgis_project.writePath(str(self._session.folder))
        )
