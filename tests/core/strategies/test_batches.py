"""The strategies that compose a batch, and the steps they are put together from."""

import dataclasses

import numpy as np
import pytest

from al_core.config import GammaMode, QueryConfig
from al_core.errors import QueryError
from al_core.strategies import PastRound
from al_core.strategies.pool import Pool
from al_core.strategies.space import Space
from al_core.strategies.steps import class_pool, class_seats, current_gamma, theta_pool

from .crowds import choose, ids, pool_of, state_of


@pytest.mark.parametrize("strategy", ["coreset", "dcau_pool", "dcau_plus"])
def test_the_kind_that_nobody_has_labelled_is_picked(crowd, strategy):
    assert 3 in {tile % 4 for tile in ids(choose(strategy, *crowd, count=2, gamma=-3))}


def test_the_core_set_says_how_far_a_tile_is_from_the_labelled(crowd):
    first, *others = choose("coreset", *crowd, count=4)
    assert first.tile_id % 4 == 3
    assert first.score == pytest.approx(1.63, abs=0.1)
    assert f"{first.score:.2f} from the nearest labelled tile" in first.reason.text
    assert all(pick.score < 0.2 for pick in others)


def test_with_nothing_labelled_the_distance_is_not_made_up(crowd):
    pool, _ = crowd
    first, *_ = choose("coreset", pool, state_of(pool), count=1)
    assert first.score == 2.0
    assert "nothing labelled yet" in first.reason.text


def test_dcau_pool_looks_for_variety_above_the_threshold_only():
    shares = [[0.9, 0], [0.89, 0], [0.88, 0], [0.87, 0], *[[0.1, 0]] * 20]
    rng = np.random.default_rng(0)
    features = rng.normal(size=(24, 3))
    picks = choose(
        "dcau_pool", pool_of(shares, features), state_of(pool_of(shares, features)), count=2
    )
    assert set(ids(picks)) <= {0, 1, 2, 3}
    assert picks[0].tile_id == 0  # with nothing labelled, the best comes first
    many = choose(
        "dcau_pool", pool_of(shares, features), state_of(pool_of(shares, features)), count=12
    )
    assert len(many) == 12


def test_chance_gives_way_to_the_share_as_the_rounds_go_by():
    rng = np.random.default_rng(1)
    pool = pool_of(rng.uniform(0.1, 0.9, (300, 2)), rng.normal(size=(300, 8)))

    def unsure(number):
        state = dataclasses.replace(state_of(pool, range(5)), round=number)
        runs = (choose("clasp", pool, state, seed, count=12) for seed in range(10))
        return np.mean([pick.score for picks in runs for pick in picks])

    assert unsure(0) < unsure(5) < unsure(9)


def test_random_by_class_does_not_forget_the_rare_one():
    predicted = np.array([[1.0, 0.0]] * 99 + [[0.0, 1.0]])
    pool = pool_of(predicted, np.zeros((100, 1)), n=np.full(100, 100), sum_p=100 * predicted)
    first = [choose("class_random", pool, state_of(pool), seed, count=1)[0] for seed in range(400)]
    assert np.mean([pick.tile_id == 99 for pick in first]) == pytest.approx(0.5, abs=0.08)
    rare = next(pick for pick in first if pick.tile_id == 99)
    assert rare.reason.text == "Drawn for Road: 100 % predicted"
    assert sorted(ids(choose("class_random", pool, state_of(pool), count=100))) == list(range(100))


@pytest.mark.parametrize("seed", range(10))
def test_a_tile_without_any_predicted_class_is_drawn_last(seed):
    shares = np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 0.0]])
    pool = pool_of(shares, np.zeros((3, 1)))
    picks = choose("class_random", pool, state_of(pool), seed, count=3)
    assert [pick.reason.class_name for pick in picks] == ["Water", "Water", None]
    assert picks[2].tile_id == 1


def test_random_by_class_draws_by_the_predicted_share():
    shares = np.array([[0.75, 0.0], [0.25, 0.0]])
    pool = pool_of(shares, np.zeros((2, 1)), histogram=[[9, 0], [9, 0]])
    first = [
        choose("class_random", pool, state_of(pool), s, count=1)[0].tile_id for s in range(800)
    ]
    assert np.mean(np.array(first) == 0) == pytest.approx(0.75, abs=0.05)


def test_similar_ranks_by_likeness_and_the_tile_itself_comes_first(crowd):
    pool, state = crowd
    picks = choose("similar", pool, state, count=8, like=7)
    assert picks[0].tile_id == 7
    assert {pick.tile_id % 4 for pick in picks} == {3}
    assert picks[1].reason.text == f"Likeness to tile 7: {picks[1].score:.2f}"
    labelled = choose("similar", pool, state, count=8, like=1)
    assert {tile % 4 for tile in ids(labelled)} == {1}
    assert 1 not in ids(labelled)


@pytest.mark.parametrize(
    ("like", "said"), [(-1, "Choose a tile"), (999, "Tile 999 was not scanned")]
)
def test_similar_needs_a_tile_that_was_scanned(crowd, like, said):
    with pytest.raises(QueryError, match=said):
        choose("similar", *crowd, like=like)


@pytest.mark.parametrize("unknown", range(4))
def test_herding_goes_where_nothing_is_labelled(crowd, unknown):
    pool, _ = crowd
    state = state_of(pool, labelled={0, 1, 2, 3} - {unknown})
    state.eligible[[unknown, unknown + 4, unknown + 8]] = False  # the smallest crowd
    assert choose("herding", pool, state, count=1)[0].tile_id % 4 == unknown


def test_herding_takes_one_of_each_crowd(crowd):
    pool, _ = crowd
    assert {tile % 4 for tile in ids(choose("herding", pool, state_of(pool), count=4))} == {
        0,
        1,
        2,
        3,
    }


def test_herding_looks_at_a_sample_of_a_large_pool(crowd, monkeypatch):
    monkeypatch.setattr("al_core.strategies.herding.SAMPLE_ROWS", 20)
    pool, _ = crowd
    assert len(set(ids(choose("herding", pool, state_of(pool), count=6)))) == 6
    assert len(set(ids(choose("herding", pool, state_of(pool), count=30)))) == 30


def test_badge_starts_with_the_longest_gradient():
    gradients = np.array([[1, 0], [0, 3], [0, 2.9], [0.5, 0]])
    pool = pool_of(np.full((4, 2), 0.3), np.zeros((4, 1)), gradients=gradients)
    picks = choose("badge", pool, state_of(pool), count=4)
    assert picks[0].tile_id == 1
    assert picks[0].score == pytest.approx(3)


@pytest.mark.parametrize(
    ("strategy", "column", "values"),
    [
        ("margin", "sum_margin", [90, 10, 50]),
        ("least_confidence", "sum_least_confidence", [10, 90, 50]),
        ("bald", "sum_bald", [1, 30, 2]),
    ],
)
def test_the_least_sure_tile_comes_first(strategy, column, values):
    pool = pool_of([[0.2, 0.1]] * 3, np.zeros((3, 1)), **{column: np.array(values, float)})
    picks = choose(strategy, pool, state_of(pool), count=3)
    assert ids(picks) == [1, 2, 0]
    assert picks[0].score == pytest.approx({"bald": 0.3}.get(strategy, 0.9))
    assert picks[0].reason.class_name == "Water"
    assert picks[0].reason.terms == pytest.approx((0.1, 0.05))


def test_a_partly_labelled_tile_is_the_last_to_be_picked_for_variety(crowd):
    pool, state = crowd
    both = dataclasses.replace(state, eligible=np.ones(60, bool))
    assert set(ids(choose("coreset", pool, both, count=60))[-3:]) == {0, 1, 2}
    assert not {0, 1, 2} & set(ids(choose("herding", pool, both, count=30)))


def test_gamma_moves_with_the_rounds(crowd):
    _, state = crowd
    past = tuple(PastRound(1, np.zeros(2, int), np.array([v, np.nan])) for v in (0.3, 0.4, 0.41))
    known = dataclasses.replace(state, history=past, gap_errors=np.array([0.02, np.nan]))
    config = QueryConfig(gamma_mode=GammaMode.FEEDBACK)
    assert current_gamma(config, known) == pytest.approx(0.5)  # up for 0.1, down for 0.01
    better = dataclasses.replace(known, history=past[:2])
    assert current_gamma(config, better) == pytest.approx(0.6)
    assert current_gamma(config, state) == 0.5
    rising = QueryConfig(gamma_mode=GammaMode.SCHEDULE, rounds=3)
    for number, gamma in ((1, 0.0), (2, 0.5), (3, 1.0)):
        at = dataclasses.replace(state, round=number)
        assert current_gamma(rising, at) == pytest.approx(gamma)
    assert current_gamma(QueryConfig(gamma=0.7), known) == 0.7


def test_two_thirds_of_a_batch_are_seats_and_ties_go_by_name(crowd):
    _, state = crowd
    assert class_seats(10, np.array([0.5, 0.5]), state).tolist() == [3, 3]
    assert class_seats(5, np.array([0.5, 0.5]), state).tolist() == [1, 2]  # Road before Water
    assert class_seats(0, np.array([0.5, 0.5]), state).tolist() == [0, 0]
    later = dataclasses.replace(state, round=state.round + 1)
    assert class_seats(5, np.array([0.5, 0.5]), later).tolist() == [2, 1]  # now Water


def test_a_class_chooses_from_a_few_of_its_best():
    noised = np.array([-np.inf, *np.linspace(0, -1, 40)])
    open_ = np.ones(41, bool)
    open_[1] = False
    assert class_pool(noised, open_, 2).tolist() == list(range(2, 14))


def test_the_threshold_opens_to_as_many_as_are_needed():
    scores = np.array([0.1] * 9 + [np.nan, 1.0])
    open_ = np.isfinite(scores)
    assert theta_pool(scores, open_, 0.5, 0).tolist() == [10]
    assert theta_pool(scores, open_, 0.5, 3).tolist() == [10, 0, 1]
    assert theta_pool(np.full(4, 0.3), np.ones(4, bool), 0.5, 2).tolist() == [0, 1]


def test_the_radius_of_the_choices_is_their_distance_to_all_before(crowd):
    space = Space.of(Pool.of(*crowd), "x")
    order = space.apart(np.arange(57), 12, np.zeros(0, int))
    points = space.points.astype(float)
    before = [*space.seeds, *space.places[order]]
    for turn, place in enumerate(order):
        gaps = np.linalg.norm(points[before[: 3 + turn]] - points[space.places[place]], axis=1)
        assert space.radii(order)[turn] == pytest.approx(gaps.min(), abs=2e-3)
