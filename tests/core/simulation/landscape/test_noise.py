"""Random fields: scale, smoothness, repeatability."""

import numpy as np
import pytest

from al_core.simulation.landscape.noise import (
    blurred,
    box_mean,
    chance,
    crowns,
    enlarged,
    fractal,
    reduced,
    scatter,
)


def test_a_fractal_has_mean_zero_and_deviation_one():
    field = fractal(128, np.random.default_rng(0), 2, 64)
    assert field.dtype == np.float32
    assert field.mean() == pytest.approx(0, abs=1e-5)
    assert field.std() == pytest.approx(1, abs=1e-5)


def test_a_larger_exponent_is_smoother():
    steps = [
        np.abs(np.diff(fractal(128, np.random.default_rng(0), beta, 64))).mean()
        for beta in (1, 2, 3, 4)
    ]
    assert steps == sorted(steps, reverse=True)


def test_no_wave_is_shorter_than_asked_for():
    power = np.abs(np.fft.rfft2(fractal(64, np.random.default_rng(0), 1, 64, 8))) ** 2
    frequency = np.hypot(np.fft.fftfreq(64)[:, None], np.fft.rfftfreq(64)[None])
    assert power[frequency > 1 / 7.9].max() < 1e-6 * power.max()


def test_enlarging_keeps_a_plane_a_plane():
    plane = np.add.outer(np.arange(16.0), 2 * np.arange(16.0))
    large = enlarged(plane, 64)
    assert large.shape == (64, 64)
    np.testing.assert_allclose(np.diff(large[16:-16, 16:-16], axis=0), 0.25, atol=1e-4)
    np.testing.assert_allclose(np.diff(large[16:-16, 16:-16], axis=1), 0.5, atol=1e-4)


@pytest.mark.parametrize("smooth", [lambda f: box_mean(f, 3), lambda f: blurred(f, 8)])
def test_smoothing_leaves_a_constant_alone(smooth):
    np.testing.assert_allclose(smooth(np.full((32, 32), 7, np.float32)), 7, atol=1e-5)


def test_a_box_mean_is_the_mean_of_the_box():
    field = np.random.default_rng(0).random((20, 20)).astype(np.float32)
    assert box_mean(field, 2)[10, 7] == pytest.approx(field[8:13, 5:10].mean())


def test_reducing_takes_the_mean_of_blocks():
    assert reduced(np.arange(16).reshape(4, 4), 2).tolist() == [[2.5, 4.5], [10.5, 12.5]]


def test_chance_is_even_and_depends_on_number_and_salt_alone():
    numbers = np.arange(100_000)
    drawn = chance(numbers, 1)
    np.testing.assert_array_equal(chance(numbers[::-1], 1)[::-1], drawn)
    assert np.histogram(drawn, 10, (0, 1))[0].min() > 9_500
    assert abs(np.corrcoef(drawn, chance(numbers, 2))[0, 1]) < 0.02


def test_a_crown_is_a_dome_that_is_lit_from_the_upper_left():
    sites = scatter(32, 8, 0, np.random.default_rng(0))
    radius = np.zeros(sites.rows.size, np.float32)
    tree = int(np.argmin((sites.rows - 12) ** 2 + (sites.cols - 12) ** 2))
    radius[tree] = 5
    grown = crowns(32, sites, radius)
    covered = grown.height > 0
    assert set(grown.tree[covered]) == {tree}
    assert covered.sum() == 69  # pixels nearer than 5
    assert grown.height[12, 12] == pytest.approx(5)
    assert grown.facing[9, 9] > 0.5
    assert grown.facing[15, 15] < -0.5
