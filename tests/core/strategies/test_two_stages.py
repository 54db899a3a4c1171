"""LL, TPD and MGE: what they rank by, their clusters, and a first round without a comparison."""

import numpy as np
import pytest

from al_core.config import Task
from al_core.errors import QueryError
from al_core.scoring import PoolStatistics, TagLook, mge, tagged_statistics
from al_core.strategies import Need
from al_core.strategies.queueing import has_columns

from .crowds import choose, ids, pool_of, state_of

GROUPS = 9 * np.eye(3)
SHARES = [[0.3, 0.1]] * 12


def grouped(**columns):
    """Twelve tiles in three far groups, one after the other; none is labelled."""
    rng = np.random.default_rng(0)
    features = GROUPS[np.arange(12) % 3] + 0.1 * rng.normal(size=(12, 3))
    pool = pool_of(SHARES, features, **columns)
    return pool, state_of(pool)


MEASURES = {
    "ll": {"predicted_loss": np.arange(12) - 20.0},
    "tpd": {"sum_discrepancy": 100.0 * np.arange(12) / 20, "before_hash": "a0"},
    "mge": {"gradients": np.arange(12)[:, None] * [[0.3, 0.4]]},
}
each = pytest.mark.parametrize("strategy", MEASURES)


@each
def test_without_clusters_the_highest_scores_are_taken(strategy):
    picks = choose(strategy, *grouped(**MEASURES[strategy]), count=4, clustering=False)
    assert ids(picks) == [11, 10, 9, 8]


@each
def test_the_highest_score_of_each_cluster_of_the_highest_is_taken(strategy):
    values = np.array([0, 0, 5, 1, 2, 6, 3, 0, 7, 4, 0, 8])  # 2, 5, 8 and 11 are of one group
    column = {
        name: value if isinstance(value, str) else np.asarray(value)[values]
        for name, value in MEASURES[strategy].items()
    }
    pool, state = grouped(**column)
    assert ids(choose(strategy, pool, state, count=3, multiple=4)) == [11, 9, 4]
    assert ids(choose(strategy, pool, state, count=2, multiple=3)) == [11, 9]
    assert ids(choose(strategy, pool, state, count=3, multiple=1)) == [11, 8, 5]


@each
def test_more_tiles_than_there_are_may_be_looked_at(strategy):
    picks = choose(strategy, *grouped(**MEASURES[strategy]), count=5, multiple=1000)
    assert len(set(ids(picks))) == 5
    assert len(choose(strategy, *grouped(**MEASURES[strategy]), count=50)) == 12


@pytest.mark.parametrize("strategy", ["tpd", "mge"])
def test_a_nearly_finished_tile_does_not_top_the_list(strategy):
    pixels = np.where(np.arange(12) == 11, 2, 100)
    columns = {**MEASURES[strategy], "n": pixels}
    if strategy == "tpd":
        columns["sum_discrepancy"] = pixels * np.arange(12) / 20
    picks = choose(strategy, *grouped(**columns), count=3, clustering=False)
    assert ids(picks) == [10, 9, 8]


def test_what_is_said_of_each():
    said = {
        name: choose(name, *grouped(**columns), count=1, clustering=False)[0].reason
        for name, columns in MEASURES.items()
    }
    assert said["ll"].text == "Expected to be harder than 92% of the tiles; Water"
    assert said["tpd"].text == (
        "Changed by 0.55 since the round before, more than 92% of the tiles; Water"
    )
    assert said["mge"].text == "Gradient of length 5.5, longer than 92% of all; Water"
    assert {reason.class_name for reason in said.values()} == {"Water"}


def test_the_first_round_has_nothing_to_compare_with_and_says_so():
    pool, state = grouped(before_hash="")
    drawn = {tuple(ids(choose("tpd", pool, state, seed=seed, count=3))) for seed in range(5)}
    assert len(drawn) > 1
    (pick, *_) = choose("tpd", pool, state, count=3)
    assert pick.score == 0
    assert "no network of a round before" in pick.reason.text


def test_a_scan_that_was_to_compare_is_told_from_one_that_was_not():
    needs = frozenset({Need.STATISTICS, Need.BEFORE})
    assert not has_columns(grouped()[0], needs)
    assert has_columns(grouped(before_hash="")[0], needs)
    assert has_columns(grouped(before_hash="a0", sum_discrepancy=np.ones(12))[0], needs)
    with pytest.raises(QueryError, match="scan again"):
        choose("tpd", *grouped())


@pytest.mark.parametrize(
    ("need", "column"),
    [
        (Need.CERTAINTY, {"sum_certainty": np.ones(12)}),
        (Need.LOSS, {"predicted_loss": np.ones(12)}),
        (Need.DROPOUT, {"sum_bald": np.ones(12)}),
        (Need.GRADIENTS, {"gradients": np.ones((12, 2))}),
        (Need.GRADIENTS, {"residuals": np.ones((12, 2))}),
    ],
)
def test_a_scan_has_what_a_strategy_needs_or_has_not(need, column):
    assert not has_columns(grouped()[0], frozenset({need}))
    assert has_columns(grouped(**column)[0], frozenset({need}))


def test_of_whole_tiles_the_gradient_is_residual_and_features():
    rng = np.random.default_rng(1)
    p, h = rng.random((20, 3)), rng.normal(size=(20, 5)).astype(np.float16)
    pool = tagged_statistics(np.arange(20), TagLook(p=p, features=h), Task.MULTILABEL)
    assert isinstance(pool, PoolStatistics)
    state = state_of(pool_of([[0, 0]] * 20, h))
    state = type(state)(("A", "B", "C"), np.full(3, 1 / 3), state.eligible, 1)
    picks = choose("mge", pool, state, count=20, clustering=False)
    lengths = mge(p, h.astype(float))
    assert ids(picks) == np.argsort(-lengths).tolist()
    assert [pick.score for pick in picks] == pytest.approx(np.sort(lengths)[::-1], rel=1e-6)
    unit = choose("mge", pool, state, count=20, clustering=False, unit_gradients=True)
    length = np.linalg.norm(h.astype(float), axis=1, keepdims=True)
    lengths = mge(p, h.astype(float) / length)
    assert ids(unit) == np.argsort(-lengths, kind="stable").tolist()
    assert ids(unit) != ids(picks)
