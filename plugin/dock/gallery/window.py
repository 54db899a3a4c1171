"""The window of the gallery: the bar above, the pictures, and the chart beside them."""

from __future__ import annotations

from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtWidgets import QSplitter, QVBoxLayout, QWidget

from ...messages import tr
from .bar import GalleryBar
from .chart_panel import ChartPanel
from .view import GalleryView

WIDTH_PX, HEIGHT_PX = 900, 330


class GalleryDock(QgsDockWidget):
    """Lies below the map, beside it, or floats."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("LandLoop gallery"), parent)
        self.setObjectName("LandLoopGallery")
        body = QWidget(self)
        self.bar = GalleryBar(body)
        self.view = GalleryView(body)
        self.parts = QSplitter(Qt.Orientation.Horizontal, body)
        self.parts.setChildrenCollapsible(False)
        self.parts.addWidget(self.view)
        self.chart_panel = ChartPanel(self.parts)
        self.parts.addWidget(self.chart_panel)
        self.parts.setStretchFactor(0, 3)
        self.parts.setStretchFactor(1, 2)
        self.chart_panel.hide()
        self.bar.chart_toggled.connect(self.chart_panel.setVisible)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.parts, 1)
        self.setWidget(body)
        self.setFocusProxy(self.view)

    def sizeHint(self) -> QSize:
        """Ask for two rows of pictures."""
        return QSize(WIDTH_PX, HEIGHT_PX)
