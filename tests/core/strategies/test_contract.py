"""What every strategy in the registry promises."""

import dataclasses

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from al_core import strategies
from al_core.config import QueryConfig, ThresholdPolicy
from al_core.errors import QueryError
from al_core.scoring import PoolStatistics, class_weights
from al_core.strategies import Need

CLASSES = ("Water", "Forest", "Road")
EVERY = strategies.names()
IN_BATCHES = ("dcau_plus", "dcau_pool", "clasp", "badge", "class_random", "mcfps")  # not by score
IN_FEATURES = {"dcau_plus", "dcau_pool", "coreset", "fps", "osal", "mcfps", "herding", "similar"}
IN_CLUSTERS = {"ll", "tpd", "mge"}  # of features too
every_strategy = pytest.mark.parametrize("strategy", EVERY)
SEEDS = st.integers(0, 2**32 - 1)


def make_pool(seed, tiles=40):
    """Statistics as a scan would leave them, with ties, and a state to go with them."""
    rng, more = np.random.default_rng(seed), np.random.default_rng([seed, 1])
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
        features=rng.normal(size=(tiles, 8))[rng.integers(tiles, size=tiles)],  # duplicates too
        sum_bald=n * rng.random(tiles),
        gradients=rng.normal(size=(tiles, 6)),
        sum_certainty=n * more.random(tiles),
        sum_discrepancy=n * more.integers(1, 8, tiles) / 8,
        predicted_loss=more.integers(-4, 4, tiles),
        model_hash="a1",
        before_hash="a0",
    )
    labelled = rng.random(tiles) < 0.3
    state = strategies.LoopState(
        class_names=CLASSES,
        weights=class_weights(rng.random(3)),
        eligible=rng.random(tiles) < 0.7,
        round=1,
        tile_px=1000,
        label_counts=rng.integers(0, 200, (tiles, 3)) * labelled[:, None],
    )
    return pool, state


def arrange(pool, state, rows):
    """The same pool with its rows in another order."""
    arrays = {
        field.name: getattr(pool, field.name)[rows]
        for field in dataclasses.fields(pool)
        if isinstance(getattr(pool, field.name), np.ndarray)
    }
    moved = dataclasses.replace(pool, **arrays)
    aligned = {"eligible": state.eligible[rows], "label_counts": state.label_counts[rows]}
    return moved, dataclasses.replace(state, **aligned)


def choose(strategy, pool, state, count=10, seed=0, **options):
    like = int(pool.tile_ids.min())
    config = QueryConfig(strategy=strategy, count=count, like=like, **options)
    return strategies.get(strategy).select(pool, state, config, np.random.default_rng(seed))


@every_strategy
@given(seed=SEEDS, count=st.integers(0, 60))
@example(seed=0, count=-1)
@settings(max_examples=25, deadline=None)
def test_as_many_distinct_eligible_tiles_as_asked_for_or_there_are(strategy, seed, count):
    pool, state = make_pool(seed)
    ids = [pick.tile_id for pick in choose(strategy, pool, state, count)]
    assert len(ids) == len(set(ids)) == min(max(count, 0), int(state.eligible.sum()))
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
            label_counts=state.label_counts[:, order],
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
def test_ranks_count_from_one(strategy):
    picks = choose(strategy, *make_pool(4))
    assert [pick.rank for pick in picks] == list(range(1, len(picks) + 1))


@pytest.mark.parametrize("strategy", sorted(set(EVERY) - set(IN_BATCHES)))
@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_scores_descend_where_tiles_are_ranked(strategy, seed):
    picks = choose(strategy, *make_pool(seed))
    scores = [pick.score for pick in picks]
    assert scores == sorted(scores, reverse=True)


@every_strategy
def test_every_pick_says_why(strategy):
    for pick in choose(strategy, *make_pool(5)):
        said = pick.reason.as_dict()
        assert set(said) == {"class", "term", "value", "share", "text", "terms"}
        assert said["text"]
        assert len(said["terms"]) in (0, 3)
        assert "{" not in said["text"]
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
    strict = choose(strategy, pool, state, 30, gamma=1.0, policy=ThresholdPolicy.STRICT)
    assert strict == choose(strategy, pool, state, 30, gamma=1.0)[: len(strict)]


@every_strategy
@pytest.mark.parametrize("known", [False, True])
def test_without_any_label_the_answer_is_as_long(strategy, known):
    pool, state = make_pool(9)
    counts = np.zeros((len(pool), 3), int) if known else None
    bare = dataclasses.replace(state, label_counts=counts)
    assert len(choose(strategy, pool, bare)) == 10


@every_strategy
def test_a_pool_of_equal_tiles_gives_distinct_ones(strategy):
    pool, state = make_pool(10)
    same = {
        field.name: np.repeat(getattr(pool, field.name)[:1], len(pool), axis=0)
        for field in dataclasses.fields(pool)
        if isinstance(getattr(pool, field.name), np.ndarray) and field.name != "tile_ids"
    }
    ids = [pick.tile_id for pick in choose(strategy, dataclasses.replace(pool, **same), state)]
    assert len(set(ids)) == 10


@pytest.mark.parametrize("strategy", sorted(set(EVERY) - {"random"}))
@pytest.mark.filterwarnings("error")
def test_a_tile_without_a_finite_score_is_never_picked(strategy):
    pool, state = make_pool(11)
    bad = np.flatnonzero(state.eligible)[::3]
    arrays = {}
    for name in ("sum_entropy", "sum_entropy_p", "sum_p", "sum_margin"):
        arrays[name] = getattr(pool, name).copy()
    for name in ("sum_least_confidence", "features", "sum_bald", "gradients"):
        arrays[name] = getattr(pool, name).copy()
    for name in ("sum_certainty", "sum_discrepancy", "predicted_loss"):
        arrays[name] = getattr(pool, name).copy()
    for values in arrays.values():
        values[bad] = np.nan
    arrays["features"][bad[0]] = np.inf
    good = state.eligible.copy()
    good[bad] = False
    config = {"like": int(pool.tile_ids[good][0]), "count": 60, "strategy": strategy}
    picks = strategies.get(strategy).select(
        dataclasses.replace(pool, **arrays), state, QueryConfig(**config), np.random.default_rng(0)
    )
    assert {pick.tile_id for pick in picks} == set(pool.tile_ids[good].tolist())


@every_strategy
@given(seed=SEEDS, power=st.integers(-3, 6))
@settings(max_examples=15, deadline=None)
def test_the_unit_of_the_scores_changes_no_pick(strategy, seed, power):
    pool, state = make_pool(seed)
    scale = 2.0**power  # exact in floating point
    sums = ("sum_entropy", "sum_entropy_p", "sum_least_confidence", "sum_bald")
    sums = (*sums, "sum_discrepancy", "predicted_loss", "features")
    scaled = dataclasses.replace(pool, **{name: getattr(pool, name) * scale for name in sums})
    first, second = (choose(strategy, each, state) for each in (pool, scaled))
    assert [pick.tile_id for pick in first] == [pick.tile_id for pick in second]


@every_strategy
def test_the_analyst_is_told_what_it_does_in_one_sentence(strategy):
    found = strategies.get(strategy)
    assert 3 < len(found.title) <= 40
    assert found.promise.endswith(".")
    assert ". " not in found.promise


@pytest.mark.parametrize(
    ("column", "empty", "those"),
    [
        ("features", 0, IN_FEATURES | IN_CLUSTERS),
        ("gradients", 0, {"badge", "mge"}),
        ("sum_bald", None, {"bald"}),
        ("sum_certainty", None, {"mcfps"}),
        ("sum_discrepancy", None, {"tpd"}),
        ("predicted_loss", None, {"ll"}),
    ],
)
def test_a_scan_that_lacks_what_is_looked_at_is_refused(column, empty, those):
    pool, state = make_pool(12)
    values = np.full(len(pool), np.nan) if empty is None else np.zeros((len(pool), empty))
    lacking = dataclasses.replace(pool, **{column: values})
    for strategy in EVERY:
        if strategy not in those:
            assert len(choose(strategy, lacking, state)) == 10
            continue
        with pytest.raises(QueryError, match="scan again"):
            choose(strategy, lacking, state)


def test_what_a_strategy_looks_at_is_what_it_says_it_needs():
    expected = {
        Need.FEATURES: IN_FEATURES | IN_CLUSTERS,
        Need.DROPOUT: {"bald"},
        Need.GRADIENTS: {"badge", "mge"},
        Need.CERTAINTY: {"mcfps"},
        Need.BEFORE: {"tpd"},
        Need.LOSS: {"ll"},
    }
    for need, those in expected.items():
        assert {name for name in EVERY if need in strategies.get(name).needs} == those
    assert not strategies.get("random").needs


def test_an_unknown_strategy_is_refused_with_the_names():
    with pytest.raises(QueryError, match=r"dcau_plus, .*random"):
        strategies.get("oracle")
