"""The windows to paint in."""

import numpy as np
import pytest

from al_core.coords import Window
from al_core.scoring import region_hints


def test_equal_windows_go_from_the_upper_left_on():
    hints = region_hints(np.full((5, 5), 0.1, np.float32), 2, 3)
    assert [(at.row, at.col) for at, _ in hints] == [(0, 0), (0, 2), (2, 0)]


def test_a_window_with_too_few_counted_pixels_is_no_hint():
    values = np.full((4, 4), np.nan, np.float32)
    values[0, 0] = 9.0
    assert region_hints(values, 2, 4) == ()
    values[0, 1] = 1.0
    assert region_hints(values, 2, 4) == ((Window(0, 0, 2, 2), 5.0),)


@pytest.mark.parametrize("count", [0, 1])
def test_never_more_than_asked_for(count):
    assert len(region_hints(np.ones((8, 8), np.float32), 2, count)) == count


def test_a_window_wider_than_the_tile_is_the_tile():
    ((window, mean),) = region_hints(np.ones((3, 4), np.float32), 64, 5)
    assert (window, mean) == (Window(0, 0, 3, 3), 1.0)
    assert region_hints(np.ones((0, 4), np.float32), 2, 5) == ()


def test_the_values_are_left_alone():
    values = np.array([[0.5, np.nan], [0.1, 0.2]], np.float32)
    region_hints(values, 1, 3)
    np.testing.assert_array_equal(values, np.array([[0.5, np.nan], [0.1, 0.2]], np.float32))
