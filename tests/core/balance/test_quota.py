"""Seats and imbalance, with the worked examples of vectors.json."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from al_core.balance import apportion, imbalance

VECTORS = json.loads((Path(__file__).parents[1] / "vectors.json").read_text(encoding="utf-8"))
WEIGHTS = st.lists(st.floats(0, 10), min_size=1, max_size=12)


def vector(name):
    return next(value for key, value in VECTORS["vectors"].items() if key.startswith(name))


def test_the_largest_remainders_get_the_seats_v25():
    case = vector("V25")
    expected = case["expected"]
    assert apportion(case["inputs"]["w"], expected["n_class_part"]).tolist() == expected["quota"]
    assert apportion([0.25] * 4, 6).tolist() == expected["quota_uniform_k4_n6"]
    assert apportion([0.0, 0.6, 0.4], 3).tolist() == expected["quota_with_zero"]


@given(WEIGHTS, st.integers(0, 50))
def test_every_seat_is_given_and_nobody_is_a_seat_off(weights, seats):
    given_out = apportion(weights, seats)
    assert given_out.sum() == seats
    shares = np.array(weights) if sum(weights) else np.ones(len(weights))
    assert (np.abs(given_out - seats * shares / shares.sum()) < 1 + 1e-6).all()
    if sum(weights):
        assert (given_out[shares == 0] == 0).all()


@given(WEIGHTS, st.integers(0, 50), st.integers(-5, 5))
def test_the_unit_of_the_weights_does_not_matter(weights, seats, power):
    scaled = apportion(np.array(weights) * 2.0**power, seats)
    assert scaled.tolist() == apportion(weights, seats).tolist()


def test_nothing_to_share_or_nobody_to_share_with():
    assert apportion([], 3).tolist() == []
    assert apportion([1, 2], 0).tolist() == [0, 0]
    assert apportion([0, 0, 0], 2).tolist() == [1, 1, 0]


def test_the_distance_from_even_areas_v21():
    percent, expected = vector("V21")["inputs"]["percent"], vector("V21")["expected"]
    found, padded = imbalance(percent), imbalance([*percent, 0])
    assert found.kl == pytest.approx(expected["KL_p_u_nats"], abs=1e-6)
    assert found.kl_all == found.kl == padded.kl
    assert padded.kl_all == pytest.approx(expected["KL9_p_u_nats_empty_background"], abs=1e-6)
    assert found.entropy == pytest.approx(expected["H_nats"], abs=1e-6)
    assert found.balance == pytest.approx(expected["H_over_lnK"], abs=1e-6)


def test_even_areas_are_balanced_and_one_class_alone_is_not():
    even, alone = imbalance([7, 7, 7]), imbalance([0, 7, 0])
    assert (even.kl, even.balance) == (pytest.approx(0), pytest.approx(1))
    assert (alone.kl, alone.balance) == (0, 0)
    assert alone.kl_all == pytest.approx(np.log(3))


def test_without_a_pixel_nothing_is_known():
    found = imbalance([0, 0])
    assert np.isnan([found.kl, found.kl_all, found.entropy, found.balance]).all()
