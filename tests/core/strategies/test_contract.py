"""What every strategy in the registry promises."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core import strategies
from al_core.config import QueryConfig, ThresholdPolicy
from al_core.errors import QueryError
from al_core.scoring import PoolStatistics, class_weights

CLASSES = ("Water", "Forest", "Road")
every_strategy = pytest.mark.parametrize("strategy", strategies.names())
SEEDS = st.integers(0, 2**32 - 1)


def make_pool(seed, tiles=40):
    """Statistics as a scan would leave them, with ties, and a state to go with them."""
    rng = np.random.default_rng(seed)
    n = rng.integers(500, 1000, tiles)
    mean_p = rng.dirichlet(np.ones(3), tiles)
    mean_entropy = rng.integers(1, 8, tiles) / 8  # few values, so that there are ties
    pool = PoolStatistics(
        tile_ids=rng.permutation(1000)[:tiles],
        n=n,
        sum_entropy=n * mean_entropy,
        sum_entropy_p=(n * mean_entropy)[:, None] * mean_p,
        sum_p=n[:, None] * mean_p,
        histogram=np.round(n[:, None] * mean_p).astype(int),
        sum_margin=n * rng.random(tiles),
        sum_least_confidence=n * rng.random(tiles),
        top20_entropy=rng.random(tiles),
        features=rng.normal(size=(tiles, 8)),
        model_hash="a1",
    )
    state = strategies.LoopState(
        class_names=CLASSES,
        weights=class_weights(rng.random(3)),
        eligible=rng.random(tiles) < 0.7,
        round=1,
        tile_px=1000,
    )
    return pool, state


def arrange(pool, state, rows):
    """The same pool with its rows in another order."""
    arrays = {
        field.name: getattr(pool, field.name)[rows]
        for field in dataclasses.fields(pool)
        if field.name != "model_hash"
    }
    moved = dataclasses.replace(pool, **arrays)
    return moved, dataclasses.replace(state, eligible=state.eligible[rows])


def choose(strategy, pool, state, count=10, seed=0):
    config = QueryConfig(strategy=strategy, count=count)
    return strategies.get(strategy).select(pool, state, config, np.random.default_rng(seed))


@every_strategy
@given(seed=SEEDS, count=st.integers(0, 60))
@settings(max_examples=25, deadline=None)
def test_as_many_distinct_eligible_tiles_as_asked_for_or_there_are(strategy, seed, count):
    pool, state = make_pool(seed)
    ids = [pick.tile_id for pick in choose(strategy, pool, state, count)]
    assert len(ids) == len(set(ids)) == min(count, int(state.eligible.sum()))
    assert set(ids) <= set(pool.tile_ids[state.eligible].tolist())


@every_strategy
@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_the_same_seed_gives_the_same_picks(strategy, seed):
    pool, state = make_pool(seed)
    assert choose(strategy, pool, state) == choose(strategy, pool, state)


@every_strategy
@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_the_order_of_the_pool_changes_nothing(strategy, seed):
    pool, state = make_pool(seed)
    rows = np.random.default_rng(seed).permutation(len(pool))
    assert choose(strategy, *arrange(pool, state, rows)) == choose(strategy, pool, state)


@every_strategy
@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_the_order_of_the_classes_changes_no_pick(strategy, seed):
    pool, state = make_pool(seed)
    order = np.random.default_rng(seed).permutation(3)
    by_class = {
        name: getattr(pool, name)[:, order] for name in ("sum_entropy_p", "sum_p", "histogram")
    }
    other = choose(
        strategy,
        dataclasses.replace(pool, **by_class),
        dataclasses.replace(
            state,
            weights=state.weights[order],
            class_names=tuple(CLASSES[place] for place in order),
        ),
    )
    for pick, twin in zip(choose(strategy, pool, state), other, strict=True):
        assert pick.score == pytest.approx(twin.score)
        if pick.tile_id == twin.tile_id:  # scores may tie up to rounding
            assert pick.reason.class_name == twin.reason.class_name


@every_strategy
def test_the_arguments_are_left_alone(strategy):
    pool, state = make_pool(3)
    before, _ = make_pool(3)
    choose(strategy, pool, state)
    for field in dataclasses.fields(pool):
        np.testing.assert_array_equal(getattr(pool, field.name), getattr(before, field.name))


@every_strategy
def test_ranks_count_from_one_and_scores_descend(strategy):
    picks = choose(strategy, *make_pool(4))
    assert [pick.rank for pick in picks] == list(range(1, len(picks) + 1))
    scores = [pick.score for pick in picks]
    assert scores == sorted(scores, reverse=True)


@every_strategy
def test_every_pick_says_why(strategy):
    for pick in choose(strategy, *make_pool(5)):
        said = pick.reason.as_dict()
        assert set(said) == {"class", "term", "value", "share", "text"}
        assert said["text"]
        assert said["class"] in (None, *CLASSES)
        assert 0 <= said["share"] <= 1


@every_strategy
def test_an_exhausted_pool_gives_no_pick(strategy):
    pool, state = make_pool(6)
    none = dataclasses.replace(state, eligible=np.zeros(len(pool), bool))
    assert choose(strategy, pool, none) == []


@every_strategy
def test_a_scan_of_another_legend_is_refused(strategy):
    pool, state = make_pool(7)
    other = dataclasses.replace(state, class_names=("Water", "Forest"))
    with pytest.raises(QueryError, match="3 classes"):
        choose(strategy, pool, other)


@every_strategy
def test_the_strict_policy_never_returns_more(strategy):
    pool, state = make_pool(8)
    config = QueryConfig(count=30, gamma=1.0, policy=ThresholdPolicy.STRICT)
    strict = strategies.get(strategy).select(pool, state, config, np.random.default_rng(0))
    assert strict == choose(strategy, pool, state, count=30)[: len(strict)]


def test_an_unknown_strategy_is_refused_with_the_names():
    with pytest.raises(QueryError, match="random, entropy, dcau"):
        strategies.get("oracle")
