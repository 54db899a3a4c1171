import pytest
from landloop.plugin.dock.rows import ClassRow, QueueRow
from landloop.plugin.dock.why_chart import MOST, bars_of
from landloop.plugin.dock.why_panel import WhyPanel
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtTest import QTest

MANY = [ClassRow(index, f"Class {index}", f"#{index * 20:02x}4060") for index in range(10)]


@pytest.fixture
def panel(shown):
    panel = shown(WhyPanel())
    panel.resize(290, 220)
    return panel


def pick(terms=(0.02, 0.01, 0.05), **changes):
    facts = {
        "detail": "Road: 62 % of the score; 0.31 from the nearest labelled tile",
        "strategy": "Class gaps (DCAU)",
        "terms": terms,
    }
    return QueueRow(70, 1, 0.6, "Road", 0.62, "#c0392b", **(facts | changes))


def test_bars_fall_and_carry_names_colours_and_values(classes):
    bars = bars_of((0.02, 0.01, 0.05), classes, "Road")
    assert [(bar.name, bar.value) for bar in bars] == [
        ("Road", 0.05),
        ("Water", 0.02),
        ("Forest", 0.01),
    ]
    assert [bar.color for bar in bars] == [classes[place].color for place in (2, 0, 1)]
    assert [bar.leads for bar in bars] == [True, False, False]


def test_what_is_not_among_the_first_six_is_one_bar():
    terms = [0.1 * (10 - index) for index in range(10)]
    bars = bars_of(terms, MANY)
    assert len(bars) == MOST + 1
    assert bars[-1].value == pytest.approx(0.4 + 0.3 + 0.2 + 0.1)
    assert "4" in bars[-1].name


def test_seven_classes_need_no_rest():
    assert [bar.name for bar in bars_of([0.1] * 7, MANY)] == [f"Class {k}" for k in range(7)]


def test_the_sentence_has_strategy_class_share_and_distance(panel, classes):
    panel.show_pick(pick(), classes)
    said = panel.sentence.text()
    for part in ("Tile 70", "Class gaps", "Road: 62 %", "0.31 from the nearest"):
        assert part in said
    assert panel.chart.isVisible()


def test_the_longest_bar_is_drawn_in_the_colour_of_its_class(panel, classes, qtbot):
    panel.show_pick(pick(), classes)
    chart = panel.chart
    qtbot.waitUntil(lambda: chart.height() == chart.sizeHint().height(), timeout=2000)
    image = chart.grab().toImage()
    middle = image.width() // 2
    colors = [image.pixelColor(middle, image.height() * part // 6).name() for part in (1, 3, 5)]
    assert colors[0] == QColor(classes[2].color).name()  # the other bars end before
    assert classes[0].color not in colors


def test_a_screen_reader_hears_the_bars(panel, classes):
    panel.show_pick(pick(), classes)
    assert panel.chart.accessibleName()
    assert panel.chart.accessibleDescription() == "Road 0.0500, Water 0.0200, Forest 0.0100"


def test_without_a_scan_there_are_no_bars_and_a_reason_why(panel, classes):
    panel.show_pick(pick((), detail="Drawn at random", strategy="Random"), classes)
    assert not panel.chart.isVisible()
    assert "Drawn at random. No network was asked" in panel.sentence.text()


def test_all_terms_zero_draws_empty_bars(panel, classes):
    panel.show_pick(pick((0.0, 0.0, 0.0)), classes)
    assert panel.chart.isVisible()
    panel.chart.grab()


def test_no_pick_takes_no_room(panel, classes):
    panel.show_pick(pick(), classes)
    panel.show_pick(None, classes)
    assert not panel.isVisible()


def test_the_outline_can_be_switched_once_there_is_a_map(panel, classes, heard):
    panel.show_pick(pick(), classes)
    wanted = heard(panel.hint_toggled)
    QTest.mouseClick(panel.hint, Qt.MouseButton.LeftButton, pos=panel.hint.rect().center())
    assert wanted == []
    assert "Retrain" in panel.hint.toolTip()
    panel.set_map_ready(True)
    panel.set_hint(True)
    assert wanted == []
    panel.hint.setFocus()
    QTest.keyClick(panel.hint, Qt.Key.Key_Space)
    assert wanted == [False]
