"""MCFPS: far rows, and the least certain near each."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core import diversity

SEEDS = st.integers(0, 2**32 - 1)


def rows_of(seed, number=30):
    """Rows of which about half occur more than once."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(number, 5))[rng.integers(number, size=number)]


def plainly(points, certainty, count, labelled, k, skip):
    """The round as METHODS puts it, with all distances at hand."""
    gaps = np.linalg.norm(points[:, None] - points, axis=2)
    pool = [row for row in range(len(points)) if row not in labelled]
    by_doubt = sorted(pool, key=lambda row: certainty[row])
    unsure = sum(certainty[row] <= skip for row in pool)
    near = sorted(by_doubt[: max(unsure, count)])
    chosen, picks = list(labelled), []
    for _ in range(count):
        anchor = max(near, key=lambda row: (gaps[row, chosen].min(), -row))
        chosen.append(anchor)
    for anchor in chosen[len(labelled) :]:
        neighbours = sorted(near, key=lambda row: (gaps[anchor, row], row))[:k]
        left = [row for row in neighbours if row not in picks]
        left = left or [row for row in by_doubt if row not in picks]
        picks.append(min(left, key=lambda row: certainty[row]))
    return picks


@given(seed=SEEDS, count=st.integers(1, 12), k=st.integers(1, 8), skip=st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_a_round_agrees_with_plain_distances(seed, count, k, skip):
    rng = np.random.default_rng(seed)
    points, certainty = rng.normal(size=(25, 3)), rng.random(25)
    found = diversity.mcfps(points, certainty, count, [2, 7], k, skip)
    assert found.tolist() == plainly(points, certainty, count, [2, 7], k, skip)


@given(seed=SEEDS, k=st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_of_neighbours_that_are_equally_far_the_lowest_rows_count(seed, k):
    rng = np.random.default_rng(seed)
    points = np.unique(rng.integers(0, 4, (40, 2)), axis=0)  # distances are full of ties
    certainty = rng.permutation(len(points)) / 100
    found = diversity.mcfps(points, certainty, 5, [0], k, 1.0)
    assert found.tolist() == plainly(points, certainty, 5, [0], k, 1.0)


@given(seed=SEEDS, count=st.integers(0, 40), k=st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_no_row_comes_twice_even_among_duplicates(seed, count, k):
    certainty = np.random.default_rng(seed).integers(0, 5, 30) / 4
    found = diversity.mcfps(rows_of(seed), certainty, count, [3], k)
    assert len(set(found.tolist())) == len(found) == min(count, 29)
    assert 3 not in found


def test_the_least_certain_come_back_when_too_few_are_left():
    points, certainty = np.arange(6.0)[:, None], [0.5, 0.99, 0.9, 0.95, 0.85, 0.97]
    found = diversity.mcfps(points, certainty, 3, [0], k=1)
    assert sorted(found.tolist()) == [2, 3, 4]


def test_an_exhausted_neighbourhood_gives_way_to_the_least_certain_of_all():
    points = np.array([[0.0], [10.0], [10.1], [3.0]])
    found = diversity.mcfps(points, [0.5, 0.3, 0.2, 0.6], 4, [], k=2, skip=1.0)
    assert sorted(found.tolist()) == [0, 1, 2, 3]


@pytest.mark.filterwarnings("error")
def test_rows_that_are_not_finite_are_passed_over():
    points, certainty = rows_of(4, 12), np.linspace(0.1, 0.7, 12)
    points[2, 1], points[5, 0], certainty[7] = np.nan, np.inf, np.nan
    found = diversity.mcfps(points, certainty, 12, [0, 5])
    assert sorted(found.tolist()) == sorted(set(range(12)) - {0, 2, 5, 7})


def test_more_anchors_than_are_compared_at_once_change_nothing(monkeypatch):
    points, certainty = rows_of(5, 60), np.random.default_rng(5).random(60)
    whole = diversity.mcfps(points, certainty, 20, [0])
    monkeypatch.setattr(import_module("al_core.diversity.mcfps"), "_TOGETHER", 3)
    assert diversity.mcfps(points, certainty, 20, [0]).tolist() == whole.tolist()
