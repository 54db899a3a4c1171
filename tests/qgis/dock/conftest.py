"""Rows as the controllers would hand them over."""

import pytest
from landloop.plugin.dock.rows import ClassRow, QueueRow, RasterRow, RoundPoint
from qgis.PyQt.QtCore import QPoint, Qt

NAMES = ("Water", "Forest", "Road")
COLORS = ("#2f86c8", "#2e7d32", "#c0392b")


@pytest.fixture
def classes():
    return [
        ClassRow(index, name, color, 12_345 * index, 0.5 + index / 10, 0.5 - index / 10, 0.3)
        for index, (name, color) in enumerate(zip(NAMES, COLORS, strict=True))
    ]


@pytest.fixture
def queue():
    return [
        QueueRow(70, 1, 0.6, "Road", 0.62, COLORS[2]),
        QueueRow(12, 2, 0.5, "Water", 0.4, COLORS[0], labelled=True),
        QueueRow(33, 3, 0.4, "random"),
    ]


@pytest.fixture
def rounds():
    return [
        RoundPoint(1, 0.3, (0.2, 0.4, None), 12),
        RoundPoint(2, None, (float("nan"), None, None), 24),
        RoundPoint(3, 0.6, (0.7, 0.6, 0.5), 36),
    ]


@pytest.fixture
def rasters():
    return [RasterRow("scene", "/data/scene.tif", 4), RasterRow("hillshade", "/data/hs.tif", 1)]


@pytest.fixture
def shown(qtbot):
    """Show a widget as a window, and take it away after the test."""

    def show(widget):
        qtbot.addWidget(widget)
        widget.show()
        qtbot.waitExposed(widget)
        return widget

    return show


@pytest.fixture
def click_row(qtbot):
    """Click into a row of a table with the mouse."""

    def click(table, row, column=0, *, double=False):
        at = table.visualRect(table.model().index(row, column)).center()
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at))
        if double:
            qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at))

    return click


@pytest.fixture
def heard():
    """Collect what a signal says."""

    def listen(signal):
        said = []
        signal.connect(lambda *values: said.append(values[0] if len(values) == 1 else values))
        return said

    return listen
