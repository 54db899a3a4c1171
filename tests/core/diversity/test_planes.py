"""Two dimensions of many: principal components and t-SNE."""

from importlib import import_module

import numpy as np
import pytest

from al_core import diversity
from al_core.errors import Cancelled


def cloud(number=300, seed=0):
    """Rows in twenty dimensions that differ in two of them most."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(20, 20)))[0]
    widths = np.array([5.0, 3.0, *[0.3] * 18])
    return 100 + (rng.normal(size=(number, 20)) * widths) @ turn


def groups(number, kinds, seed=0):
    rng = np.random.default_rng(seed)
    kind = np.arange(number) % kinds
    return 2 * rng.normal(size=(kinds, 30))[kind] + rng.normal(size=(number, 30)), kind


def same_neighbour(places, kind):
    """The share of rows whose nearest other row is of the same kind."""
    gaps = np.linalg.norm(places[:, None] - places, axis=2)
    np.fill_diagonal(gaps, np.inf)
    return (kind[gaps.argmin(axis=1)] == kind).mean()


class Watcher:
    """Notes the progress; cancels after so many reports."""

    def __init__(self, after=10**9):
        self.seen, self.after = [], after

    def report(self, fraction, message):
        self.seen.append(fraction)

    def is_cancelled(self):
        return len(self.seen) >= self.after


def test_the_plane_is_that_of_the_singular_vectors():
    rows = cloud()
    found = diversity.principal_plane(rows)
    moved = rows - rows.mean(axis=0)
    _, _, axes = np.linalg.svd(moved, full_matrices=False)
    expected = moved @ axes[:2].T
    for side in range(2):
        sign = np.sign(expected[0, side] * found[0, side])
        np.testing.assert_allclose(found[:, side], sign * expected[:, side], atol=0.02)


def test_the_plane_does_not_turn_over_when_the_rows_are_moved_about():
    rows = cloud()
    turn = np.random.default_rng(1).permutation(len(rows))
    again = diversity.principal_plane(rows[turn])
    np.testing.assert_allclose(again, diversity.principal_plane(rows)[turn], atol=0.02)


def test_every_nth_row_decides_where_there_are_many(monkeypatch):
    rows = cloud(2000)
    whole = diversity.principal_plane(rows)
    monkeypatch.setattr("al_core.diversity.pca.SAMPLE_ROWS", 500)
    some = diversity.principal_plane(rows)
    for side in range(2):
        assert np.corrcoef(whole[:, side], some[:, side])[0, 1] > 0.99


@pytest.mark.parametrize("shape", [(0, 5), (1, 5), (3, 1), (4, 0), (3, 5)])
@pytest.mark.filterwarnings("error")
def test_few_rows_or_features_are_no_trouble(shape):
    rows = np.random.default_rng(0).normal(size=shape)
    for found in (
        diversity.principal_plane(rows),
        diversity.tsne(rows, np.random.default_rng(0)),
        diversity.tsne(np.ones((6, 4)), np.random.default_rng(0))[: shape[0]],
    ):
        assert found.shape == (min(shape[0], len(found)), 2)
        assert np.isfinite(found).all()


def test_a_row_that_is_not_finite_has_no_place():
    rows, _ = groups(40, 2)
    rows[[3, 8], 2] = np.nan, np.inf
    for found in (diversity.principal_plane(rows), diversity.tsne(rows, np.random.default_rng(0))):
        assert np.flatnonzero(np.isnan(found).any(axis=1)).tolist() == [3, 8]


def test_tsne_brings_those_that_are_alike_together():
    rows, kind = groups(300, 12)
    found = diversity.tsne(rows, np.random.default_rng(0))
    assert same_neighbour(found, kind) > 0.97
    assert same_neighbour(diversity.principal_plane(rows), kind) < 0.8


def test_rows_beyond_the_sample_lie_with_those_they_are_like(monkeypatch):
    monkeypatch.setattr(import_module("al_core.diversity.tsne"), "MOST_POINTS", 150)
    rows, kind = groups(600, 6)
    assert same_neighbour(diversity.tsne(rows, np.random.default_rng(0)), kind) > 0.97


def test_the_same_seed_gives_the_same_plane():
    rows, _ = groups(60, 3)
    first, second = (diversity.tsne(rows, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_the_neighbours_are_as_many_as_asked_for():
    rows, _ = groups(120, 3)
    table = import_module("al_core.diversity.tsne").affinities(rows.astype(np.float32), 10.0)
    np.testing.assert_allclose(table, table.T)
    assert table.sum() == pytest.approx(1.0, abs=1e-5)
    assert not table.diagonal().any()
    shares = import_module("al_core.diversity.tsne")._shares(
        np.random.default_rng(0).random((5, 31)), 10.0
    )
    np.testing.assert_allclose(np.exp(-(shares * np.log(shares)).sum(axis=1)), 10.0, rtol=1e-4)


def test_tsne_tells_how_far_it_is_and_can_be_cancelled():
    rows, _ = groups(60, 3)
    watcher = Watcher()
    diversity.tsne(rows, np.random.default_rng(0), progress=watcher)
    assert watcher.seen == sorted(watcher.seen)
    assert watcher.seen[-1] == 1.0
    assert len(watcher.seen) > 100
    with pytest.raises(Cancelled):
        diversity.tsne(rows, np.random.default_rng(0), progress=Watcher(after=20))
