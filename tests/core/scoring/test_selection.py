"""The threshold and the choice by it."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from al_core.errors import ConfigError
from al_core.scoring import Moments, select_by_threshold, threshold

SCORES = st.lists(st.floats(0, 2, width=32), min_size=1, max_size=40).map(np.array)


@given(scores=SCORES, count=st.integers(0, 50), gamma=st.floats(-1, 3))
def test_filling_up_equals_the_plain_top_of_the_list(scores, count, gamma):
    plain = np.lexsort((np.arange(scores.size), -scores))[:count]
    np.testing.assert_array_equal(select_by_threshold(scores, count, gamma), plain)


@given(scores=SCORES, count=st.integers(1, 50), gamma=st.floats(-1, 3))
def test_the_strict_choice_is_the_head_of_the_filled_one(scores, count, gamma):
    strict = select_by_threshold(scores, count, gamma, "strict")
    filled = select_by_threshold(scores, count, gamma, "fill")
    np.testing.assert_array_equal(strict, filled[: strict.size])
    assert (scores[strict] > threshold(scores, gamma)).all()


@given(scores=SCORES, power=st.integers(-3, 10), gamma=st.floats(-1, 3))
def test_scaling_the_scores_changes_no_choice(scores, power, gamma):
    scale = 2.0**power  # exact in floating point
    limit = threshold(scores, gamma)
    assume(not (np.abs(scores - limit) < 1e-9).any())  # the tolerance is absolute
    for policy in ("fill", "strict"):
        scaled = select_by_threshold(scores * scale, 10, gamma, policy)
        np.testing.assert_array_equal(scaled, select_by_threshold(scores, 10, gamma, policy))


def test_scores_that_are_not_finite_are_never_chosen():
    scores = [np.nan, 0.3, np.inf, 0.1, -np.inf]
    assert select_by_threshold(scores, 5).tolist() == [1, 3]
    assert threshold(scores) == pytest.approx(0.25)


def test_an_empty_pool_gives_an_empty_choice():
    assert select_by_threshold([], 5).tolist() == []
    assert select_by_threshold([np.nan], 5, policy="strict").tolist() == []
    assert np.isnan(threshold([]))


def test_ties_go_to_the_lowest_position():
    assert select_by_threshold([0.1, 0.2, 0.2, 0.1, 0.2], 4).tolist() == [1, 2, 4, 0]


def test_an_unknown_policy_is_refused_with_the_choices():
    with pytest.raises(ConfigError, match="fill, strict"):
        select_by_threshold([0.1], 1, policy="pool")


def test_moments_of_nothing_merge_to_nothing():
    assert Moments().merge(Moments()) == Moments()
    assert Moments.of([]).merge(Moments.of([2.0, 4.0])).mean == 3.0
