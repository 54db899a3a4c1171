"""The schedule follows steps or time, whichever is further."""

import time

import pytest

from al_core.config import TrainConfig
from al_core.training.schedule import Budget, learning_rate_factor, planned_steps


def test_the_rate_rises_shortly_and_falls_to_almost_nothing():
    factors = [learning_rate_factor(position / 100) for position in range(101)]
    assert factors[0] == pytest.approx(0.1)
    assert factors[10] == pytest.approx(1.0)
    assert factors[100] == pytest.approx(0.01)
    assert factors[:11] == sorted(factors[:11])
    assert factors[10:] == sorted(factors[10:], reverse=True)


def test_steps_follow_the_labels_unless_they_are_given():
    assert planned_steps(TrainConfig(), 3) == 600
    assert planned_steps(TrainConfig(), 20) == 800
    assert planned_steps(TrainConfig(steps=7), 20) == 7


def test_the_position_is_the_further_of_steps_and_time():
    budget = Budget(100, 10.0, time.monotonic() - 5)
    assert budget.position(10) == pytest.approx(0.45 / 0.95, abs=0.01)
    assert budget.position(80) == 0.8
    assert Budget(100, 10.0, time.monotonic() - 50).position(1) == 1


def test_the_clock_has_no_influence_while_the_steps_keep_up():
    assert Budget(100, 10.0, time.monotonic() - 0.4).position(0) == 0
