"""Water runs down, and roads go where it is cheap."""

import numpy as np
import pytest

from al_core.simulation.landscape.lines import imprint, line_through, resampled, smoothed, spread
from al_core.simulation.landscape.terrain import _drain, make_terrain


def test_the_cheapest_way_goes_around_a_wall():
    wall = {(row, 3) for row in range(6)}  # open at row 6

    def price(paid, at, to):
        return paid + (1000 if to in wall else 1)

    path = spread(7, [((0, 0), 0.0)], price).path_from((0, 6))
    assert path[0] == (0, 6)
    assert path[-1] == (0, 0)
    assert (6, 3) in path
    assert not wall & set(path)


def test_from_everywhere_water_finds_a_way_down_to_the_border():
    land = np.random.default_rng(0).random((32, 32)) * 10
    drained = _drain(land)
    assert len(drained.order) == land.size
    assert (drained.price >= land).all()
    for cell, parent in drained.parent.items():
        assert drained.price[parent] <= drained.price[cell]
    row, col = drained.path_from((10, 10))[-1]
    assert row == 31 or col in (0, 31)


@pytest.mark.parametrize("seed", range(3))
def test_a_river_enters_above_and_passes_through_the_lake(seed):
    terrain = make_terrain(512, np.random.default_rng(seed))
    assert terrain.water[:8].any()
    assert 0.01 < terrain.lake.mean() < 0.08
    assert (terrain.lake & (terrain.river < 0)).any()
    assert terrain.height.min() == 0


def test_smoothing_keeps_a_straight_line_and_its_ends():
    line = np.stack([np.arange(20.0), 2 * np.arange(20.0)], axis=1)
    np.testing.assert_allclose(smoothed(line, 3), line, atol=1e-9)


def test_resampling_gives_even_steps():
    corner = np.array([[0.0, 0.0], [0.0, 10.0], [10.0, 10.0]])
    line = resampled(corner, 2)
    assert len(line) == 11
    np.testing.assert_allclose(np.hypot(*np.diff(line, axis=0).T), 2)


def test_a_line_through_cells_starts_and_ends_in_their_centres():
    line = line_through([(0, 0), (1, 1), (2, 2), (3, 2)], 8, 1.5)
    np.testing.assert_allclose(line[[0, -1]], [[4, 4], [28, 20]], atol=1e-9)


def test_an_imprint_is_the_distance_from_the_edge_also_across_the_border():
    field = np.full((20, 20), 100, np.float32)
    line = np.stack([np.full(30, 5.0), np.arange(-5, 25.0)], axis=1)
    imprint(field, line, 2.0, 6)
    assert field[5, 10] == -2
    assert field[9, 0] == pytest.approx(2)
    assert field[15, 10] == 100
