import pytest
from landloop.plugin.dock.rows import ClassRow, LayersState, Reliability, RoundNews, RoundPoint
from landloop.plugin.dock.work_panel import WorkPanel
from qgis.gui import QgsCollapsibleGroupBoxBasic
from qgis.PyQt.QtGui import QFont
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QLabel

NEWS = RoundNews(
    "Gaps are measured on tiles labelled since, before the network learned them.",
    "Too few validation labels.",
    "Label 9 more validation tiles: Road has fewer than 200 validation pixels.",
    "Go on labelling; up to 12.3% of the map still changes in a round.",
)


@pytest.fixture(params=[9, 10, 11])
def panel(request, qgis_app, shown, queue):
    """Everything that there can be to say, unfolded, in a dock of 320 px."""
    before = qgis_app.font()
    qgis_app.setFont(QFont("DejaVu Sans", request.param))
    panel = WorkPanel()
    panel.resize(320, 1000)
    shown(panel)
    classes = [
        ClassRow(k, f"Bare soil {k}", "#336699", 888_888, 0.62, 0.38, 0.2, 0.05, 900, 12)
        for k in range(6)
    ]
    panel.classes.set_rows(classes)
    panel.queue.set_rows(queue)
    panel.train.show_idle("Round 3 · mIoU 0.61 · 24 tiles · 1 min 40 s")
    panel.chart.set_rounds([RoundPoint(k, 0.5, (0.5,), k, 9 * k, 0.1) for k in (1, 2)], classes)
    panel.insight.show_news(NEWS)
    panel.insight.set_validation_left(True)
    panel.reliability.show_reliability(Reliability(((0.8, 0.7, 9),), 1.4, 0.08, 0.03))
    panel.layers.set_state(LayersState(available=True))
    for box in panel.findChildren(QgsCollapsibleGroupBoxBasic):
        box.setCollapsed(False)
    QTest.qWait(50)
    yield panel
    qgis_app.setFont(before)


def test_nothing_is_cut_off_in_a_dock_of_320_pixels(panel):
    assert panel.horizontalScrollBar().maximum() == 0
    for label in panel.findChildren(QLabel):
        if label.isVisible() and label.wordWrap() and label.text():
            assert label.height() >= label.heightForWidth(label.width()), label.text()


def test_the_classes_show_iou_and_seats_in_a_dock_of_320_pixels(panel):
    table = panel.classes
    hidden = [table.isColumnHidden(column) for column in range(6)]
    assert hidden == [False, False, False, True, True, False]
    assert table.horizontalHeader().length() <= table.viewport().width()


def test_details_sit_in_the_title_and_not_over_the_table(panel):
    details, table = panel.classes.details, panel.classes
    assert details.isVisible()
    assert (
        details.mapToGlobal(details.rect().bottomLeft()).y()
        <= table.mapToGlobal(table.rect().topLeft()).y()
    )
    box = details.parentWidget()
    box.setCollapsed(True)
    assert not details.isVisible()
    box.setCollapsed(False)
    assert details.isVisible()
