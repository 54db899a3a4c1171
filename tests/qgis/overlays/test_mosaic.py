"""Pictures of many tiles, on arrays."""

import numpy as np
import pytest
from landloop.al_core.coords import TileGrid, Window
from landloop.plugin.overlays.mosaic import EDGE, HATCH, Mosaic, shrink

NONE = 255
CODES = np.arange(256, dtype=np.uint32)  # the picture shows the codes themselves


def full(value, height=32, width=32):
    return np.full((height, width), value, np.uint8)


@pytest.fixture
def grid():
    return TileGrid(1000, 700, 64, 16)  # cores of 32 px, 32 x 22 tiles


def test_shrinking_keeps_thin_strokes():
    mask = full(NONE)
    mask[:, 13] = 2  # one pixel wide

    small = shrink(mask, 3)

    assert small.shape == (4, 4)
    assert (small[:, 1] == 2).all()
    assert (np.delete(small, 1, axis=1) == NONE).all()


def test_shrinking_takes_the_pixel_itself_where_everything_is_labelled():
    mask = np.arange(16, dtype=np.uint8).reshape(4, 4)

    assert shrink(mask, 1).tolist() == [[0, 2], [8, 10]]


def test_shrinking_an_odd_size_keeps_the_last_row_and_column():
    mask = full(NONE, 5, 3)
    mask[4, 2] = 1

    assert shrink(mask, 2).tolist() == [[NONE], [1]]


def test_level_zero_is_the_mask_itself():
    mask = full(3)

    assert shrink(mask, 0) is mask


@pytest.mark.parametrize(
    ("scale", "level"), [(40, 0), (1, 0), (0.75, 0), (0.7, 1), (0.5, 1), (0.25, 2), (0.1, 3)]
)
def test_a_level_is_about_as_fine_as_the_screen(grid, scale, level):
    assert Mosaic(grid, [], CODES).level_for(scale) == level


def test_the_coarsest_level_shows_a_tile_as_one_pixel(grid):
    mosaic = Mosaic(grid, [0], CODES)
    level = mosaic.level_for(0)
    (key,) = mosaic.keys_in(level, Window(0, 0, 1000, 700))

    assert mosaic.block(key).pixels.shape == (32, 22)


def test_only_blocks_with_labels_in_the_area_are_listed(grid):
    last = len(grid) - 1
    mosaic = Mosaic(grid, [0, last], CODES)

    assert [tuple(key) for key in mosaic.keys_in(0, Window(0, 0, 1000, 700))] == [
        (0, 0, 0),
        (0, 1, 1),
    ]
    assert [tuple(key) for key in mosaic.keys_in(0, Window(10, 10, 5, 5))] == [(0, 0, 0)]
    assert mosaic.keys_in(0, Window(0, 600, 10, 10)) == []
    assert Mosaic(grid, [], CODES).keys_in(0, Window(0, 0, 1000, 700)) == []


def test_blocks_hold_whole_tiles_and_cover_the_raster_once(grid):
    mosaic = Mosaic(grid, range(len(grid)), CODES)
    covered = np.zeros((32 * 32, 22 * 32), int)
    for key in mosaic.keys_in(0, Window(0, 0, 1000, 700)):
        window = mosaic.window(key)
        covered[window.rows, window.cols] += 1
        assert mosaic.block(key).pixels.shape == (window.height, window.width)

    assert (covered == 1).all()


@pytest.mark.parametrize("level", [0, 1, 2, 5])
def test_a_tile_is_drawn_in_its_place_at_every_level(grid, level):
    tile = 3 * grid.cols + 20
    mosaic = Mosaic(grid, [tile], CODES)
    mosaic.keys_in(level, grid.core(tile))
    block = mosaic.block(mosaic.key(level, tile))
    mosaic.draw(tile, full(1), level)

    window = mosaic.window(mosaic.key(level, tile))
    pixel = window.width / block.pixels.shape[1]
    rows, cols = np.nonzero(block.labels == 1)
    core = grid.core(tile)
    assert window.row + rows.min() * pixel == core.row
    assert window.row + (rows.max() + 1) * pixel == core.row + core.height
    assert window.col + cols.min() * pixel == core.col
    assert window.col + (cols.max() + 1) * pixel == core.col + core.width


def test_a_block_asks_for_its_labelled_tiles_until_they_are_drawn(grid):
    mosaic = Mosaic(grid, [0, 1], CODES)
    keys = mosaic.keys_in(0, Window(0, 0, 10, 10))
    assert sorted(mosaic.stale(keys)) == [0, 1]

    mosaic.draw(1, full(1), 0)
    assert mosaic.stale(keys) == [0]


def test_a_window_is_drawn_alone_if_the_rest_is_up_to_date(grid):
    mosaic = Mosaic(grid, [0], CODES)
    keys = mosaic.keys_in(1, Window(0, 0, 10, 10))
    labels = mosaic.block(keys[0]).labels
    mosaic.draw(0, full(NONE), 1)
    mosaic.draw(0, full(2), 1, Window(9, 10, 3, 4))

    assert np.argwhere(labels == 2).min(axis=0).tolist() == [4, 5]
    assert np.argwhere(labels == 2).max(axis=0).tolist() == [5, 6]


def test_a_window_of_a_tile_that_was_never_drawn_brings_the_whole_tile(grid):
    mosaic = Mosaic(grid, [0], CODES)
    keys = mosaic.keys_in(0, Window(0, 0, 10, 10))
    labels = mosaic.block(keys[0]).labels
    mosaic.draw(0, full(2), 0, Window(0, 0, 1, 1))

    assert (labels[:32, :32] == 2).all()
    assert mosaic.stale(keys) == []


def test_a_changed_tile_is_stale_at_the_other_levels(grid):
    mosaic = Mosaic(grid, [0], CODES)
    fine, coarse = (mosaic.keys_in(level, Window(0, 0, 10, 10)) for level in (0, 2))
    for level, keys in enumerate((fine, [], coarse)):
        mosaic.stale(keys)
        mosaic.draw(0, full(1), level)
    mosaic.touch(0, besides=0)

    assert mosaic.stale(fine) == []
    assert mosaic.stale(coarse) == [0]


def test_a_tile_labelled_for_the_first_time_appears_in_its_block(grid):
    mosaic = Mosaic(grid, [], CODES)
    assert mosaic.keys_in(0, Window(0, 0, 10, 10)) == []
    mosaic.add(0)

    keys = mosaic.keys_in(0, Window(0, 0, 10, 10))
    assert mosaic.stale(keys) == [0]


def test_blocks_used_longest_ago_go_first_and_those_on_screen_stay(grid):
    mosaic = Mosaic(grid, range(len(grid)), CODES)
    keys = mosaic.keys_in(0, Window(0, 0, 1000, 700))
    for key in keys:
        mosaic.block(key)

    gone = mosaic.trim(0, keep=[keys[0]])

    assert gone == keys[1:]
    assert mosaic.stale([keys[1]]) != []


def test_what_is_unsure_is_striped(grid):
    mosaic = Mosaic(grid, [0], CODES)
    keys = mosaic.keys_in(0, Window(0, 0, 10, 10))
    pixels = mosaic.block(keys[0]).pixels
    mosaic.draw(0, full(254), 0)

    assert set(np.unique(pixels[:32, :32]).tolist()) == {HATCH, 254}


def test_what_is_painted_has_a_border(grid):
    mosaic = Mosaic(grid, [0], CODES)
    pixels = mosaic.block(mosaic.keys_in(0, Window(0, 0, 10, 10))[0]).pixels
    mask = full(NONE)
    mask[10:20, 10:20] = 2
    mosaic.draw(0, mask, 0)

    inside = pixels[11:19, 11:19]
    assert (inside == 2).all()
    assert (pixels == 2 + EDGE).sum() == 10 * 10 - 8 * 8
    assert (pixels != NONE).sum() == 10 * 10


def test_a_border_follows_what_happens_in_the_next_tile(grid):
    mosaic = Mosaic(grid, [0, 1], CODES)
    pixels = mosaic.block(mosaic.keys_in(0, Window(0, 0, 10, 10))[0]).pixels
    mosaic.draw(0, full(2), 0)
    mosaic.draw(1, full(NONE), 0)
    assert (pixels[1:31, 31] == 2 + EDGE).all()

    mosaic.draw(1, full(2), 0, Window(0, 0, 32, 1))
    assert (pixels[1:31, 31] == 2).all()
    assert (pixels[1:31, 32] == 2 + EDGE).all()


def test_piece_by_piece_or_at_once_makes_the_same_picture(grid):
    rng = np.random.default_rng(0)
    mask = rng.choice(np.array([0, 1, 2, NONE], np.uint8), (32, 32))
    pieces, whole = Mosaic(grid, [0], CODES), Mosaic(grid, [0], CODES)
    shown = [mosaic.block(mosaic.keys_in(1, Window(0, 0, 9, 9))[0]) for mosaic in (pieces, whole)]
    pieces.draw(0, full(NONE), 1)
    for row in range(0, 32, 5):
        for col in range(0, 32, 7):
            window = Window(row, col, min(5, 32 - row), min(7, 32 - col))
            pieces.draw(0, mask, 1, window)
    whole.draw(0, mask, 1)

    assert (shown[0].pixels == shown[1].pixels).all()


def test_new_colours_are_seen_in_blocks_that_are_in_use(grid):
    mosaic = Mosaic(grid, [0], CODES)
    (key,) = mosaic.keys_in(0, Window(0, 0, 10, 10))
    mosaic.block(key)
    mosaic.draw(0, full(2), 0)
    mosaic.colors = CODES + 1000

    assert mosaic.block(key).pixels[5, 5] == 1002
