"""Fills the work panel from the controllers, and carries its wishes to them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from qgis.PyQt.QtCore import QObject, QTimer

from ...al_core import config
from ...al_core.legend import UNSURE
from ...al_core.project import PickRecord, Role, RoundRecord
from .. import settings
from ..controllers.export import ExportController
from ..controllers.labelling import LabellingController
from ..controllers.map_view import MapController
from ..controllers.queue import QueueController
from ..controllers.session import Session
from ..controllers.training import TrainingController
from ..messages import tr
from .rows import ClassRow, QueueRow, RoundPoint, TrainOptions
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
    ) -> None:
        super().__init__(panel)
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
        self._bind_queue()
        self._bind_training()
        self._bind_map()

    def _restore_options(self) -> None:
        self._panel.train.set_train_options(
            TrainOptions(
                settings.ENCODER.get(),
                settings.WEIGHTS.get(),
                config.Start(settings.START.get()),
                settings.MINUTES.get(),
                config.Device(settings.DEVICE.get()),
            )
        )
        self._panel.query.set_query_config(
            config.QueryConfig(
                strategy=settings.STRATEGY.get(),
                count=settings.COUNT.get(),
                alpha=settings.ALPHA.get(),
                gamma=settings.GAMMA.get(),
            )
        )

    def _bind_session(self) -> None:
        self._session.opened.connect(self._show_all)
        self._session.rounds_changed.connect(self._show_rounds)
        self._session.picks_changed.connect(self._show_labels)
        self._session.labels_changed.connect(lambda _tiles: self._settle.start())
        self._session.closed.connect(self._settle.stop)

    def _bind_painting(self, labelling: LabellingController) -> None:
        paint, classes = self._panel.paint, self._panel.classes
        classes.class_selected.connect(labelling.choose_label)
        paint.eraser_requested.connect(labelling.choose_eraser)
        paint.unsure_requested.connect(lambda: labelling.choose_label(UNSURE))
        paint.size_changed.connect(labelling.set_size)
        paint.undo_requested.connect(labelling.undo)
        paint.redo_requested.connect(labelling.redo)
        labelling.state_changed.connect(paint.set_state)
        labelling.state_changed.connect(
            lambda state: classes.set_active(
                None if state.eraser or state.label == UNSURE else state.label
            )
        )

    def _bind_queue(self) -> None:
        table, query = self._panel.queue, self._panel.query
        table.tile_requested.connect(self._queue.fly_to)
        table.next_requested.connect(self._queue.next)
        table.previous_requested.connect(self._queue.previous)
        self._queue.current_changed.connect(table.set_current)
        query.query_requested.connect(self._queue.query)
        query.options_changed.connect(_keep_query)

    def _bind_training(self) -> None:
        # Methods, not lambdas: Qt lets go of these when the panel is gone, while a job still ends.
        row = self._panel.train
        row.retrain_requested.connect(self._retrain)
        row.cancel_requested.connect(self._training.cancel)
        row.options_changed.connect(_keep_training)
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

    def _retrain(self) -> None:
        options = self._panel.train.train_options()
        self._training.retrain(
            config.RetrainConfig(
                train=config.TrainConfig(
                    encoder=options.encoder,
                    weights=options.weights,
                    start=options.start,
                    minutes=options.minutes,
                    device=options.device,
                ),
                scan=config.ScanConfig(device=options.device),
                query=self._panel.query.query_config(),
                predict=config.PredictConfig(device=options.device),
            )
        )

    def _show_start(self) -> None:
        self._panel.train.show_running(0.0, tr("Starting…"), None)

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
        self._panel.chart.set_rounds([_point(record) for record in rounds], rows)
        self._panel.export.set_ready(any(record.predicted for record in rounds))

    def _show_labels(self) -> None:
        if not self._session.is_open:
            return
        rows = class_rows(self._session)
        self._panel.classes.set_rows(rows)
        labelled = self._queue.labelled_tiles()
        self._panel.queue.set_rows(queue_rows(self._queue.picks(), rows, labelled))
        self._panel.queue.set_current(self._queue.current)
        # Validation tiles are not learned from.
        learnable = self._session.project.labels.class_pixels(Role.POOL)
        has_two = int((learnable > 0).sum()) > 1
        self._panel.train.set_ready(
            has_two, "" if has_two else tr("Paint a few areas of at least two classes first.")
        )
        self._panel.query.set_ready(True)


def class_rows(session: Session) -> list[ClassRow]:
    """Return the class table's rows: labels of now, figures of the newest round."""
    project = session.project
    pixels = project.labels.class_pixels().tolist()
    record = project.rounds.current()
    metrics = record.metrics if record else None
    return [
        ClassRow(
            index,
            entry.name,
            entry.color,
            pixels[index],
            _figure(metrics.iou, index) if metrics else None,
            _figure(metrics.gap, index) if metrics else None,
            _figure(metrics.weight, index) if metrics else None,
        )
        for index, entry in enumerate(project.legend)
    ]


def queue_rows(
    picks: Sequence[PickRecord], classes: Sequence[ClassRow], labelled: frozenset[int]
) -> list[QueueRow]:
    """Return the queue's rows."""
    colors = {row.name: row.color for row in classes}
    return [
        QueueRow(
            pick.tile_id,
            pick.rank,
            math.nan if pick.strategy == "random" else pick.score,  # chance has no score
            str(pick.reason.get("class") or pick.reason.get("text", "")),
            float(pick.reason.get("share") or 0.0),
            colors.get(str(pick.reason.get("class"))),
            pick.tile_id in labelled,
            str(pick.reason.get("text", "")),
        )
        for pick in picks
    ]


def _point(record: RoundRecord) -> RoundPoint:
    metrics = record.metrics
    miou = None if math.isnan(metrics.miou) else metrics.miou
    return RoundPoint(record.number, miou, tuple(metrics.iou), record.labelled_tiles)


def _figure(values: Sequence[float], index: int) -> float | None:
    if index >= len(values) or math.isnan(values[index]):
        return None
    return values[index]


def _map_name(project: object) -> str:
    return f"{project.folder.stem}_map.tif"


def _keep_query(options: config.QueryConfig) -> None:
    settings.STRATEGY.set(options.strategy)
    settings.COUNT.set(options.count)
    settings.ALPHA.set(options.alpha)
    settings.GAMMA.set(options.gamma)


def _keep_training(options: TrainOptions) -> None:
    settings.ENCODER.set(options.encoder)
    settings.WEIGHTS.set(options.weights)
    settings.START.set(options.start.value)
    settings.MINUTES.set(options.minutes)
    settings.DEVICE.set(options.device.value)
