from pathlib import Path

import pytest
from landloop.plugin.dock import dialogs
from landloop.plugin.dock.landloop_dock import LandLoopDock
from landloop.plugin.dock.rows import InstallStage, InstallState, LayersState, PaintState
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QFont
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QApplication,
    QCommandLinkButton,
    QDialogButtonBox,
    QLineEdit,
    QPushButton,
    QToolButton,
)

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dock(shown):
    dock = shown(LandLoopDock(lambda _path: 3, lambda _path: None))
    dock.resize(390, 860)
    return dock


def test_it_starts_with_new_and_open(dock, heard):
    wishes = heard(dock.new_requested)
    assert dock.objectName() == "LandLoopDock"
    assert dock.pages.currentWidget() is dock.start_page
    QTest.mouseClick(dock.start_page.new, LEFT)
    assert len(wishes) == 1


def test_open_asks_for_a_folder(dock, heard, monkeypatch):
    folders = heard(dock.open_requested)
    monkeypatch.setattr(dialogs, "open_folder", lambda *_args: "/maps/zion.landloop")
    QTest.mouseClick(dock.start_page.open, LEFT)
    dock.open_action.trigger()
    monkeypatch.setattr(dialogs, "open_folder", lambda *_args: "")
    dock.open_action.trigger()
    assert folders == ["/maps/zion.landloop"] * 2


def test_recent_projects_are_one_click_away(dock, heard):
    folders = heard(dock.open_requested)
    assert not dock.start_page.recent_title.isVisible()
    dock.set_recent(["/maps/a.landloop", "/maps/b.landloop"])
    dock.set_recent(["/maps/c.landloop"])
    QTest.qWait(1)
    (button,) = dock.start_page.findChildren(QCommandLinkButton)
    QTest.mouseClick(button, LEFT)
    assert folders == ["/maps/c.landloop"]


def test_the_menu_makes_and_closes_projects(dock, heard):
    made, closed = heard(dock.new_requested), heard(dock.close_requested)
    assert not dock.close_action.isEnabled()
    dock.show_work(Path("/maps/zion.landloop"))
    dock.close_action.trigger()
    dock.new_action.trigger()
    assert (len(made), len(closed)) == (1, 1)


def test_the_header_names_the_project(dock):
    dock.show_work(Path("/maps/zion.landloop"))
    assert dock.name.text() == "zion"
    assert "/maps" in dock.name.toolTip()
    assert dock.pages.currentWidget() is dock.work_panel
    dock.show_start()
    assert dock.name.text() == "No project open"


def test_setup_leads_back_to_the_start(dock):
    dock.show_setup()
    assert dock.pages.currentWidget() is dock.setup_panel
    QTest.mouseClick(dock.setup_panel.back, LEFT)
    assert dock.pages.currentWidget() is dock.start_page


def test_the_device_is_visible_on_every_page(dock):
    dock.set_device("CPU, because this torch sees no CUDA device")
    for show in (dock.show_start, dock.show_setup, lambda: dock.show_work(Path("/a"))):
        show()
        assert dock.device.isVisible()
        assert dock.device.text().startswith("CPU")
    dock.set_device("")
    assert dock.device.text() == "Engine not started"


def test_the_banner_stands_above_every_page(dock):
    dock.banner.set_state(InstallState(InstallStage.MISSING))
    dock.show_work(Path("/a"))
    assert dock.banner.isVisible()


def test_every_button_has_a_name_and_a_tip(dock):
    dock.work_panel.classes.set_rows([])
    for button in dock.widget().findChildren((QToolButton, QPushButton)):
        if not isinstance(button.parent(), QLineEdit | QgsFileWidget | QDialogButtonBox):
            assert button.text() or button.accessibleName()
            assert button.toolTip()


def test_tab_reaches_everything_in_the_order_of_the_page(dock, classes, queue, qtbot):
    work = dock.work_panel
    work.classes.set_rows(classes)
    work.queue.set_rows(queue)
    work.query.set_ready(True)
    work.choice.setCollapsed(False)
    work.queue.set_similar_ready(True)
    work.reason.show()
    work.why.show_pick(queue[0], classes)
    work.why.set_map_ready(True)
    work.paint.set_state(PaintState(can_undo=True, can_redo=True))
    work.layers.set_state(LayersState(available=True))
    work.export.set_ready(True)
    dock.show_work(Path("/maps/zion.landloop"))
    dock.activateWindow()
    qtbot.waitActive(dock)
    work.classes.setFocus()
    visited = []
    for _ in range(60):
        visited.append(QApplication.focusWidget())
        QTest.keyClick(visited[-1], Qt.Key.Key_Tab)
    paint, table, query, layers = work.paint, work.queue, work.query, work.layers
    expected = [
        *(work.classes, paint.paint, paint.eraser, paint.unsure, paint.size),
        *(paint.undo, paint.redo, table.table, table.previous, table.next),
        *(table.similar, work.why.hint),
        *(query.strategy, query.alpha.slider, query.gamma.slider),
        *(query.count, query.choose, query.more),
        *(work.train.retrain, work.train.options, work.chart),
        *(layers.boxes["prediction"], layers.opacities["prediction"]),
        *(layers.boxes["uncertainty"], layers.opacities["uncertainty"]),
        *(layers.boxes["labels"], layers.opacities["labels"], work.export.button),
    ]
    assert [widget for widget in visited if widget in expected][: len(expected)] == expected


def test_the_work_panel_needs_no_scrolling_in_a_dock_of_360_by_900(
    qgis_app, shown, classes, queue, rounds
):
    before = qgis_app.font()
    qgis_app.setFont(QFont("DejaVu Sans", 9))  # what a desktop has
    dock = shown(LandLoopDock(lambda _path: 3, lambda _path: None))
    panel = dock.work_panel
    panel.classes.set_rows([*classes, *classes])
    panel.queue.set_rows(queue)
    panel.chart.set_rounds(rounds, classes)
    panel.train.show_idle("Round 3 · mIoU 0.61 · 24 tiles · 1 min 40 s")
    panel.layers.set_state(LayersState(available=True))
    dock.show_work(Path("/maps/zion.landloop"))
    dock.resize(360, 900)
    QTest.qWait(20)
    qgis_app.setFont(before)
    assert panel.horizontalScrollBar().maximum() == 0
    assert panel.verticalScrollBar().maximum() == 0


def test_a_narrow_dock_scrolls(dock):
    dock.show_work(Path("/maps/zion.landloop"))
    dock.resize(220, 400)
    QTest.qWait(1)
    assert dock.width() <= 260
    assert dock.work_panel.horizontalScrollBar().maximum() > 0
    assert dock.work_panel.verticalScrollBar().maximum() > 0
