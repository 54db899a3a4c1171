"""How strongly each class pulls on the class part of a batch, by every rule."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core.config import QuotaRule
from al_core.scoring import PoolStatistics
from al_core.strategies.base import LoopState, PastRound
from al_core.strategies.quotas import class_pull

NAMES = ("Water", "Forest", "Road", "Field")
TILES, CLASSES = 12, len(NAMES)
every_rule = pytest.mark.parametrize("rule", list(QuotaRule))


def make(seed=0):
    """A pool of twelve tiles, the first four labelled, and a state that knows everything."""
    rng = np.random.default_rng(seed)
    n = np.full(TILES, 1000)
    shares = rng.dirichlet(np.ones(CLASSES), TILES)
    counts = np.zeros((TILES, CLASSES), dtype=np.int64)
    counts[:4] = rng.integers(1, 250, (4, CLASSES))
    pool = PoolStatistics(
        tile_ids=np.arange(TILES),
        n=n,
        sum_entropy=n * 0.5,
        sum_entropy_p=n[:, None] * shares * 0.5,
        sum_p=n[:, None] * shares,
        histogram=np.round(n[:, None] * shares).astype(int),
        sum_margin=n * 0.5,
        sum_least_confidence=n * 0.5,
        top20_entropy=np.full(TILES, 0.5),
        features=rng.normal(size=(TILES, 6)),
    )
    ious = rng.random((3, CLASSES))
    past = [PastRound(2 * t, counts.sum(axis=0) * t // 3, ious[t - 1]) for t in (1, 2, 3)]
    state = LoopState(
        class_names=NAMES,
        weights=np.full(CLASSES, 1 / CLASSES),
        eligible=np.arange(TILES) >= 4,
        round=3,
        tile_px=1000,
        gaps=1 - ious[-1],
        gap_errors=rng.uniform(0.01, 0.1, CLASSES),
        label_counts=counts,
        history=tuple(past),
    )
    return pool, state


def without(state, *classes):
    """The same state in which no pixel of some classes was ever labelled."""
    counts = state.label_counts.copy()
    counts[:, list(classes)] = 0
    return dataclasses.replace(state, label_counts=counts)


@every_rule
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_the_pull_is_a_share_of_each_class(rule, seed):
    pull = class_pull(rule, *make(seed))
    assert pull.shape == (CLASSES,)
    assert (pull >= 0).all()
    assert pull.sum() == pytest.approx(1)


@every_rule
def test_a_class_without_labels_does_not_pull(rule):
    pool, state = make()
    pull = class_pull(rule, pool, without(state, 1, 3))
    assert pull[[1, 3]].tolist() == [0, 0]
    assert pull.sum() == pytest.approx(1)


@every_rule
def test_where_no_class_has_labels_all_of_them_pull_alike(rule):
    pool, state = make()
    state = dataclasses.replace(without(state, 0, 1, 2, 3), gaps=None, history=())
    assert class_pull(rule, pool, state) == pytest.approx(np.full(CLASSES, 1 / CLASSES))


@every_rule
def test_a_state_that_knows_only_its_classes_is_enough(rule):
    pool, _ = make()
    state = LoopState(NAMES, np.full(CLASSES, 1 / CLASSES), np.ones(TILES, dtype=bool), 0)
    assert class_pull(rule, pool, state).sum() == pytest.approx(1)


@every_rule
def test_gaps_nobody_could_measure_count_as_average_ones(rule):
    pool, state = make()
    unknown = np.full(CLASSES, np.nan)
    state = dataclasses.replace(state, gaps=unknown, gap_errors=unknown)
    pull = class_pull(rule, pool, state)
    assert np.isfinite(pull).all()
    assert pull.sum() == pytest.approx(1)


@every_rule
def test_the_order_of_the_legend_does_not_matter(rule):
    pool, state = make(5)
    turn = np.array([2, 0, 3, 1])
    turned_pool = dataclasses.replace(
        pool, **{name: getattr(pool, name)[:, turn] for name in ("sum_entropy_p", "sum_p")}
    )
    turned = dataclasses.replace(
        state,
        class_names=tuple(NAMES[k] for k in turn),
        weights=state.weights[turn],
        gaps=state.gaps[turn],
        gap_errors=state.gap_errors[turn],
        label_counts=state.label_counts[:, turn],
        history=tuple(
            PastRound(past.labelled_tiles, past.labelled_px[turn], past.iou[turn])
            for past in state.history
        ),
    )
    expected = class_pull(rule, pool, state)[turn]
    assert class_pull(rule, turned_pool, turned) == pytest.approx(expected)


@pytest.mark.parametrize("rule", sorted(set(QuotaRule) - {QuotaRule.RARE}, key=str))
def test_every_labelled_class_keeps_a_part_of_the_pull(rule):
    pool, state = make()
    state = dataclasses.replace(state, gaps=np.array([0.0, 0.2, 1.0, 0.9]))
    assert class_pull(rule, pool, state).min() > 0


def test_gap_quotas_are_the_class_weights():
    pool, state = make()
    state = dataclasses.replace(state, weights=np.array([0.1, 0.2, 0.3, 0.4]))
    assert class_pull(QuotaRule.GAP, pool, state) == pytest.approx([0.1, 0.2, 0.3, 0.4])


def test_uncertain_gaps_pull_more_alike_than_certain_ones():
    pool, state = make()
    gaps = np.array([0.1, 0.9, 0.5, 0.5])

    def spread(error):
        known = dataclasses.replace(state, gaps=gaps, gap_errors=np.full(CLASSES, error))
        return np.ptp(class_pull(QuotaRule.CERTAIN_GAP, pool, known))

    assert spread(0.01) > spread(0.2) > spread(1.0) == 0


def test_headroom_passes_over_what_is_finished_and_what_is_hopeless():
    pool, state = make()
    state = dataclasses.replace(state, gaps=np.array([0.02, 0.5, 0.98, 0.5]))
    pull = class_pull(QuotaRule.HEADROOM, pool, state)
    assert min(pull[1], pull[3]) > 2 * max(pull[0], pull[2])


def test_the_class_that_labels_have_helped_pulls_the_most():
    pool, state = make()
    counts = np.zeros((TILES, CLASSES), dtype=np.int64)
    counts[:4] = 100
    rounds = [
        PastRound(t, np.full(CLASSES, 100 * 2**t), np.array([0.3, 0.3, 0.1 * t, 0.3]))
        for t in range(4)
    ]
    state = dataclasses.replace(state, label_counts=counts, history=tuple(rounds))
    assert class_pull(QuotaRule.PROGRESS, pool, state).argmax() == 2


@pytest.mark.parametrize("rule", [QuotaRule.SCARCITY, QuotaRule.SCARCE_GAP])
def test_a_class_that_few_labelled_tiles_hold_pulls_more(rule):
    pool, state = make()
    counts = np.zeros((TILES, CLASSES), dtype=np.int64)
    counts[:4] = 100
    counts[1:4, 2] = 0
    state = dataclasses.replace(state, label_counts=counts, gaps=np.full(CLASSES, 0.5))
    assert class_pull(rule, pool, state).argmax() == 2


def test_a_class_that_covers_more_of_the_map_than_of_the_labels_pulls_more():
    pool, state = make()
    counts = np.zeros((TILES, CLASSES), dtype=np.int64)
    counts[:4] = [330, 330, 10, 330]
    even = dataclasses.replace(pool, sum_p=np.full((TILES, CLASSES), 250.0))
    state = dataclasses.replace(state, label_counts=counts, gaps=np.full(CLASSES, 0.5))
    assert class_pull(QuotaRule.AREA, even, state).argmax() == 2


def test_a_class_that_the_map_misses_where_tiles_look_like_it_pulls_more():
    pool, state = make()
    features = np.zeros((TILES, CLASSES))
    features[np.arange(4), np.arange(4)] = 1
    features[4:, 2] = 1  # the unlabelled tiles look like the labelled tile of class 2
    mapped = np.zeros((TILES, CLASSES))
    mapped[:, 1] = 1000  # but the map shows class 1 everywhere
    pool = dataclasses.replace(pool, features=features, sum_p=mapped)
    state = dataclasses.replace(state, label_counts=np.eye(TILES, CLASSES, dtype=np.int64) * 1000)
    assert class_pull(QuotaRule.LIKENESS, pool, state).argmax() == 2
    shown = dataclasses.replace(pool, sum_p=np.full((TILES, CLASSES), 250.0))
    even = np.full(CLASSES, 1 / CLASSES)
    assert class_pull(QuotaRule.LIKENESS, shown, state) == pytest.approx(even)


def test_growth_favours_the_scarcer_of_two_classes_that_the_pool_holds_alike():
    pool, state = make()
    counts = np.zeros((TILES, CLASSES), dtype=np.int64)
    counts[:4] = [300, 300, 20, 300]
    even = dataclasses.replace(
        pool, sum_p=np.full((TILES, CLASSES), 250.0), sum_entropy_p=np.full((TILES, CLASSES), 50.0)
    )
    state = dataclasses.replace(state, label_counts=counts, gaps=np.full(CLASSES, 0.5))
    assert class_pull(QuotaRule.GROWTH, even, state).argmax() == 2


def test_growth_passes_over_a_class_that_no_tile_seems_to_hold():
    pool, state = make()
    counts = np.zeros((TILES, CLASSES), dtype=np.int64)
    counts[:4] = 100
    area = np.tile([300.0, 300.0, 1.0, 399.0], (TILES, 1))
    pool = dataclasses.replace(pool, sum_p=area, sum_entropy_p=area / 2)
    state = dataclasses.replace(state, label_counts=counts, gaps=np.full(CLASSES, 0.5))
    assert class_pull(QuotaRule.GROWTH, pool, state).argmin() == 2


def test_growth_passes_over_a_hopeless_class():
    pool, state = make()
    counts = np.zeros((TILES, CLASSES), dtype=np.int64)
    counts[:4] = 100
    area = np.full((TILES, CLASSES), 250.0)
    pool = dataclasses.replace(pool, sum_p=area, sum_entropy_p=area / 2)
    gaps = np.array([0.5, 0.5, 1.0, 0.5])
    state = dataclasses.replace(state, label_counts=counts, gaps=gaps)
    assert class_pull(QuotaRule.GROWTH, pool, state).argmin() == 2


@every_rule
def test_the_order_of_the_rows_does_not_matter(rule):
    pool, state = make(3)
    turn = np.random.default_rng(0).permutation(TILES)
    arrays = {
        field.name: getattr(pool, field.name)[turn]
        for field in dataclasses.fields(pool)
        if isinstance(getattr(pool, field.name), np.ndarray)
    }
    moved = dataclasses.replace(
        state, eligible=state.eligible[turn], label_counts=state.label_counts[turn]
    )
    expected = class_pull(rule, pool, state)
    assert class_pull(rule, dataclasses.replace(pool, **arrays), moved) == pytest.approx(expected)


def test_rare_classes_share_all_seats_alike():
    pool, state = make()
    counts = np.zeros((TILES, CLASSES), dtype=np.int64)
    counts[:4] = [600, 30, 350, 0]  # equal shares of the three that are labelled: 327
    state = dataclasses.replace(state, label_counts=counts)
    assert class_pull(QuotaRule.RARE, pool, state).tolist() == [0, 1, 0, 0]
    counts[:4] = [600, 30, 300, 0]
    assert class_pull(QuotaRule.RARE, pool, state).tolist() == [0, 0.5, 0.5, 0]


def test_where_all_classes_have_equal_labels_all_pull_alike():
    pool, state = make()
    counts = np.zeros((TILES, CLASSES), dtype=np.int64)
    counts[:4] = 7
    state = dataclasses.replace(state, label_counts=counts)
    assert class_pull(QuotaRule.RARE, pool, state) == pytest.approx(np.full(CLASSES, 0.25))
