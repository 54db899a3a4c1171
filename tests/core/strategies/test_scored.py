"""Entropy and DCAU: what they rank by and what they say about it."""

import logging

import numpy as np
import pytest

from al_core import strategies
from al_core.config import QueryConfig, ThresholdPolicy
from al_core.scoring import PoolStatistics

NAMES = ("Water", "Road")


def pool_of(entropy_p, n):
    """A pool of tiles 10, 11, … with the given class sums (N, 2) and pixel counts (N,)."""
    sums, pixels = np.array(entropy_p, dtype=float), np.array(n)
    zeros = np.zeros(len(sums))
    return PoolStatistics(
        tile_ids=np.arange(10, 10 + len(sums)),
        n=pixels,
        sum_entropy=sums.sum(axis=1),
        sum_entropy_p=sums,
        sum_p=sums,
        histogram=np.zeros(sums.shape),
        sum_margin=zeros,
        sum_least_confidence=zeros,
        top20_entropy=zeros,
        features=np.zeros((len(sums), 0)),
    )


def choose(strategy, pool, weights=(0.5, 0.5), tile_px=0, **options):
    state = strategies.LoopState(NAMES, np.array(weights), np.ones(len(pool), bool), 1, tile_px)
    config = QueryConfig(**options)
    return strategies.get(strategy).select(pool, state, config, np.random.default_rng(0))


def test_dcau_prefers_the_class_with_the_gap_where_entropy_does_not():
    pool = pool_of([[60, 0], [0, 50]], [100, 100])
    assert choose("entropy", pool)[0].tile_id == 10
    assert choose("dcau", pool, (0.2, 0.8))[0].tile_id == 11


def test_the_reason_of_dcau_is_the_class_with_the_largest_term():
    (pick,) = choose("dcau", pool_of([[30, 12]], [100]), (0.25, 0.75))
    assert pick.score == pytest.approx(0.165)
    assert pick.reason.class_name == "Road"  # 0.75·0.12 = 0.09 beats 0.25·0.30 = 0.075
    assert pick.reason.term == "w*s"
    assert pick.reason.value == pytest.approx(0.09)
    assert pick.reason.share == pytest.approx(0.09 / 0.165)
    assert pick.reason.text == "Road: 55 % of the score"


def test_the_reason_of_entropy_is_the_class_that_has_most_of_it():
    (pick,) = choose("entropy", pool_of([[10, 30]], [100]))
    assert pick.score == pytest.approx(0.4)
    assert pick.reason.value == pytest.approx(0.4)
    assert pick.reason.text == "Road: 75 % of the entropy"


@pytest.mark.parametrize("strategy", ["entropy", "dcau"])
def test_a_nearly_finished_tile_does_not_top_the_list(strategy):
    pool = pool_of([[80, 0], [5, 0]], [100, 5])  # means 0.8 and 1.0
    picks = choose(strategy, pool, tile_px=100)
    assert [pick.tile_id for pick in picks] == [10, 11]
    factor = 0.5 if strategy == "dcau" else 1.0
    assert picks[1].score == pytest.approx(factor * 1.0 * 5 / (5 + 5))


@pytest.mark.parametrize("strategy", ["entropy", "dcau"])
def test_without_a_tile_size_the_fullest_tile_is_the_measure(strategy):
    pool = pool_of([[80, 0], [5, 0]], [100, 5])
    assert choose(strategy, pool) == choose(strategy, pool, tile_px=100)


@pytest.mark.parametrize("strategy", ["entropy", "dcau"])
def test_a_tile_without_a_score_is_passed_over_and_counted(strategy, caplog):
    pool = pool_of([[10, 0], [0, 0], [np.nan, 0]], [100, 0, 100])
    with caplog.at_level(logging.WARNING):
        picks = choose(strategy, pool)
    assert [pick.tile_id for pick in picks] == [10]
    assert "2 tiles have no finite score" in caplog.text


@pytest.mark.parametrize("strategy", ["entropy", "dcau"])
def test_equal_scores_go_by_tile_id(strategy):
    picks = choose(strategy, pool_of([[10, 10]] * 4, [100] * 4), count=3)
    assert [pick.tile_id for pick in picks] == [10, 11, 12]


def test_strict_dcau_stops_at_the_threshold():
    pool = pool_of([[v, 0] for v in (10, 12, 15, 20, 21, 30, 45)], [100] * 7)
    strict = choose("dcau", pool, count=3, policy=ThresholdPolicy.STRICT)
    assert [pick.tile_id for pick in strict] == [16, 15]
    assert [pick.tile_id for pick in choose("dcau", pool, count=3)] == [16, 15, 14]


def test_a_model_that_is_sure_of_everything_still_answers():
    picks = choose("dcau", pool_of([[0, 0], [0, 0]], [100, 100]))
    assert [pick.tile_id for pick in picks] == [10, 11]
    assert picks[0].reason.share == 0.0


def test_random_needs_no_scan():
    pool = PoolStatistics.unscanned(np.arange(20), classes=2)
    picks = choose("random", pool, count=5)
    assert len({pick.tile_id for pick in picks}) == 5
    assert picks[0].reason.text == "Drawn at random"


def test_random_draws_every_tile_equally_often():
    pool = PoolStatistics.unscanned(np.arange(5), classes=2)
    state = strategies.LoopState(NAMES, np.array([0.5, 0.5]), np.ones(5, bool), 0)
    rng = np.random.default_rng(0)
    draw = strategies.get("random").select
    first = [draw(pool, state, QueryConfig(count=1), rng)[0].tile_id for _ in range(2000)]
    assert np.bincount(first, minlength=5).min() > 340  # 400 expected, σ = 18
