"""Choosing rows that differ: what holds for any features."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core import diversity

SEEDS = st.integers(0, 2**32 - 1)


def rows_of(seed, number=30, duplicates=True):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(number, 5))
    return points[rng.integers(number // 2, size=number)] if duplicates else points


def radii(points, chosen):
    """The distance of each choice to the nearest one before it."""
    gaps = np.linalg.norm(points[chosen][:, None] - points[chosen], axis=2)
    return [gaps[i, :i].min() for i in range(1, len(chosen))]


@given(seed=SEEDS, count=st.integers(0, 40))
@settings(max_examples=40, deadline=None)
def test_farthest_points_are_distinct_and_their_radius_never_grows(seed, count):
    points = rows_of(seed)
    order = diversity.farthest_points(points, count, chosen=[3], exclude=[5, 6])
    assert len(set(order.tolist())) == len(order) == min(count, 27)
    assert not {3, 5, 6} & set(order.tolist())
    steps = radii(points, [3, *order])
    assert all(after <= before + 1e-5 for before, after in itertools.pairwise(steps))


def test_farthest_points_agree_with_plain_distances():
    points = rows_of(1, 60, duplicates=False)
    gaps = np.linalg.norm(points[:, None] - points, axis=2)
    chosen = [7, 8]
    for _ in range(10):
        chosen.append(int(gaps[:, chosen].min(axis=1).argmax()))
    assert diversity.farthest_points(points, 10, [7, 8]).tolist() == chosen[2:]


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_equal_distances_go_to_the_lowest_row_whatever_the_rounding(seed):
    grid = np.random.default_rng(seed).integers(0, 4, (25, 2))  # full of ties
    gaps = np.square(grid[:, None] - grid).sum(axis=2)  # exact
    chosen = [0]
    while gaps[:, chosen].min(axis=1).any():
        chosen.append(int(gaps[:, chosen].min(axis=1).argmax()))
    found = diversity.farthest_points(0.1 * grid + 0.7, len(chosen) - 1, [0])
    assert found.tolist() == chosen[1:]


def test_features_far_from_the_origin_do_not_blur_the_distances():
    points = rows_of(2, 60, duplicates=False)
    near, far = (diversity.farthest_points(points + shift, 20) for shift in (0, 1000))
    assert near.tolist() == far.tolist()


def test_duplicates_are_filled_up_by_row():
    points = np.repeat([[0.1, 0.7], [5.3, 5.9]], 3, axis=0)
    assert diversity.farthest_points(points, 6).tolist() == [0, 3, 1, 2, 4, 5]


def test_more_rows_than_a_block_change_nothing(monkeypatch):
    points = rows_of(3, 50)
    whole = diversity.farthest_points(points, 20, [0, 1])
    odd = diversity.odd_ones(points, 0.9)
    monkeypatch.setattr("al_core.diversity.distances.BLOCK_ROWS", 7)
    assert diversity.farthest_points(points, 20, [0, 1]).tolist() == whole.tolist()
    assert diversity.odd_ones(points, 0.9).tolist() == odd.tolist()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.filterwarnings("error")
def test_rows_that_are_not_finite_are_passed_over(bad):
    points = rows_of(4, 20, duplicates=False)
    points[[2, 9], 1] = bad
    chosen = diversity.farthest_points(points, 20, [9, 11]).tolist()
    assert sorted(chosen) == sorted(set(range(20)) - {2, 9, 11})
    assert not {2, 9} & set(diversity.most_alike(points, 0).tolist())
    assert diversity.odd_ones(points, 1.0).nonzero()[0].tolist() == [2, 9]


@given(seed=SEEDS, count=st.integers(0, 40))
@settings(max_examples=40, deadline=None)
def test_badge_gives_distinct_rows_even_among_duplicates(seed, count):
    residuals, features = rows_of(seed), rows_of(seed + 1)
    rng = np.random.default_rng(seed)
    order = diversity.badge(residuals, features, count, rng)
    assert len(set(order.tolist())) == len(order) == min(count, 30)


def test_badge_without_any_gradient_goes_by_row():
    zeros = np.zeros((5, 2))
    assert diversity.badge(zeros, zeros, 3, np.random.default_rng(0)).tolist() == [0, 1, 2]


def test_badge_knows_the_gradients_by_their_factors_alone():
    residuals, features = rows_of(5)[:, :3], rows_of(6)
    product = np.einsum("nk,nd->nkd", residuals, features).reshape(30, -1)
    ones = np.ones((30, 1))
    factored, whole = (
        diversity.badge(*pair, 10, np.random.default_rng(0))
        for pair in ((residuals, features), (ones, product))
    )
    assert factored.tolist() == whole.tolist()


@given(seed=SEEDS, count=st.integers(0, 40))
@settings(max_examples=30, deadline=None)
def test_herding_gives_distinct_rows_and_each_adds_less(seed, count):
    points = rows_of(seed)
    order = diversity.herding(points, count, 1.3, chosen=[4])
    assert len(set(order.tolist())) == len(order) == min(count, 29)
    kernel = np.exp(-np.square(points[:, None] - points).sum(axis=2) / (2 * 1.3**2))
    steps = [kernel[[4, *order[:i]]].max(axis=0).sum() for i in range(len(order) + 1)]
    gains = np.diff(steps)
    assert (np.diff(gains) <= 2e-4).all()
    if len(order):  # the first is the best of all
        best = np.maximum(kernel, kernel[4]).sum(axis=1).max() - steps[0]
        assert gains[0] == pytest.approx(best, abs=2e-4)


def test_the_median_distance_is_the_scale_of_the_kernel():
    assert diversity.median_distance([[0.0], [1.0], [3.0]]) == pytest.approx(2.0)
    assert diversity.median_distance([[2.0], [2.0]]) == 1.0
    assert diversity.median_distance([[2.0]]) == 1.0


def test_an_outlier_is_odd_and_the_crowd_is_not():
    points = rows_of(7, 400, duplicates=False)
    points[123] = 40.0
    odd = diversity.odd_ones(points)
    assert odd[123]
    assert odd.sum() <= 2


def test_an_outlier_is_found_by_landmarks_too(monkeypatch):
    monkeypatch.setattr("al_core.diversity.odd._COMPARED", 1)
    monkeypatch.setattr("al_core.diversity.odd.FEWEST_LANDMARKS", 50)
    points = rows_of(7, 1000, duplicates=False)
    points[[100, 123]] = [[40.0] * 5, [-40.0] * 5]  # one of them is a landmark
    odd = diversity.odd_ones(points)
    assert odd[[100, 123]].all()
    assert odd.sum() <= 6


def test_landmarks_leave_the_size_of_the_neighbourhood_as_it_is(monkeypatch):
    points = rows_of(8, 2000, duplicates=False).astype(np.float32)
    exact = diversity.loneliness(points)
    monkeypatch.setattr("al_core.diversity.odd._COMPARED", 1)
    monkeypatch.setattr("al_core.diversity.odd.FEWEST_LANDMARKS", 200)
    assert 0.8 < np.median(diversity.loneliness(points) / exact) < 1.3


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_few_rows_are_never_odd(number):
    assert not diversity.odd_ones(np.arange(2.0 * number).reshape(number, 2)).any()


def test_the_most_alike_points_the_same_way_seen_from_the_mean():
    points = np.array([[11.0, 10], [15, 10], [10, 11], [4, 10], [10, 9]])
    assert diversity.most_alike(points, 0)[0] == 1
    assert diversity.most_alike(points, 0)[-1] == 3
    assert diversity.likeness(points, 0)[0] == pytest.approx(1.0)
