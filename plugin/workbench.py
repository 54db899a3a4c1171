"""Everything behind the dock: built at its first opening, unloaded in reverse."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from qgis.core import QgsProject
from qgis.gui import QgsMapCanvas, QgsMapTool, QgsMessageBar
from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtWidgets import QMainWindow, QMessageBox

from ..al_core import strategies
from . import bridge, messages, settings
from .controllers.engine import EngineController
from .controllers.export import ExportController
from .controllers.hints import HintController
from .controllers.keys import Keys
from .controllers.labelling import LabellingController
from .controllers.map_view import MapController
from .controllers.pictures import Pictures
from .controllers.plane import PlaneController
from .controllers.predictions import PredictionsController
from .controllers.pretraining import PretrainingController
from .controllers.queue import QueueController
from .controllers.ranking import RankingController
from .controllers.selection import TileSelection
from .controllers.session import Session
from .controllers.setup import SetupController
from .controllers.similar import SimilarController
from .controllers.tag_jobs import TagJobs
from .controllers.tag_map import TagMapController
from .controllers.tagging import TaggingController
from .controllers.training import TrainingController
from .dock.gallery.presenter import GalleryPresenter
from .dock.gallery.window import GalleryDock
from .dock.landloop_dock import LandLoopDock
from .dock.presenter import WorkPresenter
from .dock.query_presenter import QueryPresenter
from .dock.rows import InstallStage, InstallState, SetupChoice
from .dock.tag_presenter import TagPresenter
from .engine.environment import InstallCancelled
from .maptools.paint_tool import PaintTool
from .maptools.tag_tool import TagTool
from .messages import tr


class Workbench(QObject):
    """Owns the session, the engine, the controllers, the tool and the dock."""

    def __init__(
        self,
        window: QMainWindow,
        canvas: QgsMapCanvas,
        bar: QgsMessageBar,
        qgis_project: QgsProject,
    ) -> None:
        super().__init__(window)
        self._canvas = canvas
        self._bar = bar
        self._qgis_project = qgis_project
        self._tool_before: QgsMapTool | None = None
        self.session = Session(self)
        self.engine = EngineController()
        self.tool = PaintTool(canvas)
        self.labelling = LabellingController(
            self.session, canvas, self.tool, settings.BRUSH_SIZE.get()
        )
        self.queue = QueueController(self.session, self.engine, canvas)
        self.ranking = RankingController(self.session, self.queue)
        self.similar = SimilarController(self.session, self.queue, self.ranking, canvas)
        self._make_tagging()
        self.hints = HintController(self.session, self.queue, canvas, visible=settings.HINT.get())
        self.training = TrainingController(self.session, self.engine)
        self.pretraining = PretrainingController(self.session, self.engine)
        self.map_view = MapController(
            self.session, self.queue, self.labelling, self.tag_map, qgis_project
        )
        self.export = ExportController(self.session, self.engine)
        self.setup = SetupController(self.session, self.engine, qgis_project)
        self.dock = LandLoopDock(
            bridge.band_count, bridge.legend_of_raster, window, bridge.pixel_size_m
        )
        self.presenter = WorkPresenter(
            self.dock.work_panel,
            self.session,
            self.labelling,
            self.queue,
            self.training,
            self.map_view,
            self.export,
            self.pretraining,
        )
        self.query_presenter = QueryPresenter(
            self.dock.work_panel,
            self.session,
            self.queue,
            self.ranking,
            self.similar,
            self.hints,
        )
        self._make_gallery(window)
        self.keys = Keys(window, self.labelling, self.queue, self.map_view, self.tagging)
        self._bind_dock()
        self._bind_engine()
        self._bind_painting()
        self._bind_tagging()
        self._bind_news()
        self._show_engine()
        self.dock.show_start()
        self.engine.start()
        self.setup.restore()

    def unload(self) -> None:
        """Take everything back, in reverse order of creation."""
        self.keys.unload()
        self._canvas.unsetMapTool(self.tool)
        self._canvas.unsetMapTool(self.tag_tool)
        self.setup.unload()
        self.session.close()
        self.similar.unload()
        self.hints.unload()
        self.ranking.unload()
        self.map_view.unload()
        self.gallery_presenter.unload()
        self.plane.unload()
        self.pictures.unload()
        self.tag_map.unload()
        self.predictions.unload()
        self.labelling.unload()
        self.engine.close()
        self.tag_tool.deleteLater()
        self.tool.deleteLater()
        self.gallery.deleteLater()
        self.dock.deleteLater()
        self.deleteLater()

    def _make_tagging(self) -> None:
        self.tag_tool = TagTool(self._canvas)
        self.selection = TileSelection(self.session)
        self.predictions = PredictionsController(self.session)
        self.tagging = TaggingController(self.session, self.selection, self.predictions)
        self.tag_jobs = TagJobs(self.session, self.engine, self.tagging)
        self.tag_map = TagMapController(
            self.session, self.tagging, self.selection, self.queue, self._canvas, self.tag_tool
        )
        self.pictures = Pictures(self.session)
        self.plane = PlaneController(self.session, self.predictions)

    def _make_gallery(self, window: QMainWindow) -> None:
        self.tag_presenter = TagPresenter(
            self.dock.work_panel, self.session, self.tagging, self.queue, self.tag_jobs
        )
        self.gallery = GalleryDock(window)
        self.gallery_presenter = GalleryPresenter(
            self.gallery,
            self.session,
            self.tagging,
            self.selection,
            self.predictions,
            self.queue,
            self.pictures,
            self.plane,
        )

    def _bind_dock(self) -> None:
        dock = self.dock
        dock.new_requested.connect(self._show_setup)
        dock.open_requested.connect(lambda folder: self.setup.open(Path(folder)))
        dock.close_requested.connect(self.session.close)
        dock.work_panel.query.set_strategies(strategies.names())
        dock.work_panel.train.imagenet_requested.connect(self._ask_for_download)
        dock.setup_panel.create_requested.connect(self._create)
        dock.setup_panel.cancel_requested.connect(self.setup.cancel)
        dock.setup_panel.back_requested.connect(self._leave_setup)
        self.setup.progressed.connect(dock.setup_panel.show_progress)
        self.setup.ended.connect(dock.setup_panel.show_idle)
        self.session.opened.connect(lambda: dock.show_work(self.session.folder))
        self.session.closed.connect(dock.show_start)
        self.session.opened.connect(partial(self.keys.set_project, True))  # noqa: FBT003 - Qt
        self.session.closed.connect(partial(self.keys.set_project, False))  # noqa: FBT003 - Qt
        self.keys.watch(dock)
        self.setup.opened.connect(lambda folder: dock.set_recent([folder]))
        dock.set_recent([folder for folder in [settings.RECENT_FOLDER.get()] if folder])

    def _bind_engine(self) -> None:
        banner = self.dock.banner
        banner.install_requested.connect(self.engine.install)
        banner.cancel_requested.connect(self.engine.cancel_install)
        self.engine.device_changed.connect(self.dock.set_device)
        self.engine.install_progressed.connect(self._show_install)
        self.engine.install_ended.connect(self._installed)
        self.session.labels_changed.connect(self._tell_labels)

    def _bind_painting(self) -> None:
        paint = self.dock.work_panel.paint
        paint.paint_toggled.connect(self.labelling.choose_brush)
        paint.paint_toggled.connect(partial(self._take_tool, self.tool))
        self.tool.activated.connect(partial(paint.set_active, True))  # noqa: FBT003 - Qt
        self.tool.deactivated.connect(partial(paint.set_active, False))  # noqa: FBT003 - Qt
        self.tool.activated.connect(partial(self.keys.set_painting, True))  # noqa: FBT003 - Qt
        self.tool.deactivated.connect(partial(self.keys.set_painting, False))  # noqa: FBT003 - Qt
        for chosen in (paint.eraser_requested, paint.unsure_requested):
            chosen.connect(lambda *_: self._take_tool(self.tool, True))  # noqa: FBT003 - a slot
        self.dock.work_panel.classes.class_selected.connect(self._choose_class)
        self.labelling.state_changed.connect(lambda state: settings.BRUSH_SIZE.set(state.size_px))

    def _bind_tagging(self) -> None:
        row, tool = self.dock.work_panel.tags, self.tag_tool
        row.tool_toggled.connect(partial(self._take_tool, tool))
        tool.activated.connect(partial(row.set_active, True))  # noqa: FBT003 - Qt
        tool.deactivated.connect(partial(row.set_active, False))  # noqa: FBT003 - Qt
        tool.activated.connect(partial(self.keys.set_tagging, self._canvas))
        tool.deactivated.connect(partial(self.keys.set_tagging, None))
        self.queue.current_changed.connect(self._be_ready_to_tag)
        self.tagging.confirmed.connect(self._go_on)
        self.tagging.tagged.connect(self._go_on_with_scenes)
        row.gallery_toggled.connect(self._show_gallery)
        row.sure_requested.connect(self.gallery_presenter.show_class)
        self.gallery.visibilityChanged.connect(self._note_gallery)
        self.keys.watch_gallery(self.gallery)

    def _bind_news(self) -> None:
        for controller in (
            self.labelling,
            self.tagging,
            self.predictions,
            self.queue,
            self.training,
            self.pretraining,
            self.tag_jobs,
            self.export,
        ):
            controller.failed.connect(partial(messages.show_error, self._bar))
        self.setup.failed.connect(self._setup_failed)
        self.setup.created.connect(partial(messages.show_success, self._bar))
        self.ranking.kept.connect(self.presenter.show_figures)
        self.training.succeeded.connect(partial(messages.show_success, self._bar))
        self.tag_jobs.succeeded.connect(partial(messages.show_success, self._bar))
        self.tag_jobs.project_made.connect(self._open_made)
        self.pretraining.succeeded.connect(lambda text, *_: messages.show_info(self._bar, text))
        self.export.succeeded.connect(
            lambda files: messages.show_success(
                self._bar, tr("The map is in {files}.").format(files=", ".join(files))
            )
        )

    def _open_made(self, folder: str, text: str) -> None:
        """Go on in the project that has been made from the one that is open."""
        self.setup.open(Path(folder))
        messages.show_info(self._bar, text)

    def _take_tool(self, tool: QgsMapTool, on: bool) -> None:  # noqa: FBT001 - a slot
        """Put a tool of ours into the hand, or the one before that was not ours."""
        now = self._canvas.mapTool()
        if on and self.session.is_open:
            if now is not tool:
                self._tool_before = self._tool_before if self._is_ours(now) else now
                self._canvas.setMapTool(tool)
        elif now is tool:
            self._canvas.unsetMapTool(tool)
            if self._tool_before is not None:
                self._canvas.setMapTool(self._tool_before)

    def _is_ours(self, tool: QgsMapTool | None) -> bool:
        return tool is self.tool or tool is self.tag_tool

    def _choose_class(self, label: int) -> None:
        """Tag the selected tiles with a class, or paint with it from now on."""
        if self.tagging.is_active and self._canvas.mapTool() is not self.tool:
            self.tagging.tag(label)
        else:
            self.labelling.choose_label(label)
            self._take_tool(self.tool, True)  # noqa: FBT003 - a slot

    def _go_on(self) -> None:
        """After a tag on the map go to the next tile of the queue, if that is wanted."""
        alone = self.selection.count == 1
        if alone and settings.TAG_GO_ON.get() and not self.gallery_presenter.has_focus:
            self.queue.next()

    def _go_on_with_scenes(self) -> None:
        if self.tagging.is_active and self.tagging.states.single:
            self._go_on()  # other tiles may get more classes yet

    def _show_gallery(self, shown: bool) -> None:  # noqa: FBT001 - a slot
        self.gallery.setUserVisible(shown)
        if shown:
            self.gallery.view.setFocus()

    def _note_gallery(self, *_: object) -> None:
        """Show whether the gallery is open; behind another tab it is, too."""
        self.dock.work_panel.tags.set_gallery(not self.gallery.isHidden())

    def _be_ready_to_tag(self) -> None:
        """Take the tag tool on the way to a tile, so that the digits mean classes."""
        if self.tagging.is_active and self._canvas.mapTool() is not self.tool:
            self._take_tool(self.tag_tool, True)  # noqa: FBT003 - a slot

    def _tell_labels(self, tiles: list[int]) -> None:
        project = self.session.project
        self.engine.tell_labels(project.folder, tiles, project.answers.revision())

    def _show_setup(self) -> None:
        self.dock.setup_panel.reset()
        self.dock.setup_panel.set_rasters(bridge.raster_sources(self._qgis_project))
        self.dock.show_setup()

    def _leave_setup(self) -> None:
        if self.session.is_open:
            self.dock.show_work(self.session.folder)
        else:
            self.dock.show_start()

    def _create(self, choice: SetupChoice) -> None:
        self.setup.create(choice.folder, choice.legend, choice.options, choice.labels)

    def _setup_failed(self, error: object) -> None:
        self.dock.setup_panel.show_error(messages.sentence_of(error))
        messages.show_error(self._bar, error)

    def _ask_for_download(self, encoder: str) -> None:
        answer = QMessageBox.question(
            self.dock,
            tr("Download weights?"),
            tr(
                "LandLoop would download the ImageNet weights of {encoder} (about 10 to 90 MB) "
                "from the Hugging Face hub when training starts. Do you agree?"
            ).format(encoder=encoder),
        )
        self.dock.work_panel.train.allow_imagenet(answer == QMessageBox.StandardButton.Yes)

    def _show_engine(self) -> None:
        stage = InstallStage.READY if self.engine.is_ready else InstallStage.MISSING
        self.dock.banner.set_state(InstallState(stage))
        ready, missing = tr("Starting the engine…"), tr("The engine is not installed yet.")
        self.dock.set_device(ready if self.engine.is_ready else missing)

    def _show_install(self, fraction: float, text: str) -> None:
        self.dock.banner.set_state(InstallState(InstallStage.RUNNING, fraction, text))

    def _installed(self, error: object) -> None:
        if error is None or isinstance(error, InstallCancelled):
            self._show_engine()
            self.engine.start()
            return
        self.dock.banner.set_state(
            InstallState(InstallStage.FAILED, 0.0, messages.sentence_of(error))
        )
        messages.log(messages.sentence_of(error))
