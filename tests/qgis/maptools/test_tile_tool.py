import pytest
from landloop.plugin.maptools.tile_tool import TileTool
from qgis.core import QgsRectangle
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest


@pytest.fixture
def canvas(qgis_app, qtbot):
    canvas = QgsMapCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(200, 200)
    canvas.show()
    canvas.setExtent(QgsRectangle(0, 0, 100, 100))
    canvas.refresh()
    return canvas


@pytest.fixture
def tool(canvas):
    tool = TileTool(canvas)
    canvas.setMapTool(tool)
    yield tool
    canvas.unsetMapTool(tool)


def listen(tool):
    clicks, cancels = [], []
    tool.clicked.connect(clicks.append)
    tool.cancelled.connect(lambda: cancels.append(True))
    return clicks, cancels


def test_a_click_tells_the_map_point(canvas, tool):
    clicks, cancels = listen(tool)
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, 100))
    assert len(clicks) == 1
    wanted = canvas.getCoordinateTransform().toMapCoordinates(50, 100)
    assert clicks[0].compare(wanted, 1)
    assert cancels == []


def test_the_right_button_and_escape_give_up(canvas, tool):
    clicks, cancels = listen(tool)
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.RightButton, pos=QPoint(50, 100))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert clicks == []
    assert len(cancels) == 2
