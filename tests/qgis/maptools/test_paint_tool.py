"""The brush's map tool on a real canvas, with real mouse and key events."""

import pytest
from landloop.plugin.maptools.paint_tool import PaintTool
from qgis.core import QgsCoordinateReferenceSystem, QgsPointXY, QgsRectangle
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapToolPan
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QMouseEvent, QWheelEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
MIDDLE = Qt.MouseButton.MiddleButton
NONE_HELD = Qt.MouseButton.NoButton
NONE = Qt.KeyboardModifier.NoModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def canvas(qgis_app, qtbot):
    canvas = QgsMapCanvas()
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:32612"))
    canvas.resize(402, 302)
    canvas.setExtent(QgsRectangle(500000, 4000000, 500400, 4000300))
    with qtbot.waitExposed(canvas):
        canvas.show()
    canvas.setFocus()
    yield canvas
    canvas.unsetMapTool(canvas.mapTool())
    canvas.deleteLater()


@pytest.fixture
def tool(canvas):
    tool = PaintTool(canvas)
    canvas.setMapTool(tool)
    return tool


@pytest.fixture
def heard(tool):
    """Everything the tool says, in order."""
    heard = []
    tool.stroke_started.connect(lambda at, erase: heard.append(("start", at, erase)))
    tool.stroke_moved.connect(lambda at: heard.append(("move", at)))
    tool.stroke_finished.connect(lambda: heard.append(("finish",)))
    tool.stroke_cancelled.connect(lambda: heard.append(("cancel",)))
    tool.hovered.connect(lambda at: heard.append(("hover", at)))
    tool.left.connect(lambda: heard.append(("left",)))
    tool.size_stepped.connect(lambda steps: heard.append(("size", steps)))
    return heard


def names(heard):
    return [said[0] for said in heard]


def mouse(canvas, kind, at, button=Qt.MouseButton.NoButton, held=None, modifiers=NONE):
    """Send the canvas a mouse event that also says which buttons are held."""
    local, view = QPointF(*at), canvas.viewport()
    event = QMouseEvent(
        kind,
        local,
        QPointF(view.mapToGlobal(local.toPoint())),
        button,
        button if held is None else held,
        modifiers,
    )
    QApplication.sendEvent(view, event)


def drag(canvas, at, held=LEFT, modifiers=NONE):
    mouse(canvas, QEvent.Type.MouseMove, at, held=held, modifiers=modifiers)


def wheel(canvas, notches, modifiers=NONE, sideways=False):
    turn = QPoint(120 * notches, 0) if sideways else QPoint(0, 120 * notches)
    view = canvas.viewport()
    at = QPointF(200, 150)
    event = QWheelEvent(
        at,
        QPointF(view.mapToGlobal(at.toPoint())),
        QPoint(),
        turn,
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def map_point(canvas, at):
    return canvas.getCoordinateTransform().toMapCoordinates(*at)


def test_press_move_and_release_are_one_stroke_in_map_points(canvas, tool, heard):
    QTest.mousePress(canvas.viewport(), LEFT, NONE, QPoint(100, 80))
    drag(canvas, (110, 90))
    drag(canvas, (130, 90))
    QTest.mouseRelease(canvas.viewport(), LEFT, NONE, QPoint(130, 90))

    assert names(heard) == ["start", "move", "move", "finish"]
    assert heard[0][1] == map_point(canvas, (100, 80))
    assert heard[0][2] is False
    assert heard[2][1] == map_point(canvas, (130, 90))


def test_a_release_elsewhere_extends_the_stroke_to_there(canvas, tool, heard):
    QTest.mousePress(canvas.viewport(), LEFT, NONE, QPoint(100, 80))
    QTest.mouseRelease(canvas.viewport(), LEFT, NONE, QPoint(150, 80))

    assert names(heard) == ["start", "move", "finish"]
    assert heard[1][1] == map_point(canvas, (150, 80))


def test_the_right_button_erases(canvas, tool, heard):
    QTest.mouseClick(canvas.viewport(), RIGHT, NONE, QPoint(100, 80))

    assert names(heard) == ["start", "finish"]
    assert heard[0][2] is True


def test_ctrl_and_the_left_button_erase(canvas, tool, heard):
    QTest.mouseClick(canvas.viewport(), LEFT, CTRL, QPoint(100, 80))

    assert heard[0][2] is True


def test_the_second_dab_of_a_double_click_is_a_stroke_too(canvas, tool, heard):
    QTest.mouseClick(canvas.viewport(), LEFT, NONE, QPoint(100, 80))
    QTest.mouseDClick(canvas.viewport(), LEFT, NONE, QPoint(100, 80))
    QTest.mouseRelease(canvas.viewport(), LEFT, NONE, QPoint(100, 80))

    assert names(heard) == ["start", "finish", "start", "finish"]


def test_a_second_button_does_not_disturb_a_stroke(canvas, tool, heard):
    QTest.mousePress(canvas.viewport(), LEFT, NONE, QPoint(100, 80))
    QTest.mouseClick(canvas.viewport(), RIGHT, NONE, QPoint(100, 80))
    assert tool.is_painting
    QTest.mouseRelease(canvas.viewport(), LEFT, NONE, QPoint(100, 80))

    assert names(heard) == ["start", "finish"]


def test_moving_without_a_button_hovers(canvas, tool, heard):
    drag(canvas, (40, 50), held=Qt.MouseButton.NoButton)

    assert heard == [("hover", map_point(canvas, (40, 50)))]


def test_leaving_the_map_is_told(canvas, tool, heard):
    QApplication.sendEvent(canvas.viewport(), QEvent(QEvent.Type.Leave))

    assert names(heard) == ["left"]


def test_escape_cancels_the_stroke_while_the_button_is_down(canvas, tool, heard):
    QTest.mousePress(canvas.viewport(), LEFT, NONE, QPoint(100, 80))
    drag(canvas, (110, 90))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    drag(canvas, (120, 90))
    QTest.mouseRelease(canvas.viewport(), LEFT, NONE, QPoint(120, 90))

    assert names(heard) == ["start", "move", "cancel", "hover"]


def test_escape_without_a_stroke_says_nothing(canvas, tool, heard):
    QTest.keyClick(canvas, Qt.Key.Key_Escape)

    assert heard == []


def test_a_lost_release_ends_the_stroke_at_the_next_move(canvas, tool, heard):
    QTest.mousePress(canvas.viewport(), LEFT, NONE, QPoint(100, 80))
    drag(canvas, (200, 90), held=Qt.MouseButton.NoButton)

    assert names(heard) == ["start", "finish", "hover"]


def test_taking_the_tool_away_finishes_the_stroke(canvas, tool, heard):
    QTest.mousePress(canvas.viewport(), LEFT, NONE, QPoint(100, 80))
    drag(canvas, (110, 90))
    canvas.setMapTool(QgsMapToolPan(canvas))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    drag(canvas, (120, 90))

    assert names(heard) == ["start", "move", "finish"]
    assert not tool.is_painting


def test_shift_and_wheel_change_the_size_and_not_the_scale(canvas, tool, heard):
    scale = canvas.scale()
    wheel(canvas, 1, SHIFT)
    wheel(canvas, -2, SHIFT)
    wheel(canvas, 1, SHIFT, sideways=True)

    assert heard == [("size", 1), ("size", -2), ("size", 1)]
    assert canvas.scale() == scale


def test_fine_wheels_add_up_to_whole_steps(canvas, tool, heard):
    view = canvas.viewport()
    for _ in range(4):
        at = QPointF(200, 150)
        event = QWheelEvent(
            at,
            QPointF(view.mapToGlobal(at.toPoint())),
            QPoint(),
            QPoint(0, 30),
            Qt.MouseButton.NoButton,
            SHIFT,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view, event)

    assert heard == [("size", 1)]


def test_the_plain_wheel_zooms(canvas, tool, heard):
    scale = canvas.scale()
    wheel(canvas, 1)

    assert canvas.scale() < scale
    assert heard == []


def test_the_middle_button_pans_and_does_not_paint(canvas, tool, heard):
    center = canvas.center()
    mouse(canvas, QEvent.Type.MouseButtonPress, (100, 80), MIDDLE)
    drag(canvas, (160, 120), held=MIDDLE)
    mouse(canvas, QEvent.Type.MouseButtonRelease, (160, 120), MIDDLE, held=NONE_HELD)

    assert canvas.center() != center
    assert "start" not in names(heard)
    assert "finish" not in names(heard)


def test_space_pans_and_does_not_paint(canvas, tool, heard):
    center = canvas.center()
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    drag(canvas, (100, 80), held=NONE_HELD)
    drag(canvas, (160, 120), held=NONE_HELD)
    QTest.keyRelease(canvas, Qt.Key.Key_Space)

    assert canvas.center() != center
    assert "start" not in names(heard)


def test_panning_in_the_middle_of_a_stroke_leaves_no_stripe(canvas, tool, heard):
    QTest.mousePress(canvas.viewport(), LEFT, NONE, QPoint(100, 80))
    drag(canvas, (110, 90))
    mouse(canvas, QEvent.Type.MouseButtonPress, (110, 90), MIDDLE, held=LEFT | MIDDLE)
    drag(canvas, (170, 130), held=LEFT | MIDDLE)
    mouse(canvas, QEvent.Type.MouseButtonRelease, (170, 130), MIDDLE, held=LEFT)
    before = heard[-1][1]
    drag(canvas, (170, 130), held=LEFT)
    QTest.mouseRelease(canvas.viewport(), LEFT, NONE, QPoint(170, 130))

    ends = [said[1] for said in heard if said[0] == "move"]
    assert ends[-1].distance(before) < 2 * canvas.mapUnitsPerPixel()


def test_map_tool_events_count_as_well_as_those_of_the_mouse(canvas, tool, heard):
    press = QgsMapMouseEvent(canvas, QEvent.Type.MouseButtonPress, QPoint(10, 20), LEFT)
    tool.canvasPressEvent(press)

    assert heard == [("start", QgsPointXY(press.mapPoint()), False)]


def test_a_canvas_may_go_while_the_tool_is_in_the_hand(qgis_app, qtbot):
    canvas = QgsMapCanvas()
    tool = PaintTool(canvas)
    canvas.setMapTool(tool)

    with qtbot.captureExceptions() as exceptions:
        sip.delete(canvas)

    assert exceptions == []
