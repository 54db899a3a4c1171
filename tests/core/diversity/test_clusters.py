"""Clusters, their number, and the worst of each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core import diversity
from al_core.config import ClusterShare

SEEDS = st.integers(0, 2**32 - 1)
GROUPS = np.array([[9.0, 0], [0, 9], [-9, 0], [0, -9]], np.float32)


def groups(number, seed=0, kinds=4, spread=0.3):
    """Rows about the first of four far places, and the place of each."""
    rng = np.random.default_rng(seed)
    kind = np.arange(number) % kinds
    return (GROUPS[kind] + spread * rng.normal(size=(number, 2))).astype(np.float32), kind


def rows_of(seed, number=30):
    """Rows of which about half occur more than once."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(number, 5))[rng.integers(number, size=number)]


def test_far_groups_are_the_clusters_numbered_by_their_first_row():
    points, kind = groups(40)
    assert diversity.kmeans(points, 4, np.random.default_rng(0)).tolist() == kind.tolist()


def test_equal_rows_never_part_and_as_many_clusters_as_asked_for_are_there():
    for seed in range(20):
        points = rows_of(seed).astype(np.float32)
        labels = diversity.kmeans(points, 7, np.random.default_rng(seed))
        assert set(labels.tolist()) == set(range(7))
        for row in points:
            assert len(set(labels[(points == row).all(axis=1)].tolist())) == 1


def test_a_row_counts_as_often_as_it_occurs():
    alone, often = (
        np.repeat(np.array([[0.0], [3.0], [5.2]], np.float32), times, axis=0)
        for times in ([1, 1, 1], [1, 1, 100])
    )
    assert diversity.kmeans(alone, 2, np.random.default_rng(0)).tolist() == [0, 1, 1]
    assert diversity.kmeans(often, 2, np.random.default_rng(0)).tolist() == [0, 0] + [1] * 100


def test_the_best_of_ten_runs_finds_every_group_whatever_the_seed():
    kind = np.arange(60) % 12
    for seed in range(20):
        rng = np.random.default_rng(seed)
        points = (20.0 * np.eye(12)[kind] + rng.normal(size=(60, 12))).astype(np.float32)
        assert diversity.kmeans(points, 12, rng).tolist() == kind.tolist()


@given(seed=SEEDS, count=st.integers(0, 40), multiple=st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_picks_are_distinct_and_as_many_as_there_are_even_among_duplicates(seed, count, multiple):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 5, 30) / 4
    found = diversity.cluster_pick(rows_of(seed), scores, count, multiple, rng)
    assert len(set(found.tolist())) == len(found) == min(count, 30)
    assert (np.diff(scores[found]) <= 0).all()
    worst = np.argsort(-scores, kind="stable")
    assert set(found.tolist()) <= set(worst[: multiple * count].tolist())
    if count:
        assert found[0] == worst[0]


def test_one_row_of_each_group_comes_however_unsure_the_others():
    points, kind = groups(40)
    scores = np.where(kind == 0, 9.0, 1.0) + np.arange(40) / 100
    found = diversity.cluster_pick(points, scores, 4, 10, np.random.default_rng(0))
    assert found.tolist() == [36, 39, 38, 37]
    alone = diversity.cluster_pick(points, scores, 4, 1, np.random.default_rng(0))
    assert alone.tolist() == [36, 32, 28, 24]


def test_fewer_different_rows_than_clusters_are_filled_up_by_score():
    points = np.array([[0.0], [0], [0], [5], [5]])
    scores = [0.1, 0.5, 0.4, 0.2, 0.3]
    found = diversity.cluster_pick(points, scores, 4, 9, np.random.default_rng(0))
    assert found.tolist() == [1, 2, 4, 3]


@pytest.mark.filterwarnings("error")
def test_rows_that_are_not_finite_are_passed_over():
    points, _ = groups(12)
    scores = np.arange(12.0)
    points[11, 1], scores[10] = np.nan, np.nan
    found = diversity.cluster_pick(points, scores, 12, 2, np.random.default_rng(0))
    assert found.tolist() == list(range(9, -1, -1))


@pytest.mark.parametrize("kinds", [2, 3, 4])
def test_the_silhouette_finds_how_many_groups_there_are(kinds):
    points, kind = groups(60, kinds=kinds)
    found = diversity.natural_clusters(points, np.random.default_rng(0))
    assert found.tolist() == kind.tolist()


def test_the_silhouette_is_what_its_definition_says():
    points, _ = groups(12, spread=4.0)
    labels = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2])
    gaps = np.linalg.norm(points[:, None] - points, axis=2)
    widths = []
    for row, own in enumerate(labels[:-1]):
        means = [gaps[row, labels == other].sum() for other in range(3)]
        sizes = np.bincount(labels).astype(float)
        sizes[own] -= 1
        inside, outside = means[own] / sizes[own], np.delete(np.divide(means, sizes), own).min()
        widths.append((outside - inside) / max(outside, inside))
    expected = sum([*widths, 0.0]) / 12
    assert diversity.silhouettes(points, [labels])[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("number", [1, 2, 5])
def test_rows_that_do_not_differ_are_one_cluster(number):
    points = np.ones((number, 3), np.float32)
    assert diversity.natural_clusters(points, np.random.default_rng(0)).tolist() == [0] * number


def test_a_sample_speaks_for_many(monkeypatch):
    points, kind = groups(400)
    monkeypatch.setattr("al_core.diversity.silhouette.SAMPLE_ROWS", 50)
    for seed in range(5):
        found = diversity.natural_clusters(points, np.random.default_rng(seed))
        assert found.tolist() == kind.tolist()


def test_each_cluster_gives_as_many_though_one_is_larger():
    rng = np.random.default_rng(0)
    points = GROUPS[[0] * 80 + [2] * 20] + 0.5 * rng.normal(size=(100, 2))
    order, clusters = diversity.osal(points, 10, [0], rng)
    assert np.bincount(clusters).tolist() == [5, 5]
    assert np.bincount(clusters[:2]).tolist() == [1, 1]
    order, clusters = diversity.osal(points, 10, [0], rng, ClusterShare.PROPORTIONAL)
    assert np.bincount(clusters).tolist() == [8, 2]
    first = points[order[clusters == 0][0]]
    inside = np.linalg.norm(points[:80] - points[0], axis=1)
    assert np.linalg.norm(first - points[0]) == pytest.approx(inside.max())


def test_seats_that_a_cluster_cannot_fill_go_to_the_others():
    rng = np.random.default_rng(0)
    points = GROUPS[[0] * 80 + [2] * 3] + 0.5 * rng.normal(size=(83, 2))
    order, clusters = diversity.osal(points, 10, [80], rng)
    assert np.bincount(clusters).tolist() == [8, 2]
    assert 80 not in order


@given(seed=SEEDS, count=st.integers(0, 40))
@settings(max_examples=30, deadline=None)
def test_osal_gives_distinct_rows_even_among_duplicates(seed, count):
    rng = np.random.default_rng(seed)
    for share in ClusterShare:
        order, clusters = diversity.osal(rows_of(seed), count, [3, 4], rng, share)
        assert len(set(order.tolist())) == len(order) == len(clusters) == min(count, 28)
        assert not {3, 4} & set(order.tolist())
