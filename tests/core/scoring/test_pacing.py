"""What changes from round to round."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from al_core.config import GammaMode
from al_core.scoring import beta_at, gamma_at, power_noise, stop_advice

NAN = float("nan")


def test_a_fixed_gamma_stays():
    assert gamma_at(GammaMode.FIXED, 0.7, 5, 10, [0.1, 0.9], 0.01) == 0.7


def test_a_scheduled_gamma_rises_by_one_around_what_was_set():
    gammas = [gamma_at(GammaMode.SCHEDULE, 0.5, number, 5) for number in range(7)]
    assert gammas == [0.0, 0.25, 0.5, 0.75, 1.0, 1.0, 1.0]


def test_feedback_tightens_after_progress_and_loosens_without():
    def gamma(*mious):
        return gamma_at(GammaMode.FEEDBACK, 0.5, 2, 10, mious, 0.02)

    assert gamma(0.3) == 0.5
    assert gamma(0.3, 0.4) == pytest.approx(0.6)
    assert gamma(0.3, 0.31) == pytest.approx(0.4)
    assert gamma(0.3, NAN, 0.4) == pytest.approx(0.6)
    assert gamma(*np.zeros(50)) == -0.5
    assert gamma(*np.linspace(0, 50, 50)) == 1.5


def test_feedback_waits_until_the_error_is_known():
    assert gamma_at(GammaMode.FEEDBACK, 0.5, 2, 10, [0.1, 0.9], NAN) == 0.5


@pytest.mark.parametrize("rounds", [0, 1])
def test_a_single_round_leaves_nothing_to_chance(rounds):
    assert beta_at(0, rounds) == 100.0


@given(st.integers(-1, 30), st.integers(0, 20))
def test_beta_stays_between_one_and_a_hundred(number, rounds):
    assert 1 <= beta_at(number, rounds) <= 100


def test_a_score_of_zero_or_nan_is_never_noised_to_the_top():
    assert power_noise([0.0, NAN], [50.0, 50.0], 1.0).tolist()[0] == -np.inf
    assert np.isnan(power_noise([0.0, NAN], [50.0, 50.0], 1.0)[1])


def test_noise_draws_in_proportion_to_the_score():
    rng = np.random.default_rng(0)
    noised = power_noise(np.tile([3.0, 1.0], (4000, 1)), rng.gumbel(size=(4000, 2)), 1.0)
    assert (noised.argmax(axis=1) == 0).mean() == pytest.approx(0.75, abs=0.03)


CALM = [None, 0.2, 0.009, 0.005, 0.001]
FLAT = [0.3, 0.5, 0.505, 0.51, 0.508]
ERRORS = [0.02] * 5


def test_stop_when_neither_map_nor_accuracy_moves():
    advice = stop_advice(CALM, FLAT, ERRORS)
    assert advice.stop
    assert "may stop" in advice.text


@pytest.mark.parametrize(
    ("change", "mious", "errors", "said"),
    [
        ([None, 0.001, 0.001], FLAT, ERRORS, "too early"),
        ([0.001, 0.02, 0.001, 0.001], FLAT, ERRORS, "2.0%"),
        (CALM, [0.3, 0.4, 0.45, 0.5, 0.56], ERRORS, "still rises"),
        (CALM, [0.3, 0.5, 0.5, 0.53, 0.53], ERRORS, "still rises"),
        (CALM, [NAN] * 5, ERRORS, "validation"),
        (CALM, FLAT, [NAN] * 5, "validation"),
        (CALM, FLAT[-3:], ERRORS, "validation"),
    ],
)
def test_go_on_as_long_as_something_moves_or_is_unknown(change, mious, errors, said):
    advice = stop_advice(change, mious, errors)
    assert not advice.stop
    assert said in advice.text
