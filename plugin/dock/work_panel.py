"""Everything for the work on an open project, from top to bottom."""

from __future__ import annotations

from qgis.gui import QgsScrollArea
from qgis.PyQt.QtWidgets import QFrame, QVBoxLayout, QWidget

from ..messages import tr
from .chart import RoundsChart
from .class_table import ClassTable
from .export_row import ExportRow
from .group import group
from .layers_row import LayersRow
from .paint_row import PaintRow
from .query_row import QueryRow
from .queue_table import QueueTable
from .train_row import TrainRow


class WorkPanel(QgsScrollArea):
    """Classes, painting, queue, training, accuracy, layers, export; each an attribute."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        body = QWidget(self)
        self.classes = ClassTable(body)
        self.paint = PaintRow(body)
        self.queue = QueueTable(body)
        self.query = QueryRow(body)
        self.train = TrainRow(body)
        self.chart = RoundsChart(body)
        self.layers = LayersRow(body)
        self.export = ExportRow(body)
        column = QVBoxLayout(body)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(4)
        column.addWidget(group(tr("Paint"), self.classes, self.paint))
        column.addWidget(group(tr("Label next"), self.queue, self.query), 1)
        column.addWidget(group(tr("Train"), self.train, self.chart))
        column.addWidget(group(tr("Map"), self.layers, self.export))
        self.setWidget(body)
