"""Distance weighed by worth."""

import numpy as np

from al_core.diversity import spread_out


def test_distance_counts_as_often_as_the_worth_says():
    points = np.array([[0, 0], [3, 0], [0, 2], [-1, -1]], np.float32)
    worth = np.array([1, 1, 2, 1], np.float32)
    assert spread_out(points, 2, [0]).tolist() == [1, 2]
    assert spread_out(points, 2, [0], worth=worth).tolist() == [2, 1]


def test_equal_worth_changes_nothing():
    points = np.random.default_rng(4).normal(size=(50, 3)).astype(np.float32)
    equal = np.full(50, 0.25, np.float32)
    assert spread_out(points, 20, [7], worth=equal).tolist() == spread_out(points, 20, [7]).tolist()


def test_rows_worth_next_to_nothing_still_come_by_distance():
    points = np.array([[0, 0], [1, 0], [0, 2], [3, 3]], np.float32)
    worth = np.array([1, 1e-6, 1e-6, 1e-6], np.float32)
    assert spread_out(points, 3, [0], worth=worth).tolist() == [3, 2, 1]
