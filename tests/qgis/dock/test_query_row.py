import pytest
from landloop.al_core import strategies
from landloop.al_core.config import GammaMode, QueryConfig, QuotaRule, ThresholdPolicy
from landloop.plugin.dock.query_row import QueryRow
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QMouseEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QStyle, QStyleOptionSlider

CONFIG = QueryConfig(
    "dcau_pool", 35, 0.7, 1.23, GammaMode.FEEDBACK, ThresholdPolicy.STRICT, rounds=7, seed=9
)


@pytest.fixture
def row(shown):
    return shown(QueryRow())


def choose(row, name):
    row.strategy.setCurrentIndex(row.strategy.findData(name))


def handle(slider):
    """Return the middle of what the mouse takes a slider by."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    style = QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle
    return slider.style().subControlRect(*style, slider).center()


def move(slider, to):
    """Move the mouse with its left button down; QTest would move it without."""
    left = Qt.MouseButton.LeftButton
    kind, none = QEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(slider, QMouseEvent(kind, QPointF(to), left, left, none))


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


def test_every_strategy_but_the_one_by_click_is_offered_with_its_promise(row):
    offered = [row.strategy.itemData(place) for place in range(row.strategy.count())]
    assert offered == [name for name in strategies.names() if name != "similar"]
    assert row.query_config().strategy == "dcau_plus"
    for name in offered:
        choose(row, name)
        strategy = strategies.get(name)
        assert row.strategy.currentText() == strategy.title
        assert row.strategy.toolTip() == row.promise.text() == strategy.promise
        at = row.strategy.currentIndex()
        assert row.strategy.itemData(at, Qt.ItemDataRole.ToolTipRole) == strategy.promise


def test_only_the_options_that_matter_are_seen(row):
    row.more.setChecked(True)
    options = row.options
    for name, seen in (
        ("random", ()),
        ("entropy", ()),
        ("dcau", (row.alpha.slider, options.policy, options.gap_source)),
        (
            "dcau_pool",
            (row.alpha.slider, row.gamma.slider, options.gamma_mode, options.gap_source),
        ),
        (
            "dcau_plus",
            (
                row.alpha.slider,
                row.gamma.slider,
                options.gamma_mode,
                options.quotas,
                options.gap_source,
                options.rounds,
            ),
        ),
    ):
        choose(row, name)
        all_of_them = {
            row.alpha.slider,
            row.gamma.slider,
            options.policy,
            options.gamma_mode,
            options.quotas,
            options.gap_source,
            options.rounds,
        }
        assert {widget for widget in all_of_them if widget.isVisible()} == set(seen), name


def test_the_threshold_slider_goes_where_gamma_has_no_say(row):
    choose(row, "dcau_pool")
    row.more.setChecked(True)
    row.options.gamma_mode.setCurrentIndex(list(GammaMode).index(GammaMode.SCHEDULE))
    assert not row.gamma.slider.isVisible()
    assert row.options.rounds.isVisible()
    choose(row, "dcau")
    assert not row.gamma.slider.isVisible()
    row.options.gamma_mode.setCurrentIndex(list(GammaMode).index(GammaMode.FIXED))
    row.options.policy.setCurrentIndex(1)
    assert row.gamma.slider.isVisible()
    assert row.query_config().policy is ThresholdPolicy.STRICT


def test_a_slider_tells_while_it_is_dragged_and_settles_when_it_is_let_go(row, heard):
    changes, settled = heard(row.options_changed), heard(row.options_settled)
    slider = row.alpha.slider
    start = handle(slider)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    for step in (10, 20, 30, 40):
        move(slider, start + QPoint(step, 0))
    QTest.qWait(450)  # longer than what ends a burst of keys
    assert len(changes) > 1
    assert settled == []
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 0))
    assert settled == [changes[-1]]
    assert changes[-1].alpha > 0.5
    assert row.alpha.text.text() == f"{changes[-1].alpha:.2f}"


def test_keys_move_a_slider_by_small_steps_and_settle_soon(row, heard, qtbot):
    changes, settled = heard(row.options_changed), heard(row.options_settled)
    QTest.keyClick(row.gamma.slider, Qt.Key.Key_Right)
    QTest.keyClick(row.gamma.slider, Qt.Key.Key_Right)
    assert [change.gamma for change in changes] == [0.55, 0.6]
    qtbot.waitUntil(lambda: bool(settled), timeout=2000)
    assert [change.gamma for change in settled] == [0.6]


def test_every_quota_rule_and_mode_has_a_name_and_comes_back(row):
    for rule in QuotaRule:
        row.set_query_config(QueryConfig(quotas=rule))
        assert row.query_config().quotas is rule
        assert row.options.quotas.currentText()


def test_before_the_first_round_only_what_needs_no_network_is_offered(row, heard):
    row.set_query_config(CONFIG)
    row.set_ready(True)
    row.set_cold(True)
    offered = [row.strategy.itemData(place) for place in range(row.strategy.count())]
    assert offered == ["random", "herding"]
    assert not row.alpha.slider.isVisible()
    assert strategies.get("dcau_pool").title in row.promise.text()  # what comes after
    queries = heard(row.query_requested)
    choose(row, "herding")
    QTest.mouseClick(row.choose, Qt.MouseButton.LeftButton)
    assert queries[0].strategy == "herding"
    assert row.query_config().strategy == "dcau_pool"  # what Retrain will ask for
    row.set_cold(False)
    assert row.strategy.currentData() == "dcau_pool"


def test_other_strategies_can_be_offered(row):
    row.set_query_config(CONFIG)
    row.set_strategies(["random", "entropy"])
    assert row.query_config().strategy == "random"  # the chosen one is not there any more
    assert row.strategy.count() == 2


def test_a_problem_is_said_and_taken_back(row):
    row.show_problem("Scan first.")
    assert row.problem.isVisible()
    row.show_problem("")
    assert not row.problem.isVisible()


def test_classes_without_labels_are_named(row):
    row.show_missing(["Road", "Water"])
    assert "Road, Water" in row.missing.text()
    assert row.missing.isVisible()
    row.show_missing([])
    assert not row.missing.isVisible()


def test_widgets_have_names_and_tips(row):
    options = row.options
    for widget in (
        *(row.choose, row.more, row.strategy, row.count, row.alpha.slider, row.gamma.slider),
        *(options.policy, options.gamma_mode, options.quotas, options.gap_source, options.rounds),
    ):
        assert widget.accessibleName()
        assert widget.toolTip()


@pytest.mark.parametrize("points", [9, 11])
def test_it_fits_a_narrow_dock(shown, points):
    row = QueryRow()
    font = row.font()
    font.setPointSize(points)
    row.setFont(font)
    row.more.setChecked(True)
    shown(row)
    assert row.minimumSizeHint().width() <= 290


@pytest.mark.parametrize(
    ("strategy", "option"),
    [("mcfps", "normalise"), ("fps", "normalise"), ("mge", "unit_gradients"), ("ll", "clustering")],
)
def test_switches_of_a_strategy_are_offered_and_heard(row, qtbot, strategy, option):
    row.set_query_config(QueryConfig(strategy=strategy))
    row.more.setChecked(True)
    box = getattr(row.options, option)
    assert box.isVisibleTo(row)
    before = getattr(row.query_config(), option)
    with qtbot.waitSignal(row.options_changed):
        box.click()
    assert getattr(row.query_config(), option) is not before
