"""Fills the work panel from the controllers, and carries its wishes to them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from qgis.PyQt.QtCore import QObject, QTimer

from ...al_core import config
from ...al_core.legend import UNSURE
from ...al_core.project import Project, Role
from .. import settings
from ..controllers.export import ExportController
from ..controllers.labelling import LabellingController, PaintState
from ..controllers.map_view import MapController
from ..controllers.pretraining import PretrainingController
from ..controllers.queue import QueueController
from ..controllers.session import Session
from ..controllers.training import TrainingController
from ..controllers.validation import next_tile
from ..controllers.words import words_of
from ..messages import tr
from .insight_reading import class_rows, news_of, point_of, reliability_of
from .pretrain_dialog import PretrainDialog
from .rows import TrainOptions
from .work_panel import WorkPanel

SETTLE_MS = 200  # strokes come in bursts; the tables follow when they pause


class WorkPresenter(QObject):
    """Binds one work panel to the controllers."""

    def __init__(  # noqa: PLR0913, PLR0917 - one argument per controller
        self,
        panel: WorkPanel,
        session: Session,
        labelling: LabellingController,
        queue: QueueController,
        training: TrainingController,
        map_view: MapController,
        export: ExportController,
        pretraining: PretrainingController,
    ) -> None:
        super().__init__(panel)
        self._pretraining = pretraining
        self._pretrain_dialog = PretrainDialog(panel)
        self._panel = panel
        self._session = session
        self._queue = queue
        self._training = training
        self._export = export
        self._map_view = map_view
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._show_labels)
        self._restore_options()
        self._bind_session()
        self._bind_painting(labelling)
        self._bind_training()
        self._bind_map()

    def show_figures(self) -> None:
        """Show the class figures again: a query has weighed the classes anew."""
        self._show_labels()

    def _restore_options(self) -> None:
        self._panel.train.set_train_options(
            TrainOptions(
                settings.ENCODER.get(),
                settings.WEIGHTS.get(),
                config.Start(settings.START.get()),
                settings.MINUTES.get(),
                config.Device(settings.DEVICE.get()),
                config.Recipe(settings.RECIPE.get()),
                config.Decoder(settings.DECODER.get()),
            )
        )

    def _bind_session(self) -> None:
        self._session.opened.connect(self._show_all)
        self._session.rounds_changed.connect(self._show_rounds)
        self._session.picks_changed.connect(self._show_labels)
        self._session.labels_changed.connect(lambda _tiles: self._settle.start())
        self._session.closed.connect(self._settle.stop)

    def _bind_painting(self, labelling: LabellingController) -> None:
        paint = self._panel.paint
        paint.eraser_requested.connect(labelling.choose_eraser)
        paint.unsure_requested.connect(lambda: labelling.choose_label(UNSURE))
        paint.size_changed.connect(labelling.set_size)
        paint.undo_requested.connect(labelling.undo)
        paint.redo_requested.connect(labelling.redo)
        labelling.state_changed.connect(paint.set_state)
        labelling.state_changed.connect(self._show_active)

    def _show_active(self, state: PaintState) -> None:
        """Mark the class that the brush paints; where tiles are tagged, if it is in the hand."""
        tags = self._session.is_open and self._session.project.settings.task.labels_tiles
        paints = not (state.eraser or state.label == UNSURE)
        seen = paints and (not tags or self._panel.paint.paint.isChecked())
        self._panel.classes.set_active(state.label if seen else None)

    def _bind_training(self) -> None:
        # Methods, not lambdas: Qt lets go of these when the panel is gone, while a job still ends.
        row = self._panel.train
        row.retrain_requested.connect(self._retrain)
        row.cancel_requested.connect(self._stop)
        row.pretrain_requested.connect(self._ask_to_pretrain)
        self._pretrain_dialog.wanted.connect(self._pretraining.pretrain)
        self._pretraining.started.connect(self._show_start)
        self._pretraining.progressed.connect(row.show_running)
        self._pretraining.succeeded.connect(self._take_encoder)
        self._pretraining.failed.connect(self._show_failed_pretraining)
        self._pretraining.paused.connect(self._show_pause)
        row.options_changed.connect(_keep_training)
        self._panel.insight.validation_requested.connect(self._show_validation_tile)
        self._training.started.connect(self._show_start)
        self._training.progressed.connect(row.show_running)
        self._training.succeeded.connect(row.show_idle)
        self._training.failed.connect(self._show_failure)
        self._training.cancelled.connect(self._show_cancel)

    def _bind_map(self) -> None:
        layers, export = self._panel.layers, self._panel.export
        layers.toggled.connect(self._map_view.set_visible)
        layers.opacity_changed.connect(self._map_view.set_opacity)
        self._map_view.state_changed.connect(layers.set_state)
        export.export_requested.connect(self._export.export)
        self._export.busy_changed.connect(export.set_busy)

    def _show_validation_tile(self) -> None:
        tile = next_tile(self._session.project, self._queue.current)
        if tile is not None:
            self._queue.fly_to(tile)

    def _retrain(self) -> None:
        options, query = self._panel.train.train_options(), self._panel.query.query_config()
        self._training.retrain(retrain_config(options, query))

    def _show_start(self) -> None:
        self._panel.train.show_running(0.0, tr("Starting…"), None)

    def _stop(self) -> None:
        self._training.cancel()
        self._pretraining.pause()

    def _ask_to_pretrain(self) -> None:
        options = self._panel.train.train_options()
        self._pretrain_dialog.ask(options, is_paused=self._pretraining.is_paused)

    def _take_encoder(self, text: str, path: str, encoder: str) -> None:
        """Let the next training start from the encoder that has learned."""
        options = replace(self._panel.train.train_options(), encoder=encoder, weights=path)
        self._panel.train.set_train_options(options)
        _keep_training(options)
        self._panel.train.show_idle(text)

    def _show_failed_pretraining(self, _error: object) -> None:
        self._panel.train.show_idle(tr("Pre-training failed."))

    def _show_pause(self) -> None:
        self._panel.train.show_idle(tr("Pre-training is stopped; it can go on where it was."))

    def _show_failure(self, _error: object) -> None:
        self._panel.train.show_idle(tr("Retraining failed."))

    def _show_cancel(self) -> None:
        self._panel.train.show_idle(tr("Cancelled; the previous round is still in force."))

    def _show_all(self) -> None:
        project = self._session.project
        self._panel.train.show_idle()
        self._panel.export.set_proposal(
            str(Path(settings.EXPORT_FOLDER.get() or project.folder.parent) / _map_name(project))
        )
        self._show_rounds()
        self._show_labels()

    def _show_rounds(self) -> None:
        rounds = self._session.project.rounds.list()
        rows = class_rows(self._session)
        self._panel.classes.set_rows(rows)
        self._panel.chart.set_rounds([point_of(record) for record in rounds], rows)
        newest = rounds[-1] if rounds else None
        self._panel.insight.show_news(news_of(newest))
        self._panel.reliability.show_reliability(reliability_of(newest))
        self._panel.export.set_ready(any(record.predicted for record in rounds))

    def _show_labels(self) -> None:
        if not self._session.is_open:
            return
        rows = class_rows(self._session)
        self._panel.classes.set_rows(rows)
        # Validation tiles are not learned from.
        learnable = self._session.project.answers.class_pixels(Role.POOL)
        has_two = int((learnable > 0).sum()) > 1
        self._panel.train.set_ready(
            has_two, "" if has_two else words_of(self._session.project.settings.task).not_ready
        )
        self._panel.insight.set_validation_left(next_tile(self._session.project, None) is not None)


def retrain_config(options: TrainOptions, query: config.QueryConfig) -> config.RetrainConfig:
    """Return what the engine is told for one turn of the loop."""
    return config.RetrainConfig(
        train=config.TrainConfig(
            encoder=options.encoder,
            decoder=options.decoder,
            weights=options.weights,
            start=options.start,
            minutes=options.limit_minutes(),
            device=options.device,
            recipe=options.recipe,
        ),
        scan=config.ScanConfig(device=options.device),
        query=query,
        predict=config.PredictConfig(device=options.device),
    )


def _map_name(project: Project) -> str:
    ending = "tiles.gpkg" if project.settings.task.labels_tiles else "map.tif"
    return f"{project.folder.stem}_{ending}"


def _keep_training(options: TrainOptions) -> None:
    settings.ENCODER.set(options.encoder)
    settings.WEIGHTS.set(options.weights)
    settings.START.set(options.start.value)
    settings.MINUTES.set(options.minutes)
    settings.DEVICE.set(options.device.value)
    settings.RECIPE.set(options.recipe.value)
    settings.DECODER.set(options.decoder.value)
