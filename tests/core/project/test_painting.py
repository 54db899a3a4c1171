import math
import statistics
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core.coords import RowCol, Window
from al_core.project import capsule_mask

POSITION = st.floats(-60, 60, allow_nan=False, width=32)
POINT = st.builds(RowCol, POSITION, POSITION)


def distances(window, start, end):
    """Distance of each pixel's centre in the window to the segment, pixel by pixel."""
    rows = np.arange(window.row, window.row + window.height)[:, None] + 0.5
    cols = np.arange(window.col, window.col + window.width)[None, :] + 0.5
    dy, dx = end.row - start.row, end.col - start.col
    squared = dy * dy + dx * dx
    along = (rows - start.row) * dy + (cols - start.col) * dx
    share = np.clip(along / squared, 0, 1) if squared else np.zeros_like(along)
    return np.hypot(rows - start.row - share * dy, cols - start.col - share * dx)


def pixels(window, mask):
    rows, cols = np.nonzero(mask)
    return {(r + window.row, c + window.col) for r, c in zip(rows, cols, strict=True)}


def test_radius_one_half_paints_exactly_the_pixel_under_the_point():
    window, mask = capsule_mask(RowCol(3.5, 7.5), RowCol(3.5, 7.5), 0.5)
    assert window == Window(3, 7, 1, 1)
    assert mask.tolist() == [[True]]


@pytest.mark.parametrize("at", [RowCol(3.01, 7.99), RowCol(3.0, 7.0), RowCol(-2.9, -0.1)])
def test_the_thinnest_brush_paints_the_pixel_under_the_point_wherever_in_it(at):
    assert (math.floor(at.row), math.floor(at.col)) in pixels(*capsule_mask(at, at, 0.5))


def test_a_disc_of_radius_two_has_the_known_shape():
    _, mask = capsule_mask(RowCol(0.5, 0.5), RowCol(0.5, 0.5), 2)
    assert mask.astype(int).tolist() == [
        [0, 0, 1, 0, 0],
        [0, 1, 1, 1, 0],
        [1, 1, 1, 1, 1],
        [0, 1, 1, 1, 0],
        [0, 0, 1, 0, 0],
    ]


def test_a_horizontal_line_is_as_high_as_the_brush():
    window, mask = capsule_mask(RowCol(5.0, 2.5), RowCol(5.0, 10.5), 1.0)
    assert (window.row, window.height) == (4, 2)
    assert mask[:, 1:-1].all()


@settings(deadline=None, derandomize=True, max_examples=300)
@given(start=POINT, end=POINT, radius=st.floats(0.75, 40, width=32))
def test_exactly_the_pixels_within_the_radius_are_covered(start, end, radius):
    window, mask = capsule_mask(start, end, radius)
    around = window.grown(2)
    distance = distances(around, start, end)
    covered = np.pad(mask, 2)
    assert covered[distance < radius - 1e-6].all()
    assert not covered[distance > radius + 1e-6].any()


@settings(deadline=None, derandomize=True, max_examples=200)
@given(start=POINT, end=POINT)
def test_the_thinnest_line_has_no_gaps_and_reaches_both_ends(start, end):
    found = pixels(*capsule_mask(start, end, 0.5))
    here = (math.floor(start.row), math.floor(start.col))
    goal = (math.floor(end.row), math.floor(end.col))
    reached, frontier = {here}, [here]
    while frontier:
        row, col = frontier.pop()
        near = {(row + dy, col + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)}
        frontier += (near & found) - reached
        reached |= near & found
    assert reached == found
    assert goal in found


@pytest.mark.parametrize(("radius", "budget_s"), [(50, 0.002), (500, 0.02)])
def test_a_segment_is_rasterised_within_its_budget(radius, budget_s):
    times = []
    for _ in range(9):
        begun = time.perf_counter()
        capsule_mask(RowCol(1000.2, 1000.7), RowCol(1012.2, 1016.7), radius)
        times.append(time.perf_counter() - begun)
    assert statistics.median(times) < budget_s
