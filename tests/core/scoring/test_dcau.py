"""DCAU scores and the uncertainty map: bounds and symmetries."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core.scoring import class_shares, class_weights, dcau, dcau_pixels, reliability

SEEDS = st.integers(0, 2**32 - 1)


def random_sums(seed, tiles=12, classes=5, pixels=50):
    """Class sums (tiles, classes) of real probabilities, and random weights."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(classes, 0.5), (tiles, pixels))
    entropies = -np.sum(p * np.log(p, out=np.zeros_like(p), where=p > 0), axis=-1)
    sums = np.einsum("np,npk->nk", entropies, p)
    return sums, np.full(tiles, pixels), class_weights(rng.random(classes))


@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_permuting_the_classes_changes_no_score(seed):
    sums, n, weights = random_sums(seed)
    order = np.random.default_rng(seed).permutation(weights.size)
    np.testing.assert_allclose(dcau(sums[:, order], n, weights[order]), dcau(sums, n, weights))


@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_permuting_the_classes_permutes_the_weights(seed):
    rng = np.random.default_rng(seed)
    iou = np.where(rng.random(6) < 0.3, np.nan, rng.random(6))
    order = rng.permutation(6)
    for rule in ("explore", "neutral", "exclude"):
        permuted = class_weights(iou[order], 0.5, rule)
        np.testing.assert_allclose(permuted, class_weights(iou, 0.5, rule)[order])


@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_a_score_lies_between_zero_and_log_k_times_the_largest_weight(seed):
    sums, n, weights = random_sums(seed)
    scores = dcau(sums, n, weights)
    assert (scores >= 0).all()
    assert (scores <= math.log(weights.size) * weights.max() + 1e-12).all()


def test_uniform_weights_give_the_mean_entropy_over_k():
    sums, n, _ = random_sums(1)
    expected = sums.sum(axis=1) / n / 5
    np.testing.assert_allclose(dcau(sums, n, np.full(5, 0.2)), expected)


def test_two_undecided_classes_score_log_two_times_the_mean_weight():
    half = math.log(2) / 2
    np.testing.assert_allclose(dcau([[half, half]], [1], [0.9, 0.1]), [math.log(2) * 0.5])


def test_a_tile_without_pixels_has_no_score():
    assert np.isnan(dcau([[0.0, 0.0]], [0], [0.5, 0.5])).all()
    assert np.isnan(class_shares([[0.0, 0.0]], [0])).all()


def test_the_map_is_one_where_the_heaviest_class_is_as_unsure_as_can_be():
    flat, sure = np.full(4, 0.25), np.array([1.0, 0, 0, 0])
    p = np.stack([flat, sure], axis=1)[:, None]  # (4, 1, 2)
    values = dcau_pixels(p, np.full(4, 0.25))
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, [[1.0, 0.0]], rtol=1e-6)


def test_the_map_without_weights_is_zero_not_nan():
    assert (dcau_pixels(np.full((2, 3, 3), 0.5), [0.0, 0.0]) == 0).all()


def test_only_a_tile_with_few_pixels_is_damped():
    np.testing.assert_allclose(reliability([0, 5, 24, 25, 100], 100), [0, 0.5, 24 / 29, 1, 1])
