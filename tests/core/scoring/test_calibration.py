"""Temperature and reliability."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from al_core.scoring import expected_calibration_error, fit_temperature, reliability_bins


def drawn(temperature, pixels=20_000):
    """Logits, and labels drawn from their softmax at a temperature."""
    rng = np.random.default_rng(0)
    logits = 3 * rng.normal(size=(pixels, 4))
    p = np.exp(logits / temperature)
    p /= p.sum(axis=1, keepdims=True)
    return logits, (p.cumsum(axis=1) > rng.random((pixels, 1))).argmax(axis=1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found(temperature):
    assert fit_temperature(*drawn(temperature)) == pytest.approx(temperature, rel=0.05)


def test_shifted_logits_have_the_same_temperature():
    logits, labels = drawn(2.0, 500)
    assert fit_temperature(logits + 300, labels) == pytest.approx(fit_temperature(logits, labels))


def test_without_a_pixel_the_temperature_is_one():
    assert fit_temperature(np.zeros((0, 3)), []) == 1.0
    assert fit_temperature([[np.nan, 1.0]], [0]) == 1.0


def test_the_temperature_stays_within_its_bounds():
    logits, _ = drawn(1.0, 200)
    assert fit_temperature(logits, logits.argmax(axis=1)) == pytest.approx(0.05)
    assert fit_temperature(logits, logits.argmin(axis=1)) == pytest.approx(20.0)


def test_a_tempered_network_is_better_calibrated():
    logits, labels = drawn(3.0)

    def error(temperature):
        p = np.exp(logits / temperature)
        p /= p.sum(axis=1, keepdims=True)
        return expected_calibration_error(p.max(axis=1), p.argmax(axis=1) == labels)

    assert error(fit_temperature(logits, labels)) < 0.02 < error(1.0)


def test_bins_are_closed_on_the_right_and_empty_ones_left_out():
    bins = reliability_bins([0.0, 0.1, 0.11, 1.0], [0, 1, 1, 0], bins=10)
    np.testing.assert_allclose(bins, [[0.05, 0.5, 2], [0.11, 1, 1], [1, 0, 1]])


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_the_error_is_a_share_and_no_pixel_is_lost(pixels):
    confidence, correct = zip(*pixels, strict=True)
    assert 0 <= expected_calibration_error(confidence, correct) <= 1
    assert sum(pixels for *_, pixels in reliability_bins(confidence, correct)) == len(correct)


def test_without_a_pixel_there_is_no_error():
    assert np.isnan(expected_calibration_error([], []))
