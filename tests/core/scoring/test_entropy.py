"""Entropy: precision and shape."""

import numpy as np
import pytest

from al_core.scoring import entropy, entropy_from_logits, least_confidence, margin


def test_single_precision_stays_single():
    p = np.full((3, 4, 5), 1 / 3, dtype=np.float32)
    result = entropy(p, axis=0)
    assert result.dtype == np.float32
    assert result.shape == (4, 5)
    np.testing.assert_allclose(result, np.log(3), rtol=1e-6)


def test_half_precision_logits_are_computed_in_single():
    z = np.random.default_rng(0).normal(0, 3, (1000, 6))
    error = np.abs(entropy_from_logits(z.astype(np.float16)) - entropy_from_logits(z))
    assert error.mean() < 1e-3


def test_a_class_ruled_out_by_minus_infinity_is_no_nan():
    close = entropy_from_logits([[0.0, 0.0, -np.inf]])
    np.testing.assert_allclose(close, [np.log(2)])


@pytest.mark.parametrize("measure", [entropy, entropy_from_logits, margin, least_confidence])
def test_the_input_is_left_alone(measure):
    p = np.random.default_rng(0).dirichlet(np.ones(4), 10)
    before = p.copy()
    measure(p)
    np.testing.assert_array_equal(p, before)


@pytest.mark.parametrize("measure", [entropy, entropy_from_logits, margin, least_confidence])
def test_the_class_axis_may_be_anywhere(measure):
    p = np.random.default_rng(0).dirichlet(np.ones(4), (5, 6))
    np.testing.assert_allclose(measure(np.moveaxis(p, -1, 0), axis=0), measure(p))
