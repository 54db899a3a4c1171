"""Everything for the work on an open project, from top to bottom."""

from __future__ import annotations

from qgis.gui import QgsScrollArea
from qgis.PyQt.QtWidgets import QFrame, QVBoxLayout, QWidget

from ...al_core.config import Task
from ..messages import tr
from .chart import RoundsChart
from .class_table import ClassTable
from .export_row import ExportRow
from .group import group
from .insight_row import InsightRow
from .layers_row import LayersRow
from .paint_row import PaintRow
from .query_row import QueryRow
from .queue_table import QueueTable
from .reliability import ReliabilityBox
from .tag_row import TagRow
from .train_row import TrainRow
from .why_panel import WhyPanel


class WorkPanel(QgsScrollArea):
    """Classes, painting, queue, training, accuracy, layers, export; each an attribute.

    Where tiles are tagged the tags take the place of the brush, which moves into a group of
    its own.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        body = QWidget(self)
        self.classes = ClassTable(body)
        self.paint = PaintRow(body)
        self.tags = TagRow(body)
        self.queue = QueueTable(body)
        self.why = WhyPanel(body)
        self.query = QueryRow(body)
        self.train = TrainRow(body)
        self.insight = InsightRow(body)
        self.chart = RoundsChart(body)
        self.layers = LayersRow(body)
        self.reliability = ReliabilityBox(body)
        trust = group(tr("Can the confidence be trusted?"), self.reliability, folded=True)
        self.export = ExportRow(body)
        column = QVBoxLayout(body)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(4)
        self.labelling = group(
            tr("Paint"), self.classes, self.tags, self.paint, corner=self.classes.details
        )
        self.painting = group(tr("Paint pixels"), folded=True)
        column.addWidget(self.labelling)
        column.addWidget(self.painting)
        self.reason = group(tr("Why this tile"), self.why)
        self.reason.hide()  # until there is a pick
        self.choice = group(tr("How tiles are chosen"), self.query, folded=True)
        picking = (self.queue, self.reason, self.choice)
        column.addWidget(group(tr("Label next"), *picking, corner=self.queue.state), 1)
        column.addWidget(group(tr("Train"), self.train, self.insight, self.chart))
        column.addWidget(group(tr("Map"), self.layers, trust, self.export))
        self.setWidget(body)
        self.set_task(Task.SEGMENTATION)

    def set_task(self, task: Task) -> None:
        """Show what labels of this task are made with."""
        tags = task.labels_tiles
        home = self.painting if tags else self.labelling
        if self.paint.parentWidget() is not home:
            home.layout().addWidget(self.paint)
        self.labelling.setTitle(tr("Tag") if tags else tr("Paint"))
        self.painting.setVisible(tags)
        self.tags.setVisible(tags)
        self.tags.set_many(task is Task.MULTILABEL)
        self.classes.set_task(task)
        self.chart.set_task(task)
        self.queue.set_task(task)
        self.query.set_task(task)
        self.train.set_task(task)
        self.layers.set_task(task)
        self.why.set_task(task)
        self.export.set_task(task)
