import pytest
from landloop.al_core.config import QueryConfig, ThresholdPolicy
from landloop.plugin.dock.query_row import QueryRow
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest

CONFIG = QueryConfig("entropy", 35, 0.7, 1.2, ThresholdPolicy.STRICT, seed=9)


@pytest.fixture
def row(shown):
    return shown(QueryRow())


def test_it_hands_back_what_it_was_given(row, heard):
    changes = heard(row.options_changed)
    row.set_query_config(CONFIG)
    assert row.query_config() == CONFIG
    assert changes == []


def test_a_query_is_asked_for_with_the_options(row, heard):
    row.set_query_config(CONFIG)
    queries = heard(row.query_requested)
    QTest.mouseClick(row.choose, Qt.MouseButton.LeftButton)
    assert queries == []  # nothing to choose from yet
    row.set_ready(True)
    QTest.mouseClick(row.choose, Qt.MouseButton.LeftButton)
    assert queries == [CONFIG]


def test_typing_a_count_is_told_once(row, heard):
    changes = heard(row.options_changed)
    row.count.selectAll()
    QTest.keyClicks(row.count, "50")
    QTest.keyClick(row.count, Qt.Key.Key_Return)
    assert [change.count for change in changes] == [50]


def test_the_knobs_open_for_the_strategy_that_has_them(row, heard):
    assert not row.knobs.isVisible()
    QTest.mouseClick(row.more, Qt.MouseButton.LeftButton)
    assert row.knobs.isVisible()
    changes = heard(row.options_changed)
    QTest.keyClick(row.alpha, Qt.Key.Key_Up)
    assert changes[-1].alpha == 0.6
    QTest.keyClick(row.strategy, Qt.Key.Key_Down)
    assert changes[-1].strategy == "entropy"
    assert not row.knobs.isVisible()
    assert not row.more.isEnabled()


def test_other_strategies_can_be_offered(row):
    row.set_query_config(CONFIG)
    row.set_strategies(["random", "entropy", "mine"])
    assert row.query_config().strategy == "entropy"
    assert row.strategy.itemText(2) == "mine"


def test_icon_buttons_have_names_and_tips(row):
    for button in (row.choose, row.more, row.strategy, row.count):
        assert button.accessibleName()
        assert button.toolTip()
