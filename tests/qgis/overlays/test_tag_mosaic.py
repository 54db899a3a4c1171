import numpy as np
import pytest
from landloop.al_core.config import Task
from landloop.al_core.coords import TileGrid, Window
from landloop.al_core.legend import UNSURE
from landloop.al_core.scoring import TagPredictions
from landloop.plugin.overlays import tag_mosaic
from landloop.plugin.overlays.mosaic import BlockKey
from landloop.plugin.overlays.tag_mosaic import BORDER, FILL, MARK, TagMosaic, color_table
from landloop.plugin.overlays.tile_states import Outlook, TileStates

COLORS = [(0, 0, 255), (0, 255, 0), (255, 0, 0)]
TABLE = color_table(COLORS)
FIRST = 100  # the image's first tile


@pytest.fixture
def grid():
    return TileGrid(6 * 64, 8 * 64 - 10, 64, 0)  # the last column is cut


@pytest.fixture
def states():
    return TileStates(FIRST + 48, 3, Task.MULTILABEL)


@pytest.fixture
def mosaic(grid, states):
    return TagMosaic(grid, FIRST, states, TABLE)


def cell_of(mosaic, tile, cell=8):
    key = BlockKey(cell, 0, 0)
    mosaic.draw(key)
    row, col = divmod(tile, 8)
    return mosaic.picture(key)[row * cell : (row + 1) * cell, col * cell : (col + 1) * cell]


def test_a_tagged_tile_is_filled_and_framed_in_the_colour_of_its_class(mosaic, states):
    states.change({FIRST + 9: np.array([0, 1, 0], dtype=np.uint8)})
    cell = cell_of(mosaic, 9)
    assert set(np.unique(cell)) == {TABLE[BORDER, 1], TABLE[FILL, 1]}
    assert cell[0, 0] == TABLE[BORDER, 1]
    assert cell[4, 4] == TABLE[FILL, 1]
    assert not cell_of(mosaic, 10).any()


def test_a_tile_of_two_classes_is_split(mosaic, states):
    states.change({FIRST + 9: np.array([1, 0, 1], dtype=np.uint8)})
    cell = cell_of(mosaic, 9)
    assert cell[4, 2] == TABLE[FILL, 0]
    assert cell[4, 5] == TABLE[FILL, 2]


def test_a_prediction_is_striped_and_can_be_left_out(mosaic, states):
    found = TagPredictions([FIRST + 9], [[0.1, 0.9, 0.1]], [0.5], np.zeros((1, 0)))
    states.set_outlook(Outlook.of(found, len(states), states.task))
    assert len(np.unique(cell_of(mosaic, 9))) == 2
    mosaic.show_predictions(False)
    assert mosaic.stale([BlockKey(8, 0, 0)])
    assert not cell_of(mosaic, 9).any()


def test_unsure_none_and_selected_look_different(mosaic, states):
    states.change(
        {
            FIRST + 1: np.full(3, UNSURE, dtype=np.uint8),
            FIRST + 2: np.zeros(3, dtype=np.uint8),
            FIRST + 3: np.array([1, 0, 0], dtype=np.uint8),
        }
    )
    marked = np.zeros(48, dtype=bool)
    marked[3] = True
    mosaic.mark(marked)
    looks = {cell_of(mosaic, tile).tobytes() for tile in (0, 1, 2, 3)}
    assert len(looks) == 4
    assert cell_of(mosaic, 3)[0, 3] == TABLE[MARK, 0]


def test_only_the_blocks_of_changed_tiles_are_drawn_again(monkeypatch, grid, states):
    monkeypatch.setattr(tag_mosaic, "BLOCK_PX", 16)  # blocks of two by two cells of 8 px
    mosaic = TagMosaic(grid, FIRST, states, TABLE)
    keys = mosaic.keys_in(8, Window(0, 0, grid.height, grid.width))
    assert len(keys) == 3 * 4
    for key in keys:
        mosaic.draw(key)
    mosaic.touch(np.array([9, 47]))
    assert mosaic.stale(keys) == [BlockKey(8, 0, 0), BlockKey(8, 2, 3)]


def test_the_cells_are_no_larger_than_the_tiles_on_screen(mosaic):
    assert [mosaic.cell_for(px) for px in (0.2, 1.5, 7.9, 8, 500)] == [1, 1, 4, 8, 64]


def test_cells_without_room_for_a_frame_are_plain(mosaic, states):
    states.change({FIRST + 9: np.array([0, 1, 0], dtype=np.uint8)})
    assert len(np.unique(cell_of(mosaic, 9, cell=1))) == 1
