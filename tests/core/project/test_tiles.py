import numpy as np
import pytest

from al_core.coords import Window
from al_core.errors import LabelError
from al_core.project.tiles import tile_table


def test_the_table_holds_the_cores_of_the_grid_in_the_order_of_the_images(project):
    assert len(project.tiles) == 24
    for image in project.images:
        grid = project.grid(image.id)
        for index in range(len(grid)):
            assert project.tiles.core(image.first_tile + index) == grid.core(index)
            assert project.tiles.image[image.first_tile + index] == image.id


def test_a_tile_at_the_border_is_cut_to_the_raster(project):
    assert project.tiles.core(19) == Window(96, 128, 4, 22)
    assert project.tiles.shape(19) == (4, 22)


def test_the_columns_have_their_types_and_cannot_be_changed(project):
    tiles = project.tiles
    assert tiles.ids.dtype == np.int64
    for name in ("image", "row", "col", "height", "width", "valid_px"):
        assert getattr(tiles, name).dtype == np.int32
    assert tiles.role.dtype == np.uint8
    with pytest.raises(ValueError, match="read-only"):
        tiles.role[0] = 1


@pytest.mark.parametrize("tile_id", [-1, 24])
def test_a_tile_that_does_not_exist_is_named(project, tile_id):
    with pytest.raises(LabelError, match=f"no tile {tile_id}; the project has the tiles 0 to 23"):
        project.tiles.shape(tile_id)


def test_counts_that_do_not_fit_the_images_are_refused(project):
    counts = np.zeros(5, np.int32)
    with pytest.raises(ValueError, match="24 tiles"):
        tile_table(project.images, project.settings, counts, counts.astype(np.uint8))
