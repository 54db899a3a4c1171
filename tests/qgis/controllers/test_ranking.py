"""Re-ranking from the last scan, while sliders are dragged."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from landloop.al_core import strategies
from landloop.al_core.config import QueryConfig
from landloop.al_core.project import Project
from landloop.al_core.scoring import PoolStatistics
from landloop.al_core.strategies import queueing
from landloop.al_core.strategies.standing import read_standing
from landloop.plugin import settings
from landloop.plugin.controllers.background import Background
from landloop.plugin.dock.strategy_options import Option, options_of
from qgis.core import QgsProject
from qgis.PyQt.QtCore import Qt, QTimer

OPTIONS = QueryConfig(strategy="dcau", count=5)
WAIT_MS = 10_000


@pytest.fixture
def bench(make_bench, scanned_project):
    return make_bench(scanned_project)


def expected(bench, options):
    """What the engine would choose."""
    project = bench.session.project
    statistics = PoolStatistics.load(project.rounds.current().folder / "statistics.npz")
    standing = read_standing(project)
    state = standing.state(statistics, options)
    picks = strategies.get(options.strategy).select(
        statistics, state, options, standing.generator(options)
    )
    return [pick.tile_id for pick in picks]


def shown(bench):
    return [pick.tile_id for pick in bench.queue.picks()]


def rank(bench, qtbot, options):
    with qtbot.waitSignal(bench.ranking.ranked, timeout=WAIT_MS):
        bench.ranking.rank(options)


@pytest.mark.parametrize("name", ["dcau", "dcau_pool", "dcau_plus", "entropy", "random"])
def test_it_chooses_what_the_engine_would(bench, qtbot, name):
    options = replace(OPTIONS, strategy=name, alpha=1.7)
    rank(bench, qtbot, options)
    assert shown(bench) == expected(bench, options)
    assert len(shown(bench)) == 5
    assert not set(shown(bench)) & {3, 5, 10}  # validation, and labelled ones


def test_a_ranking_is_a_preview_until_it_is_kept(bench, qtbot):
    rank(bench, qtbot, OPTIONS)
    assert bench.session.project.picks.current() == ()
    with qtbot.waitSignal(bench.ranking.kept, timeout=WAIT_MS):
        bench.ranking.keep(OPTIONS)
    kept = bench.session.project.picks.current()
    assert [pick.tile_id for pick in kept] == shown(bench)
    assert {pick.strategy for pick in kept} == {"dcau"}
    assert {pick.round for pick in kept} == {1}
    assert len(kept[0].reason["terms"]) == 2


def test_what_is_kept_is_there_after_the_project_was_closed(bench, qtbot, scanned_project):
    bench.ranking.rank(OPTIONS)
    with qtbot.waitSignal(bench.ranking.kept, timeout=WAIT_MS):
        bench.ranking.keep(OPTIONS)  # before the ranking has ended
    tiles = shown(bench)
    bench.session.close()
    with Project.open(scanned_project) as project:
        assert [pick.tile_id for pick in project.picks.current()] == tiles


def test_keeping_tells_the_round_what_was_weighed(bench, qtbot):
    options = replace(OPTIONS, strategy="dcau_plus", alpha=2.0, count=6)
    rank(bench, qtbot, options)
    with qtbot.waitSignal(bench.ranking.kept, timeout=WAIT_MS):
        bench.ranking.keep(options)
    record = bench.session.project.rounds.current()
    gaps = 1 - np.diag([900, 600]).sum(axis=0) / np.array([1400, 1100])
    assert record.metrics.weight == pytest.approx(gaps**2 / (gaps**2).sum())
    assert sum(record.insight["quota"]) == 4  # two thirds of the batch
    assert record.insight["gap_source"] == "validation"
    assert "advice" in record.insight  # what was known stays


def test_of_many_wishes_the_last_one_wins(bench, qtbot):
    count = []
    bench.ranking.ranked.connect(lambda: count.append(shown(bench)))
    wishes = [replace(OPTIONS, alpha=step / 20, count=1 + step % 7) for step in range(40)]
    for wish in wishes:
        bench.ranking.rank(wish)
    qtbot.waitUntil(lambda: bool(count) and len(count[-1]) == wishes[-1].count, timeout=WAIT_MS)
    qtbot.wait(100)
    assert shown(bench) == expected(bench, wishes[-1])
    assert len(count) <= 2  # the first, which had begun, and the last


def test_dragging_the_slider_moves_queue_and_tile_layer(bench, qtbot):
    panel = bench.dock.work_panel
    panel.query.set_query_config(OPTIONS)
    with qtbot.waitSignal(bench.ranking.ranked, timeout=WAIT_MS):
        panel.query.alpha.slider.setValue(40)
    model = panel.queue.table.model()
    assert [model.index(row, 1).data() for row in range(model.rowCount())] == shown(bench)
    layer = next(
        layer
        for layer in QgsProject.instance().mapLayers().values()
        if layer.customProperty("landloop/role") == "tiles"
    )

    def ranked_tiles():
        found = [f for f in layer.getFeatures() if f["rank"]]
        return [f["tile"] for f in sorted(found, key=lambda f: f["rank"])]

    qtbot.waitUntil(lambda: ranked_tiles() == shown(bench), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: bool(bench.session.project.picks.current()), timeout=WAIT_MS)


def test_the_place_in_the_queue_is_kept_while_its_tile_is_in_it(bench, qtbot):
    rank(bench, qtbot, OPTIONS)
    bench.queue.next()
    here = bench.queue.current
    rank(bench, qtbot, replace(OPTIONS, count=6))
    assert bench.queue.current == here
    bench.queue.show(bench.queue.picks()[1:])
    assert bench.queue.current is None


def test_new_labels_count_at_once(bench, qtbot):
    rank(bench, qtbot, OPTIONS)
    first = shown(bench)[0]
    bench.session.project.labels.write({first: np.zeros((32, 32), dtype=np.uint8)})
    bench.session.labels_changed.emit([first])
    rank(bench, qtbot, replace(OPTIONS, count=4))
    assert first not in shown(bench)


def test_a_strategy_that_the_scan_was_not_made_for_is_refused_in_the_dock(bench, qtbot):
    query = bench.dock.work_panel.query
    with qtbot.waitSignal(bench.ranking.failed, timeout=WAIT_MS):
        query.strategy.setCurrentIndex(query.strategy.findData("badge"))
    assert "Choose tiles" in query.problem.text()
    assert bench.ranking.needs_scan(query.query_config())
    with qtbot.waitSignal(bench.ranking.ranked, timeout=WAIT_MS):
        query.strategy.setCurrentIndex(query.strategy.findData("entropy"))
    assert query.problem.text() == ""


def test_a_round_that_is_scanned_again_is_read_again(bench, qtbot, scanned_project):
    path = scanned_project / "rounds" / "0001" / "statistics.npz"
    old = PoolStatistics.load(path)
    replace(old, gradients=np.random.default_rng(0).normal(size=(len(old), 4))).save(path)
    bench.session.picks_changed.emit()  # as after a query that has scanned
    qtbot.waitUntil(lambda: bench.ranking.is_ready, timeout=WAIT_MS)
    assert not bench.ranking.needs_scan(replace(OPTIONS, strategy="badge"))
    rank(bench, qtbot, replace(OPTIONS, strategy="badge"))
    assert len(shown(bench)) == 5


def test_a_scan_by_another_network_is_not_used(make_bench, scanned_project, qtbot):
    path = scanned_project / "rounds" / "0001" / "statistics.npz"
    replace(PoolStatistics.load(path), model_hash="another").save(path)
    bench = make_bench(scanned_project, has_scan=False)
    bench.ranking.rank(OPTIONS)
    qtbot.wait(300)
    assert not bench.ranking.is_ready
    assert shown(bench) == []


def test_a_damaged_scan_is_told_in_the_dock(make_bench, scanned_project, qtbot):
    (scanned_project / "rounds" / "0001" / "statistics.npz").write_bytes(b"no archive")
    (scanned_project / "rounds" / "0001").rename(scanned_project / "aside")
    bench = make_bench(scanned_project, has_scan=False)  # before its round is there
    (scanned_project / "aside").rename(scanned_project / "rounds" / "0001")
    with qtbot.waitSignal(bench.ranking.failed, timeout=WAIT_MS):
        bench.session.rounds_changed.emit()
    assert "cannot be read" in bench.dock.work_panel.query.problem.text()
    assert not bench.ranking.is_ready
    bench.ranking.rank(OPTIONS)  # does nothing, and does no harm
    assert shown(bench) == []


def test_before_the_first_round_the_dock_offers_a_beginning(make_bench, paint_project):
    bench = make_bench(paint_project, has_scan=False)
    query = bench.dock.work_panel.query
    assert [query.strategy.itemData(k) for k in range(query.strategy.count())] == [
        "random",
        "herding",
    ]
    assert "1. Choose the first tiles" in bench.dock.work_panel.queue.table.accessibleDescription()
    assert not bench.dock.work_panel.queue.similar.isEnabled()
    assert query.choose.isEnabled()


def test_how_tiles_are_chosen_is_unfolded_at_the_beginning(make_bench, scanned_project, qtbot):
    settings.CHOICE_OPEN.set(False)
    bench = make_bench(scanned_project)
    choice = bench.dock.work_panel.choice
    qtbot.wait(10)
    assert choice.isCollapsed()
    bench.session.close()
    (scanned_project / "rounds" / "0001").rename(scanned_project / "aside")
    bench.session.open(scanned_project)
    qtbot.waitUntil(lambda: not choice.isCollapsed(), timeout=2000)
    assert not settings.CHOICE_OPEN.get()  # the habit is not touched


def test_a_fold_is_remembered(bench, qtbot, qgis_iface):
    window = qgis_iface.mainWindow()
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, bench.dock)
    bench.dock.show()
    with qtbot.waitExposed(window):
        window.show()
    bench.dock.work_panel.choice.setCollapsed(False)
    assert settings.CHOICE_OPEN.get()
    bench.dock.work_panel.choice.setCollapsed(True)
    assert not settings.CHOICE_OPEN.get()
    window.hide()  # other tests have the screen for themselves


def test_closing_while_a_ranking_runs_does_no_harm(bench, qtbot):
    bench.ranking.rank(OPTIONS)
    bench.session.close()
    qtbot.wait(200)
    assert bench.queue.picks() == ()


def test_the_outcome_of_a_thread_arrives_in_the_main_thread(qtbot):
    background = Background()
    heard = []
    background.ended.connect(
        lambda purpose, outcome: heard.append((purpose, outcome, threading.get_ident()))
    )
    background.start("one", threading.get_ident)
    with pytest.raises(RuntimeError):
        background.start("two", threading.get_ident)
    qtbot.waitUntil(lambda: bool(heard), timeout=WAIT_MS)
    background.start("bad", lambda: 1 // 0)
    qtbot.waitUntil(lambda: len(heard) == 2, timeout=WAIT_MS)
    assert heard[0][0] == "one"
    assert heard[0][1] != threading.get_ident() == heard[0][2]
    assert isinstance(heard[1][1], ZeroDivisionError)
    background.close()


def test_options_that_are_not_shown_change_nothing(bench):
    """The dock hides what has no say; here every strategy is asked."""
    plain = QueryConfig(count=6)
    changes = {
        Option.ALPHA: {"alpha": 2.0},
        Option.GAMMA: {"gamma": 3.0},
        Option.ROUNDS: {"rounds": 2},
    }
    for name in strategies.names():
        if name in {"similar", "badge", "bald", "mcfps", "mge", "ll", "tpd"}:
            continue  # a tile, or another scan, is needed first
        options = replace(plain, strategy=name)
        for option in set(changes) - options_of(options):
            assert expected(bench, replace(options, **changes[option])) == expected(
                bench, options
            ), (name, option)


def test_the_main_thread_stays_free_while_a_slow_strategy_ranks(bench, qtbot, monkeypatch):
    class Slow:
        """A strategy that takes its time."""

        name, title, promise, needs = "slow", "Slow", "Waits.", frozenset()

        def select(self, *_):
            time.sleep(0.6)
            return []

    for module in (strategies, queueing):
        monkeypatch.setattr(module, "get", lambda _name: Slow())
    beats = []
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(time.monotonic()))
    timer.start(5)
    rank(bench, qtbot, OPTIONS)
    assert np.diff(beats).max() < 0.05
