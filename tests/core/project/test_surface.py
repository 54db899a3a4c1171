import statistics
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core.coords import RowCol, TileGrid, Window
from al_core.legend import UNLABELLED
from al_core.project import PaintSurface, capsule_mask

HEIGHT, WIDTH = 100, 150
GRID = TileGrid(HEIGHT, WIDTH, 64, 16)

POSITION = st.floats(-30, 170, allow_nan=False, width=32)
SEGMENT = st.tuples(
    st.builds(RowCol, POSITION, POSITION),
    st.builds(RowCol, POSITION, POSITION),
    st.floats(0.5, 40, width=32),
)


def empty(index, grid=GRID):
    core = grid.core(index)
    return np.full((core.height, core.width), UNLABELLED, np.uint8)


@pytest.fixture
def surface():
    return PaintSurface(GRID, empty)


def whole(surface, grid=GRID):
    image = np.zeros((grid.height, grid.width), np.uint8)
    for index in range(len(grid)):
        core = grid.core(index)
        image[core.rows, core.cols] = surface.tile(index)
    return image


def painted(image, label, segments):
    """The same strokes on one array, pixel by pixel."""
    image = image.copy()
    bounds = Window(0, 0, HEIGHT, WIDTH)
    for start, end, radius in segments:
        window, mask = capsule_mask(start, end, radius)
        common = window.intersection(bounds)
        if common is not None:
            part = common.relative_to(window)
            image[common.rows, common.cols][mask[part.rows, part.cols]] = label
    return image


@settings(deadline=None, derandomize=True, max_examples=150)
@given(segments=st.lists(SEGMENT, min_size=1, max_size=4))
def test_a_stroke_paints_across_tiles_what_it_would_paint_on_one_array(segments):
    surface = PaintSurface(GRID, empty)
    before = whole(surface)
    surface.begin(2, "brush")
    dirty = [part for segment in segments for part in surface.extend(*segment)]
    after = whole(surface)
    np.testing.assert_array_equal(after, painted(before, 2, segments))
    redrawn = np.zeros_like(after, bool)
    for index, window in dirty:
        core = GRID.core(index)
        redrawn[core.rows, core.cols][window.rows, window.cols] = True
    assert redrawn[before != after].all()


@settings(deadline=None, derandomize=True, max_examples=100)
@given(segments=st.lists(SEGMENT, min_size=1, max_size=4))
def test_the_changes_of_a_stroke_lead_from_before_to_after_and_are_trimmed(segments):
    surface = PaintSurface(GRID, empty)
    surface.begin(0, "brush")
    surface.extend(RowCol(20, 20), RowCol(60, 90), 9)
    surface.finish()
    before = whole(surface)
    surface.begin(1, "brush")
    for segment in segments:
        surface.extend(*segment)
    changes = surface.finish()
    after = whole(surface)
    replayed = before.copy()
    for index, window, old, new in changes:
        core = GRID.core(index)
        pixels = replayed[core.rows, core.cols][window.rows, window.cols]
        np.testing.assert_array_equal(pixels, old)
        pixels[...] = new
        edges = old != new
        assert edges[0].any()
        assert edges[-1].any()
        assert edges[:, 0].any()
        assert edges[:, -1].any()
    np.testing.assert_array_equal(replayed, after)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(segments=st.lists(SEGMENT, min_size=1, max_size=4))
def test_a_cancelled_stroke_leaves_every_pixel_as_it_was(segments):
    surface = PaintSurface(GRID, empty)
    surface.begin(0, "brush")
    surface.extend(RowCol(50, 10), RowCol(50, 140), 20)
    surface.finish()
    before = whole(surface)
    surface.begin(UNLABELLED, "eraser")
    for segment in segments:
        surface.extend(*segment)
    shown = whole(surface)
    dirty = dict(surface.cancel())
    after = whole(surface)
    np.testing.assert_array_equal(after, before)
    assert set(dirty) == {
        index
        for index in range(len(GRID))
        if (shown != after)[GRID.core(index).rows, GRID.core(index).cols].any()
    }
    assert not surface.is_painting


def test_a_stroke_that_changes_nothing_has_no_changes(surface):
    surface.begin(UNLABELLED, "eraser")
    surface.extend(RowCol(10, 10), RowCol(40, 40), 8)
    assert surface.finish() == ()


def test_a_stroke_outside_the_image_touches_no_tile(surface):
    surface.begin(1, "brush")
    assert surface.extend(RowCol(-50, -50), RowCol(-50, 400), 10) == ()
    assert surface.extend(RowCol(500, 500), RowCol(600, 600), 10) == ()
    assert surface.finish() == ()


def test_a_point_without_coordinates_paints_nothing(surface):
    surface.begin(1, "brush")
    assert surface.extend(RowCol(float("inf"), 1), RowCol(3, float("nan")), 5) == ()


def test_a_segment_from_the_end_of_the_world_costs_no_more_than_the_image(surface):
    surface.begin(1, "brush")
    dirty = surface.extend(RowCol(-1e9, 40.5), RowCol(1e9, 40.5), 0.5)
    assert [index for index, _ in dirty] == [1, 6, 11, 16]
    assert surface.extend(RowCol(1e300, -1e300), RowCol(1e300, 1e300), 5) == ()


def test_painting_without_begin_is_refused(surface):
    with pytest.raises(RuntimeError, match="begin"):
        surface.extend(RowCol(1, 1), RowCol(2, 2), 1)


def test_a_stroke_that_never_ended_becomes_part_of_the_next(surface):
    surface.begin(1, "brush")
    surface.extend(RowCol(5.5, 5.5), RowCol(5.5, 5.5), 0.5)
    surface.begin(2, "brush")
    surface.extend(RowCol(5.5, 8.5), RowCol(5.5, 8.5), 0.5)
    ((index, window, before, after),) = surface.finish()
    assert (index, window) == (0, Window(5, 5, 1, 4))
    assert before.tolist() == [[255, 255, 255, 255]]
    assert after.tolist() == [[1, 255, 255, 2]]


def test_tiles_are_loaded_once_and_only_on_demand():
    loaded = []
    surface = PaintSurface(GRID, lambda index: loaded.append(index) or empty(index))
    assert surface.cached(3) is None
    tile = surface.tile(3)
    assert surface.tile(3) is tile
    assert surface.cached(3) is tile
    assert loaded == [3]


def test_a_loaded_mask_that_is_read_only_can_be_painted():
    stored = empty(0)
    stored.setflags(write=False)
    surface = PaintSurface(GRID, lambda index: stored)
    surface.tile(0)[0, 0] = 1
    assert stored[0, 0] == UNLABELLED


def test_put_keeps_the_array_that_others_draw_from(surface):
    drawn = surface.tile(2)
    surface.put(2, np.full_like(drawn, 1))
    assert (drawn == 1).all()
    with pytest.raises(ValueError, match="tile 2"):
        surface.put(2, np.zeros((3, 3), np.uint8))


def test_the_longest_unused_tile_is_dropped_first():
    surface = PaintSurface(GRID, empty, cache_px=2 * GRID.core_px**2)
    surface.tile(0)
    surface.tile(1)
    surface.tile(0)
    surface.tile(2)
    assert [surface.cached(index) is not None for index in range(3)] == [True, False, True]


def test_tiles_of_the_stroke_in_progress_are_never_dropped():
    surface = PaintSurface(GRID, empty, cache_px=1)
    surface.begin(1, "brush")
    surface.extend(RowCol(50, 0), RowCol(50, 150), 60)
    for index in range(len(GRID)):
        surface.tile(index)
    changed = {index for index, *_ in surface.finish()}
    assert changed == set(range(len(GRID)))


def test_a_segment_of_a_50_px_brush_is_painted_within_2_ms():
    grid = TileGrid(20_000, 20_000, 256, 32)
    surface = PaintSurface(grid, lambda index: empty(index, grid))
    surface.begin(1, "brush")
    times, at = [], RowCol(9000.3, 9000.7)
    for _ in range(25):
        to = RowCol(at.row + 12, at.col + 16)
        begun = time.perf_counter()
        surface.extend(at, to, 50)
        times.append(time.perf_counter() - begun)
        at = to
    assert statistics.median(times) < 0.002


def test_a_jump_across_the_whole_image_stays_small_in_memory():
    grid = TileGrid(20_000, 20_000, 256, 32)
    surface = PaintSurface(grid, lambda index: empty(index, grid))
    surface.begin(1, "brush")
    dirty = surface.extend(RowCol(10, 10), RowCol(19_990, 19_990), 20)
    assert 100 < len(dirty) < 400  # the tiles on the diagonal, not the square around it
