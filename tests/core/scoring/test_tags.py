"""LL, TPD and MGE: what holds for any prediction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from al_core import scoring


@given(st.integers(0, 2**32 - 1))
def test_the_length_of_the_gradient_is_that_of_the_product_and_bounded(seed):
    rng = np.random.default_rng(seed)
    p, h = rng.random((6, 4)), rng.normal(size=(6, 3))
    residual = p - (p >= 0.5)
    extended = np.concatenate([h, np.ones((6, 1))], axis=1)
    for bias, inputs in ((True, extended), (False, h)):
        product = np.einsum("nk,nd->nkd", residual, inputs).reshape(6, -1)
        assert scoring.mge(p, h, bias) == pytest.approx(np.linalg.norm(product, axis=1))
    assert (scoring.mge(p, h) <= 0.5 * 2 * np.sqrt(np.square(h).sum(axis=1) + 1)).all()


def test_the_gradient_agrees_with_finite_differences():
    rng = np.random.default_rng(3)
    weight, bias, h = rng.normal(size=(3, 4)), rng.normal(size=3), rng.normal(size=4)

    def loss(change):
        z = (weight + change[:, :4]) @ h + bias + change[:, 4]
        return (np.logaddexp(0, z) - target * z).sum()  # binary cross-entropy, summed

    p = 1 / (1 + np.exp(-(weight @ h + bias)))
    target = p >= 0.5
    steps = 1e-6 * np.eye(15).reshape(15, 3, 5)
    gradient = [(loss(step) - loss(-step)) / 2e-6 for step in steps]
    assert scoring.mge(p[None], h[None]) == pytest.approx([np.linalg.norm(gradient)], rel=1e-5)


def test_no_pair_costs_nothing_and_a_tie_costs_the_margin():
    assert scoring.learning_loss(np.zeros((0, 2)), np.zeros((0, 2))) == 0.0
    assert scoring.learning_loss([[5, -5]], [[2, 2]], margin=0.3) == pytest.approx(0.3)
