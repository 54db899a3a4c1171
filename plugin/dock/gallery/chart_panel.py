"""The chart with what it is laid out and coloured by."""

from __future__ import annotations

from qgis.PyQt.QtCore import QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from ...controllers.plane import Layout
from ...messages import tr
from ..buttons import icon_button
from ..icons import icon
from ..job_progress import JobProgress
from .chart import ColorBy, TileChart


class ChartPanel(QWidget):
    """Two lists to choose from above the points, and the progress of a layout."""

    layout_requested = pyqtSignal(object)  # Layout
    cancel_requested = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layout_box = QComboBox(self)
        self.layout_box.addItem(tr("Main directions (PCA)"), Layout.PCA)
        self.layout_box.addItem(tr("Neighbours (t-SNE)"), Layout.TSNE)
        self.layout_box.setAccessibleName(tr("Layout"))
        self.layout_box.setToolTip(
            tr(
                "PCA is there at once and keeps distances; t-SNE takes a while and shows groups "
                "that PCA lays over each other"
            )
        )
        self.color_box = QComboBox(self)
        self.color_box.addItem(tr("by class"), ColorBy.CLASS)
        self.color_box.addItem(tr("by uncertainty"), ColorBy.UNCERTAINTY)
        self.color_box.setAccessibleName(tr("Colour"))
        self.fit = icon_button(icon("points"), tr("Show all"), tr("Show all points (Home)"), self)
        self.chart = TileChart(self)
        self.progress = JobProgress(tr("Stop; the points stay as they are"), self)
        self.progress.cancel_requested.connect(self.cancel_requested)
        self.layout_box.currentIndexChanged.connect(
            lambda _place: self.layout_requested.emit(self.layout_box.currentData())
        )
        self.color_box.currentIndexChanged.connect(
            lambda _place: self.chart.set_color_by(self.color_box.currentData())
        )
        self.fit.clicked.connect(self.chart.fit)
        for box in (self.layout_box, self.color_box):
            box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout()
        row.setContentsMargins(4, 2, 4, 2)
        row.addWidget(self.layout_box)
        row.addWidget(self.color_box)
        row.addStretch()
        row.addWidget(self.fit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.chart, 1)
        column.addWidget(self.progress)
        self.setFocusProxy(self.chart)

    def set_layout(self, layout: Layout) -> None:
        """Show which layout it is, without telling anybody."""
        with QSignalBlocker(self.layout_box):
            self.layout_box.setCurrentIndex(self.layout_box.findData(layout))
