"""The row of sums of a tile."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core.scoring import TileStatistics, tile_statistics, top_mean


def random_tile(seed, classes=4, size=8):
    rng = np.random.default_rng(seed)
    p = np.moveaxis(rng.dirichlet(np.ones(classes), (size, size)), -1, 0)
    return p, rng.random((size, size)) < 0.7


def assert_same(one: TileStatistics, other: TileStatistics):
    for field in dataclasses.fields(one):
        np.testing.assert_allclose(getattr(one, field.name), getattr(other, field.name))


@given(seed=st.integers(0, 2**32 - 1), cut=st.integers(0, 8))
@settings(max_examples=30, deadline=None)
def test_two_halves_merge_to_the_whole(seed, cut):
    p, mask = random_tile(seed)
    upper = tile_statistics(p[:, :cut], mask[:cut])
    lower = tile_statistics(p[:, cut:], mask[cut:])
    assert_same(upper.merge(lower), tile_statistics(p, mask))


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_nodata_pixels_do_not_count_whatever_they_hold(seed):
    p, mask = random_tile(seed)
    spoilt = np.pad(p, ((0, 0), (0, 3), (2, 0)), constant_values=np.nan)
    spoilt[:, :8, 2:][:, ~mask] = np.inf
    wider = np.pad(mask, ((0, 3), (2, 0)))
    assert_same(tile_statistics(spoilt, wider), tile_statistics(p, mask))


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_permuting_the_classes_permutes_the_sums(seed):
    p, mask = random_tile(seed)
    order = np.random.default_rng(seed).permutation(len(p))
    plain, permuted = tile_statistics(p, mask), tile_statistics(p[order], mask)
    np.testing.assert_allclose(permuted.sum_entropy, plain.sum_entropy)
    np.testing.assert_allclose(permuted.sum_entropy_p, plain.sum_entropy_p[order])
    np.testing.assert_allclose(permuted.sum_p, plain.sum_p[order])
    np.testing.assert_array_equal(permuted.histogram, plain.histogram[order])


def test_a_tile_without_scorable_pixels_sums_to_zero():
    p, mask = random_tile(0)
    empty = tile_statistics(p, np.zeros_like(mask))
    assert empty.n == 0
    assert empty.sum_entropy == 0.0
    assert empty.histogram.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(("values", "expected"), [(range(10), 8.5), ([3.0], 3.0), (range(6), 4.5)])
def test_the_highest_fifth_is_rounded_up(values, expected):
    assert top_mean(list(values)) == expected


def test_the_highest_fifth_of_nothing_is_undefined():
    assert np.isnan(top_mean([]))
