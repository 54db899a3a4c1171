"""How a batch of dcau_plus is divided among cover, seats and the rest."""

import dataclasses

import numpy as np
import pytest

from al_core import strategies
from al_core.config import QueryConfig, QuotaRule, Step
from al_core.scoring import PoolStatistics
from al_core.strategies.division import divided, unseen_classes

NAMES = ("Water", "Road", "Field", "Forest", "Rock")
TILES, LABELLED = 40, 4


@pytest.fixture
def scene():
    """Forty tiles of five classes that are labelled and mapped alike; four are labelled."""
    rng = np.random.default_rng(0)
    mapped = np.full((TILES, 5), 20)
    pool = PoolStatistics(
        tile_ids=np.arange(TILES),
        n=np.full(TILES, 100),
        sum_entropy=np.full(TILES, 50.0),
        sum_entropy_p=10.0 + rng.random((TILES, 5)),
        sum_p=mapped.astype(float),
        histogram=mapped,
        sum_margin=np.full(TILES, 50.0),
        sum_least_confidence=np.full(TILES, 50.0),
        top20_entropy=np.full(TILES, 0.5),
        features=rng.normal(size=(TILES, 8)),
    )
    counts = np.zeros((TILES, 5), dtype=np.int64)
    counts[:LABELLED] = 20
    state = strategies.LoopState(
        NAMES,
        np.full(5, 0.2),
        np.arange(TILES) >= LABELLED,
        1,
        100,
        label_counts=counts,
    )
    return pool, state


def mapping(pool, **pixels):
    """The pool with other pixels on the map, by class, in every tile."""
    histogram = pool.histogram.copy()
    for name, count in pixels.items():
        histogram[:, NAMES.index(name)] = count
    return dataclasses.replace(pool, histogram=histogram)


def labelling(state, **pixels):
    counts = state.label_counts.copy()
    for name, count in pixels.items():
        counts[:LABELLED, NAMES.index(name)] = count
    return dataclasses.replace(state, label_counts=counts)


def unseen(pool, state):
    return [name for name, flag in zip(NAMES, unseen_classes(pool, state), strict=True) if flag]


def picked(scene, **options):
    config = QueryConfig(strategy="dcau_plus", **options)
    return strategies.get("dcau_plus").select(*scene, config, np.random.default_rng(0))


def covering(picks):
    return [pick for pick in picks if pick.reason.text.startswith("To find")]


def test_a_class_that_is_mapped_like_it_is_labelled_is_seen(scene):
    assert unseen(*scene) == []


def test_a_class_without_labels_is_unseen_whatever_the_map_shows(scene):
    pool, state = scene
    assert unseen(pool, labelling(state, Road=0)) == ["Road"]


def test_a_class_is_unseen_below_a_tenth_of_its_share_of_the_labels(scene):
    pool, state = scene
    assert unseen(mapping(pool, Road=1), state) == ["Road"]  # 1 in 81 of the map, 1 in 5 of labels
    assert unseen(mapping(pool, Road=2), state) == []
    assert unseen(mapping(pool, Road=1), labelling(state, Road=5)) == []  # 1 in 17 of the labels


def test_only_tiles_that_may_be_picked_count_as_the_map(scene):
    pool, state = scene
    histogram = pool.histogram.copy()
    histogram[LABELLED:, 0] = 0
    assert unseen(dataclasses.replace(pool, histogram=histogram), state) == ["Water"]


def test_where_no_labels_are_known_the_map_alone_tells(scene):
    pool, state = scene
    blank = dataclasses.replace(state, label_counts=None)
    assert unseen(mapping(pool, Road=1), blank) == []
    assert unseen(mapping(pool, Road=0), blank) == ["Road"]


@pytest.mark.parametrize(("blind", "cover"), [(0, 0), (1, 2), (2, 4), (4, 8), (5, 10)])
def test_the_unseen_share_of_the_classes_is_their_share_of_the_batch(scene, blind, cover):
    pool, state = scene
    config = QueryConfig(count=10, quotas=QuotaRule.UNIFORM)
    division = divided(config, mapping(pool, **dict.fromkeys(NAMES[:blind], 0)), state)
    assert division.cover == cover
    assert division.plain == (blind > 0)
    assert division.seats.sum() == (0 if blind else 6)  # two thirds, once the map shows them all


def test_a_class_without_labels_leaves_the_others_their_seats(scene):
    pool, state = scene
    config = QueryConfig(count=10, quotas=QuotaRule.UNIFORM)
    division = divided(config, mapping(pool, Road=0), labelling(state, Road=0))
    assert (division.cover, division.seats.sum(), division.seats[1]) == (2, 5, 0)
    assert not division.plain


def test_steps_that_are_left_out_leave_the_others_as_they_are(scene):
    pool, state = scene
    pool, state = mapping(pool, Road=0), labelling(state, Road=0)
    base = QueryConfig(count=10, quotas=QuotaRule.UNIFORM)
    no_cover = divided(dataclasses.replace(base, without=Step.COVER), pool, state)
    assert (no_cover.cover, no_cover.seats.sum(), no_cover.unseen.any()) == (0, 6, False)
    no_seats = divided(dataclasses.replace(base, without=Step.SEATS), pool, state)
    assert (no_seats.cover, no_seats.seats.sum()) == (2, 0)


def test_cover_goes_where_nothing_is_labelled_however_sure_the_map_is(scene):
    pool, state = scene
    features = np.tile(np.eye(8)[0], (TILES, 1)) + 0.01 * pool.features
    features[20:35] -= 2 * np.eye(8)[0]
    shares = pool.sum_entropy_p.copy()
    shares[20:35] = 0.01
    pool = dataclasses.replace(pool, features=features, sum_entropy_p=shares)
    lacking = (mapping(pool, Road=0, Rock=0), state)
    first, *_ = covering(picked(lacking, count=5))
    assert 20 <= first.tile_id < 35
    assert not any(20 <= pick.tile_id < 35 for pick in picked(lacking, count=5, without=Step.COVER))


def test_cover_comes_first_and_says_what_it_looks_for(scene):
    pool, state = scene
    picks = picked((mapping(pool, Road=0, Rock=0), state), count=10)
    assert picks[:4] == covering(picks)
    assert picks[0].reason.text.startswith("To find Road, Rock: unlike the others, ")
    assert picks[0].reason.text.endswith("from the nearest labelled tile")
    assert picks[0].reason.class_name is None
    assert picks[0].reason.term == "distance"
    assert 0 < picks[0].reason.value <= 2
    assert len({pick.tile_id for pick in picks}) == 10
    four = picked((mapping(pool, Road=0, Rock=0, Water=0, Field=0), state), count=10)
    assert "To find Water, Road, Field and more: " in four[0].reason.text


def test_an_odd_tile_does_not_cover(scene):
    pool, state = scene
    features = np.abs(pool.features)
    features[30] = -9
    pool = mapping(dataclasses.replace(pool, features=features), Road=0)
    assert 30 not in [pick.tile_id for pick in picked((pool, state), count=10)]
    without = picked((pool, state), count=10, without=Step.GUARD)
    assert 30 in [pick.tile_id for pick in covering(without)]


def test_a_pool_of_odd_and_few_tiles_is_used_up(scene):
    pool, state = scene
    lacking = mapping(pool, **dict.fromkeys(NAMES, 0))
    picks = picked((lacking, state), count=TILES)
    assert sorted(pick.tile_id for pick in picks) == list(range(LABELLED, TILES))
