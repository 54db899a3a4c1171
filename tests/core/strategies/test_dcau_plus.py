"""dcau_plus: seats, variety, odd tiles, and what is left when a step is left out."""

import dataclasses

import numpy as np

from al_core import strategies
from al_core.config import QueryConfig, QuotaRule, Step
from al_core.strategies.dcau_plus import class_part, completed, weighed
from al_core.strategies.pool import Pool
from al_core.strategies.space import Space

from .crowds import choose, ids, state_of


def test_dcau_plus_gives_the_classes_their_seats(crowd):
    pool, state = crowd
    picks = choose("dcau_plus", pool, state, count=9, quotas=QuotaRule.UNIFORM)
    seats = [pick.reason.class_name for pick in picks if pick.reason.text.startswith("Picked for")]
    assert sorted(seats) == ["Road"] * 3 + ["Water"] * 3
    assert set(seats[:2]) == {"Road", "Water"}  # the first seat of every class comes first
    assert all("from the nearest labelled tile" in pick.reason.text for pick in picks)


def test_a_class_keeps_away_from_what_another_has_chosen(crowd):
    space = Space.of(Pool.of(*crowd), "x")
    space = dataclasses.replace(space, seeds=np.zeros(0, int))
    noised = np.tile(np.linspace(0, -1, 57)[:, None], (1, 2))
    nobody = np.zeros(0, int)
    seats = class_part(
        space.apart, noised, np.array([2, 2]), np.ones(57, bool), np.arange(2), nobody
    )
    assert {place % 4 for _, place in seats} == {0, 1, 2, 3}


def test_a_class_keeps_away_from_what_covers(crowd):
    space = Space.of(Pool.of(*crowd), "x")
    space = dataclasses.replace(space, seeds=np.zeros(0, int))
    noised = np.tile(np.linspace(0, -1, 57)[:, None], (1, 2))
    open_ = np.arange(57) >= 4
    seats = class_part(space.apart, noised, np.array([1, 1]), open_, np.arange(2), np.arange(2))
    assert {place % 4 for _, place in seats} == {2, 3}


def test_a_class_without_any_label_gets_no_seat(crowd):
    pool, state = crowd
    counts = state.label_counts.copy()
    counts[:, 1] = 0
    picks = choose("dcau_plus", pool, dataclasses.replace(state, label_counts=counts), count=9)
    seats = [pick.reason.class_name for pick in picks if pick.reason.text.startswith("Picked for")]
    assert seats == ["Water"] * 2  # five of the nine look for roads


def test_an_odd_tile_is_left_out_reported_and_used_in_need(crowd):
    pool, state = crowd
    features = pool.features.copy()
    features[57] = [-9, 9, -9, 9]
    pool = dataclasses.replace(pool, features=features)
    assert 57 in strategies.get("dcau_plus").odd(pool, state)
    assert 57 not in ids(choose("dcau_plus", pool, state, count=40))
    assert ids(choose("dcau_plus", pool, state, count=60))[-1] == 57
    assert 57 in ids(choose("coreset", pool, state, count=2))


def with_odd_tile(crowd):
    pool, state = crowd
    features = pool.features.copy()
    features[57] = [-9, 9, -9, 9]
    return dataclasses.replace(pool, features=features), state


def test_without_the_guard_an_odd_tile_is_picked_like_any_other(crowd):
    picks = choose("dcau_plus", *with_odd_tile(crowd), count=40, without=Step.GUARD)
    assert 57 in ids(picks)


def test_without_seats_the_whole_batch_is_the_rest(crowd):
    picks = choose("dcau_plus", *crowd, count=9, without=Step.SEATS)
    assert len(picks) == 9
    assert not any(pick.reason.text.startswith("Picked for") for pick in picks)


def test_without_noise_chance_has_no_say_but_in_the_turns(crowd):
    def runs(step):
        return {
            tuple(sorted(ids(choose("dcau_plus", *one_class(crowd), seed, count=9, without=step))))
            for seed in range(6)
        }

    assert len(runs(Step.NOISE)) == 1
    assert len(runs(Step.NONE)) > 1


def one_class(crowd):
    pool, state = crowd
    counts = state.label_counts.copy()
    counts[:, 1] = 0
    return pool, dataclasses.replace(state, label_counts=counts)


def test_without_variety_the_most_unsure_are_picked_however_alike(crowd):
    pool, state = crowd
    shares = pool.sum_entropy_p.copy()
    shares[3::4] += 3.0  # one direction, so all alike
    pool = dataclasses.replace(pool, sum_entropy_p=shares)
    options = {"count": 6, "quotas": QuotaRule.UNIFORM, "gamma": -3.0}
    late = dataclasses.replace(state, round=10)  # chance has hardly a say any more
    alike = ids(choose("dcau_plus", pool, late, without=Step.VARIETY, **options))
    varied = ids(choose("dcau_plus", pool, late, **options))
    assert {tile % 4 for tile in alike} == {3}
    assert {tile % 4 for tile in varied} > {3}


def test_without_worth_distance_alone_counts(crowd):
    pool, state = crowd
    shares = pool.sum_entropy_p.copy()
    shares[3::4] = 1.0  # the direction without labels is a sure one
    pool = dataclasses.replace(pool, sum_entropy_p=shares)
    options = {"count": 1, "gamma": -9.0, "quotas": QuotaRule.UNIFORM}
    assert ids(choose("dcau_plus", pool, state, without=Step.WORTH, **options))[0] % 4 == 3
    assert ids(choose("dcau_plus", pool, state, **options))[0] % 4 != 3


def test_while_the_map_lacks_a_class_distance_alone_counts_in_the_rest_too(crowd):
    pool, _ = crowd
    state = state_of(pool, labelled=range(2))
    shares, lacking = pool.sum_entropy_p.copy(), pool.histogram.copy()
    shares[2::4] = shares[3::4] = 1.0  # the directions without labels are sure ones
    lacking[:, 1] = 0
    pool = dataclasses.replace(pool, sum_entropy_p=shares)
    options = {"count": 2, "gamma": -9.0, "quotas": QuotaRule.UNIFORM}
    blind = choose("dcau_plus", dataclasses.replace(pool, histogram=lacking), state, **options)
    assert {tile % 4 for tile in ids(blind)} == {2, 3}
    assert not {tile % 4 for tile in ids(choose("dcau_plus", pool, state, **options))} & {2, 3}


def test_without_the_threshold_the_rest_may_be_sure_tiles(crowd):
    pool, state = crowd
    shares = pool.sum_entropy_p.copy()
    shares[3::4] = 25.0  # the direction without labels is a little surer
    pool = dataclasses.replace(pool, sum_entropy_p=shares)

    places = Pool.of(pool, state)
    open_ = np.ones(len(places.rows), bool)

    def rest(step):
        config = QueryConfig(count=3, without=step)
        choose_ = weighed(Space.of(places, "x"))
        nobody = np.zeros(0, int)
        rest = completed(choose_, places.scores(), nobody, (open_, open_), config, state)
        return {tile % 4 for tile in places.rows[rest].tolist()}

    assert 3 not in rest(Step.NONE)
    assert 3 in rest(Step.THETA)


def test_nothing_is_odd_in_an_empty_pool(crowd):
    pool, state = crowd
    nothing = dataclasses.replace(state, eligible=np.zeros(60, bool))
    assert strategies.get("dcau_plus").odd(pool, nothing).tolist() == []
