"""Windows, coordinates and the grid of tiles."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core.coords import GeoTransform, RowCol, TileGrid, Window, default_halo_px, halo_around_px
from al_core.errors import ConfigError

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
SIDES = st.integers(1, 400)
TILES = st.sampled_from([64, 96, 128])
WINDOWS = st.builds(
    Window, st.integers(-20, 20), st.integers(-20, 20), st.integers(1, 30), st.integers(1, 30)
)


@st.composite
def grids(draw):
    tile = draw(TILES)
    return TileGrid(draw(SIDES), draw(SIDES), tile, draw(st.integers(0, tile // 2 - 1)))


def test_the_grid_of_a_large_raster_v29():
    vector = VECTORS["vectors"]["V29_tiling"]
    inputs, expected = vector["inputs"], vector["expected"]
    grid = TileGrid(inputs["height"], inputs["width"], inputs["tile"], inputs["halo"])
    last = grid.core(len(grid) - 1)
    assert grid.core_px == expected["core"]
    assert (grid.rows, grid.cols, len(grid)) == (
        expected["ny"],
        expected["nx"],
        expected["tiles"],
    )
    assert (last.height, last.width) == (
        expected["last_core_height"],
        expected["last_core_width"],
    )
    assert sum(grid.core(index).area for index in range(len(grid))) == 10000 * 8000


@given(grid=grids())
@settings(max_examples=60, deadline=None)
def test_cores_partition_the_raster(grid):
    times = np.zeros((grid.height, grid.width), int)
    for index in range(min(len(grid), 10_000)):
        core = grid.core(index)
        times[core.rows, core.cols] += 1
        assert grid.tiles_in(core) == [index]
    if len(grid) <= 10_000:
        assert (times == 1).all()


@given(grid=grids(), data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_window_holds_its_core_and_is_always_of_tile_size(grid, data):
    index = data.draw(st.integers(0, len(grid) - 1))
    core, window = grid.core(index), grid.window(index)
    assert core.intersection(window) == core
    assert (window.height, window.width) == (grid.tile_size_px, grid.tile_size_px)
    assert window.row >= 0
    assert window.col >= 0
    fits = Window(0, 0, max(grid.height, window.height), max(grid.width, window.width))
    assert window.intersection(fits) == window


@given(grid=grids(), area=WINDOWS)
@settings(max_examples=60, deadline=None)
def test_the_tiles_in_an_area_are_those_whose_cores_touch_it(grid, area):
    touching = [
        index for index in range(len(grid)) if grid.core(index).intersection(area) is not None
    ]
    assert grid.tiles_in(area) == touching


@pytest.mark.parametrize("tile", [0, 32, 100, 255])
def test_a_tile_size_the_network_cannot_halve_is_refused(tile):
    with pytest.raises(ConfigError, match="multiple of 32 from 64 up"):
        TileGrid(500, 500, tile, 0)


@pytest.mark.parametrize("halo", [-1, 32, 40])
def test_a_halo_that_leaves_no_core_is_refused(halo):
    with pytest.raises(ConfigError, match="smaller halo"):
        TileGrid(500, 500, 64, halo)


@pytest.mark.parametrize(("tile", "halo"), [(64, 16), (128, 32), (256, 32), (512, 64), (1024, 64)])
def test_the_default_halo_is_32_to_64_pixels_and_a_quarter_at_most(tile, halo):
    assert default_halo_px(tile) == halo


@given(one=WINDOWS, other=WINDOWS)
def test_the_intersection_holds_the_pixels_of_both(one, other):
    def pixels(window):
        return {
            (row, col)
            for row in range(window.row, window.row + window.height)
            for col in range(window.col, window.col + window.width)
        }

    common = one.intersection(other)
    assert (pixels(common) if common else set()) == pixels(one) & pixels(other)
    assert other.intersection(one) == common


def test_a_window_cuts_its_pixels_out_of_an_array():
    array = np.arange(20).reshape(4, 5)
    window = Window(1, 2, 2, 3)
    assert array[window.rows, window.cols].tolist() == [[7, 8, 9], [12, 13, 14]]
    assert window.area == 6


def test_a_window_moves_and_grows():
    assert Window(5, 7, 2, 3).relative_to(Window(4, 4, 9, 9)) == Window(1, 3, 2, 3)
    assert Window(5, 7, 2, 3).grown(2) == Window(3, 5, 6, 7)


def test_the_centre_of_the_first_pixel_is_half_a_pixel_inside():
    transform = GeoTransform(500_000.0, 4_600_000.0, 2.0, -2.0)
    assert transform.to_map(RowCol(0.5, 0.5)) == (500_001.0, 4_599_999.0)


@given(row=st.floats(0, 1e5), col=st.floats(0, 1e5))
def test_a_position_survives_the_way_to_the_map_and_back(row, col):
    transform = GeoTransform(500_000.0, 4_600_000.0, 0.5, -0.5)
    back = transform.to_pixel(*transform.to_map(RowCol(row, col)))
    assert back == pytest.approx((row, col), abs=1e-5)


@pytest.mark.parametrize(("core", "halo"), [(64, 32), (256, 32), (320, 32), (384, 48), (1024, 64)])
def test_a_halo_around_a_core_makes_a_window_that_networks_take(core, halo):
    assert halo_around_px(core) == halo
    assert TileGrid(2000, 3000, core + 2 * halo, halo).core_px == core
