"""Starting a project."""

import numpy as np
import pytest

from al_core import jobs
from al_core.config import InitConfig, Task
from al_core.errors import Cancelled, RasterError
from al_core.jobs.pool import eligible_ids
from al_core.legend import Legend
from al_core.project import Access, Project, Role

from ..lands import TILE_PX, land_classes, land_pixels, write_raster
from .areas import CancelAt, make


def test_tiles_of_several_images_are_numbered_one_after_the_other(tmp_path, land):
    other = write_raster(tmp_path / "other.tif", land_pixels(land_classes())[:, :64])
    told = make(tmp_path / "p", land, images=(str(land.image), str(other)))
    assert (told.tiles, told.images, told.warnings) == (35, 2, ())
    with Project.open(tmp_path / "p", Access.SHARED) as project:
        assert [image.first_tile for image in project.images] == [0, 25]


def test_validation_tiles_are_drawn_by_the_seed_from_tiles_with_data(tmp_path, land):
    pixels = land_pixels(land_classes())
    pixels[:, :, :64] = 0
    holed = write_raster(tmp_path / "holed.tif", pixels, nodata=0)
    drawn = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make(tmp_path / name, land, images=(str(holed),), seed=seed)
        with Project.open(tmp_path / name, Access.SHARED) as project:
            chosen = np.flatnonzero(project.tiles.role == Role.VALIDATION)
            assert (project.tiles.valid_px[chosen] >= 0.3 * 32**2).all()
            drawn.append(chosen.tolist())
    assert drawn[0] == drawn[1] != drawn[2]


def test_there_is_always_a_validation_tile_and_a_pool_tile(tmp_path, land):
    assert make(tmp_path / "few", land, validation_share=0.001).validation_tiles == 1
    assert make(tmp_path / "many", land, validation_share=0.999).validation_tiles == 24


def test_images_of_different_resolution_are_accepted_with_a_warning(tmp_path, land):
    from rasterio.transform import from_origin

    fine = write_raster(
        tmp_path / "fine.tif",
        land_pixels(land_classes()),
        transform=from_origin(500_000, 5_500_000, 2, 2),
    )
    told = make(tmp_path / "p", land, images=(str(land.image), str(fine)))
    assert "pixels of 2 map units" in told.warnings[0]


def bad_raster(folder, kind):
    from rasterio.transform import Affine

    pixels = land_pixels(land_classes())
    changes = {
        "no CRS": {"crs": None},
        "rotated": {"transform": Affine(10, 2, 500_000, 2, -10, 5_600_000)},
        "empty": {"nodata": 7},
    }
    pixels = np.full_like(pixels, 7) if kind == "empty" else pixels
    return write_raster(folder / "bad.tif", pixels, **changes[kind])


@pytest.mark.parametrize(
    ("kind", "says"),
    [("no CRS", "coordinate reference system"), ("rotated", "rotated"), ("empty", "valid pixel")],
)
def test_a_raster_that_cannot_be_used_is_refused_and_nothing_is_made(tmp_path, land, kind, says):
    with pytest.raises(RasterError, match=says):
        make(tmp_path / "p", land, images=(str(bad_raster(tmp_path, kind)),))
    assert not (tmp_path / "p").exists()


def test_images_with_different_bands_are_refused(tmp_path, land):
    other = write_raster(tmp_path / "other.tif", land_pixels(land_classes())[:2])
    with pytest.raises(RasterError, match="2 band"):
        make(tmp_path / "p", land, images=(str(land.image), str(other)))
    with pytest.raises(RasterError, match="twice"):
        make(tmp_path / "p", land, images=(str(land.image), str(land.image)))


def test_a_cancelled_init_leaves_nothing(tmp_path, land):
    config = InitConfig((str(land.image),), tile_size_px=TILE_PX)
    for words in ("Looking", "Measuring"):
        with pytest.raises(Cancelled):
            jobs.create_project(
                tmp_path / "p", Legend.from_csv(land.legend), config, CancelAt(words)
            )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["land"]


@pytest.mark.parametrize("task", [Task.SCENE, Task.MULTILABEL])
def test_tiles_that_are_tagged_have_no_halo_and_half_a_tile_at_the_edge_is_enough(
    tmp_path, land, task
):
    """3 × 3 tiles of 64 px over 160 px: those at the edge are halves, the corner is a quarter."""
    told = make(tmp_path / "p", land, task=task)
    with Project.open(tmp_path / "p", Access.SHARED) as project:
        assert project.settings.task is task
        assert project.settings.halo_px == 0
        assert project.tiles.height.tolist() == [64, 64, 64, 64, 64, 64, 32, 32, 32]
        assert project.tiles.valid_px[[0, 2, 8]].tolist() == [64 * 64, 64 * 32, 32 * 32]
        usable = np.union1d(
            eligible_ids(project), np.flatnonzero(project.tiles.role == Role.VALIDATION)
        )
        assert usable.tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert told.tiles == 9


def test_without_a_word_about_the_task_pixels_are_painted(tmp_path, land):
    make(tmp_path / "p", land)
    with Project.open(tmp_path / "p", Access.SHARED) as project:
        assert project.settings.task is Task.SEGMENTATION
        assert project.settings.halo_px == 16
