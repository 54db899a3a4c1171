"""Farthest points, MCFPS and the one-shot strategy on pools of tiles."""

import numpy as np
import pytest

from al_core.config import ClusterShare

from . import crowds
from .crowds import ids, pool_of, state_of

SHARES = [[0.3, 0.1]] * 9
LINE = np.array([0, 1, 2, 3, 10, 11, 30, 31, 60])[:, None]


def choose(*pool, **options):
    """As the paper does it, unless a test says otherwise: features as they are."""
    return crowds.choose(*pool, **({"normalise": False} | options))


def line(labelled=(), **columns):
    """Tiles on a line, Water and Road labelled in each of those that are."""
    pool = pool_of(SHARES, LINE, **columns)
    return pool, state_of(pool, labelled=labelled)


def test_farthest_points_keep_the_lengths_of_the_features():
    pool, state = line(labelled=[0])
    picks = choose("fps", pool, state, count=4)
    assert ids(picks) == [8, 6, 5, 3]
    assert picks[0].score == picks[0].reason.value
    assert [pick.score / picks[0].score for pick in picks] == pytest.approx([1, 0.5, 11 / 60, 0.05])


def test_the_first_of_all_is_drawn_and_the_others_follow_from_it():
    pool, state = line()
    firsts = {choose("fps", pool, state, count=3, seed=seed)[0].tile_id for seed in range(30)}
    assert len(firsts) > 4
    for seed in range(9):
        first, second, third = ids(choose("fps", pool, state, count=3, seed=seed))
        away = np.abs(LINE[:, 0] - LINE[first])
        assert second == away.argmax()
        assert third == np.minimum(away, np.abs(LINE[:, 0] - LINE[second])).argmax()


def test_nothing_labelled_is_said_so():
    (pick,) = choose("fps", *line(), count=1)
    assert pick.reason.text == "Unlike the others: nothing labelled yet to compare with"
    assert np.isfinite(pick.score)


def test_mcfps_takes_the_least_certain_near_the_farthest():
    sure = np.array([9, 9, 70, 60, 75, 50, 40, 79, 95]) / 100
    pool, state = line(labelled=[0, 1], sum_certainty=100 * sure)
    picks = choose("mcfps", pool, state, count=3, neighbours=2)
    assert ids(picks) == [6, 5, 3]  # near 7; near 5; near 3; 8 is skipped
    assert [pick.score for pick in picks] == pytest.approx([0.6, 0.5, 0.4])
    assert picks[0].reason.text == "40% certain, the least of its neighbourhood; Water"
    everyone = choose("mcfps", pool, state, count=3, neighbours=2, skip=1.0)
    assert ids(everyone) == [7, 6, 5]


@pytest.mark.parametrize("labelled", [(), (0,)])
def test_certainty_waits_for_two_tiles_a_class_in_the_mean(labelled):
    pool, state = line(labelled=labelled, sum_certainty=np.linspace(1, 99, 9))
    picks = choose("mcfps", pool, state, count=4)
    assert ids(picks) == ids(choose("fps", pool, state, count=4))
    assert "certainty counts once classes have 2 labelled tiles in the mean" in picks[0].reason.text


def test_a_scan_by_an_untrained_network_says_nothing_of_certainty():
    pool, state = line(labelled=[0, 1])
    untrained = type(state)(**{**vars(state), "round": 0})
    (pick,) = choose("mcfps", pool, untrained, count=1)
    assert "once a network is trained" in pick.reason.text


@pytest.mark.parametrize("name", ["fps", "mcfps"])
def test_features_of_one_length_are_compared_if_asked_for(name):
    features = np.array([[3, 0], [12, 0], [-5, 0], [-10, 10], [0, -10]])  # about the origin
    pool = pool_of(SHARES[:5], features)
    state = state_of(pool, labelled=[0])
    assert ids(choose(name, pool, state, count=1)) == [3]
    assert ids(choose(name, pool, state, count=1, normalise=True)) == [2]


def test_osal_takes_as_many_of_each_cluster_or_as_their_sizes_say():
    rng = np.random.default_rng(0)
    kind = np.array([0] * 60 + [1] * 20)
    features = 20 * np.eye(2)[kind] + rng.normal(size=(80, 2))
    pool = pool_of([[0.3, 0.1]] * 80, features)
    state = state_of(pool, labelled=[0])
    for share, seats in ((ClusterShare.EQUAL, [4, 4]), (ClusterShare.PROPORTIONAL, [6, 2])):
        picks = choose("osal", pool, state, count=8, cluster_share=share)
        assert np.bincount(kind[ids(picks)]).tolist() == seats
    assert choose("osal", pool, state, count=1)[0].reason.text.startswith(
        "Unlike the others of cluster 1: "
    )
