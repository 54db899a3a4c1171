import pytest
from landloop.plugin.maptools.tag_tool import TagTool
from qgis.core import QgsRectangle
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from qgis.PyQt.QtGui import QMouseEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


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
    tool = TagTool(canvas)
    canvas.setMapTool(tool)
    yield tool
    canvas.unsetMapTool(tool)


@pytest.fixture
def heard(tool):
    """What the tool says, in order."""
    said = []
    tool.clicked.connect(lambda point, *keys: said.append(("click", point, *keys)))
    tool.boxed.connect(lambda box, *keys: said.append(("box", box, *keys)))
    tool.opened.connect(lambda point: said.append(("open", point)))
    tool.cleared.connect(lambda: said.append(("clear",)))
    return said


def press(canvas, at):
    QTest.mousePress(canvas.viewport(), LEFT, NONE, QPoint(*at))


def move(canvas, at, keys=NONE):
    """Move the mouse with the left button held, which QTest cannot do."""
    there = QPointF(canvas.viewport().mapToGlobal(QPoint(*at)))
    kind = QEvent.Type.MouseMove
    event = QMouseEvent(kind, QPointF(*at), there, Qt.MouseButton.NoButton, LEFT, keys)
    QApplication.sendEvent(canvas.viewport(), event)


def drag(canvas, start, end, keys=NONE):
    press(canvas, start)
    move(canvas, end, keys)
    QTest.mouseRelease(canvas.viewport(), LEFT, keys, QPoint(*end))


def bands(canvas):
    return [item for item in canvas.scene().items() if isinstance(item, QgsRubberBand)]


@pytest.mark.parametrize(
    ("keys", "adds", "toggles"), [(NONE, False, False), (SHIFT, True, False), (CTRL, False, True)]
)
def test_a_click_tells_the_map_point_and_the_keys(canvas, tool, heard, keys, adds, toggles):
    QTest.mouseClick(canvas.viewport(), LEFT, keys, QPoint(50, 100))
    [(kind, point, *told)] = heard
    assert kind == "click"
    assert point.compare(canvas.getCoordinateTransform().toMapCoordinates(50, 100), 1)
    assert told == [adds, toggles]


def test_a_drag_draws_a_box_and_tells_it_in_any_direction(canvas, tool, heard):
    drag(canvas, (120, 90), (40, 20), SHIFT)
    assert heard == [("box", QRect(QPoint(40, 20), QPoint(120, 90)), True, False)]
    assert bands(canvas) == []


def test_an_unsteady_click_is_a_click(canvas, tool, heard):
    drag(canvas, (50, 50), (52, 51))
    assert [said[0] for said in heard] == ["click"]


def test_escape_gives_up_the_box_and_then_the_selection(canvas, tool, heard):
    press(canvas, (20, 20))
    move(canvas, (80, 80))
    assert len(bands(canvas)) == 1
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas.viewport(), LEFT, NONE, QPoint(80, 80))
    assert heard == []
    assert bands(canvas) == []
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert heard == [("clear",)]


def test_a_double_click_opens_and_selects_nothing_twice(canvas, tool, heard):
    QTest.mouseDClick(canvas.viewport(), LEFT, NONE, QPoint(50, 100))
    QTest.mouseRelease(canvas.viewport(), LEFT, NONE, QPoint(50, 100))
    assert [said[0] for said in heard] == ["open"]


def test_the_right_button_does_nothing(canvas, tool, heard):
    QTest.mouseClick(canvas.viewport(), RIGHT, NONE, QPoint(50, 100))
    assert heard == []


def test_a_tool_that_is_put_away_leaves_no_box(canvas, tool, heard):
    press(canvas, (20, 20))
    move(canvas, (80, 80))
    canvas.unsetMapTool(tool)
    assert bands(canvas) == []
