"""Tiles of about one size become a world; others are refused."""

import numpy as np
import pytest

from al_core.config import Recipe, SimulateConfig, Task
from al_core.coords import Window
from al_core.errors import ConfigError, RasterError
from al_core.progress import Silent
from al_core.simulation.tile_reading import (
    MEASURED,
    collect_tiles,
    draft_tiles,
    tiles_fingerprint,
    write_tiles,
)
from al_core.simulation.tile_sources import find_tiles
from al_core.simulation.world import World

from .tiles import make_class_folders, make_tiles, tile_pixels, write_tile


def settings(folder, **changes):
    options = {"task": Task.SCENE, "images_folder": str(folder), "tile_size_px": 0}
    return SimulateConfig(**{**options, **changes})


def collected(folder, **changes):
    config = settings(folder, **changes)
    return collect_tiles(config, find_tiles(config), Silent())


def written(folder, out, **changes):
    config = settings(folder, **changes)
    found = collect_tiles(config, find_tiles(config), Silent())
    return write_tiles(draft_tiles(found, config, out), found, Silent())


def test_a_world_of_tiles_is_read_back_as_it_was(tmp_path):
    tiles = make_tiles(tmp_path / "data", per_scene=3, side=64)
    config = tiles.config(Task.MULTILABEL)
    found = collect_tiles(config, find_tiles(config), Silent())
    draft = draft_tiles(found, config, tmp_path / "cache")
    world = write_tiles(draft, found, Silent())
    assert world.task is Task.MULTILABEL
    assert (world.tile_px, len(world.tiles), world.settings.halo_px) == (1, 9, 0)
    np.testing.assert_array_equal(world.counts, draft.counts)
    np.testing.assert_array_equal(world.counts[:3], [[1, 0, 0], [1, 0, 1], [0, 0, 0]])
    np.testing.assert_array_equal(world.valid_px, np.full(9, 64 * 64))
    pixels = world.pixels_in(0, Window(0, 0, 64, 64))
    np.testing.assert_array_equal(pixels, tile_pixels([2], 6, 64))
    assert World.load(tmp_path / "cache").settings == world.settings


@pytest.mark.parametrize(
    ("side", "asked", "becomes"),
    [(64, 0, 64), (16, 0, 64), (100, 0, 96), (120, 0, 128), (64, 96, 96)],
)
def test_the_size_is_the_one_asked_for_or_near_that_of_most(tmp_path, side, asked, becomes):
    make_class_folders(tmp_path / "data", per_class=2, side=side)
    found = collected(tmp_path / "data", tile_size_px=asked)
    assert found.side == becomes
    was = f"6 of 6 tiles were resized to {becomes} × {becomes} px; they were {side} × {side} px."
    assert found.notes == (() if side == becomes else (was,))


def test_tiles_of_slightly_different_size_are_resized_and_said_so(tmp_path):
    make_class_folders(tmp_path / "data", per_class=3, side=64)
    write_tile(tmp_path / "data/harbor/small.png", tile_pixels([1], 0, 70)[:, :61])
    write_tile(tmp_path / "data/harbor/wide.png", tile_pixels([1], 0, 65))
    world = written(tmp_path / "data", tmp_path / "cache")
    assert {(image.height, image.width) for image in world.images} == {(64, 64)}
    assert world.notes == (
        "2 of 11 tiles were resized to 64 × 64 px; they were 70 × 61 to 65 × 65 px.",
    )


def test_a_tile_of_very_different_size_is_named(tmp_path):
    make_class_folders(tmp_path / "data", per_class=3, side=64)
    write_tile(tmp_path / "data/harbor/huge.png", tile_pixels([1], 0, 100))
    with pytest.raises(RasterError, match=r"“huge.png” is 100 × 100 px, but most tiles are 64"):
        collected(tmp_path / "data")


@pytest.mark.parametrize("side", [40, 70])
def test_an_impossible_tile_size_is_refused(tmp_path, side):
    make_class_folders(tmp_path / "data", per_class=1, side=64)
    with pytest.raises(ConfigError, match=f"The tile size is {side} px; choose a multiple of 32"):
        collected(tmp_path / "data", tile_size_px=side)


def test_thirteen_bands_are_read(tmp_path):
    make_class_folders(tmp_path / "data", per_class=2, suffix=".tif", bands=13, side=64)
    world = written(tmp_path / "data", tmp_path / "cache")
    assert world.settings.bands == tuple(range(1, 14))
    assert world.pixels_in(5, Window(0, 0, 64, 64)).shape == (13, 64, 64)
    three = written(tmp_path / "data", tmp_path / "three", bands=(4, 3, 2))
    assert three.settings.bands == (4, 3, 2)


def test_tiles_with_other_bands_are_refused(tmp_path):
    make_class_folders(tmp_path / "data", per_class=2, side=64)
    write_tile(tmp_path / "data/harbor/multi.tif", tile_pixels([1], 0, 64, bands=5))
    with pytest.raises(RasterError, match="multi” has 5 band"):
        collected(tmp_path / "data")


def test_a_file_that_is_no_image_is_refused(tmp_path):
    make_class_folders(tmp_path / "data", per_class=2, side=64)
    (tmp_path / "data/harbor/broken.jpg").write_text("no image")
    with pytest.raises(RasterError, match=r"broken.jpg is not a raster"):
        collected(tmp_path / "data")


def test_the_papers_recipes_scale_photographs_as_imagenet(tmp_path):
    make_class_folders(tmp_path / "data", per_class=2, side=64)
    own = collected(tmp_path / "data").scaling
    papers = collected(tmp_path / "data", recipe=Recipe.MCFPS).scaling
    assert papers.mean == (0.485, 0.456, 0.406)
    assert own.mean != papers.mean


def test_the_scaling_looks_at_some_tiles_of_many(tmp_path, monkeypatch):
    make_class_folders(tmp_path / "data", per_class=3, side=64)
    monkeypatch.setattr("al_core.simulation.tile_reading.MEASURED", 4)
    looked = []
    before = __import__("al_core.geo.normalise", fromlist=["measure"]).measure

    def measure(sources, *rest):
        looked.extend(sources)
        return before(sources, *rest)

    monkeypatch.setattr("al_core.simulation.tile_reading.normalise.measure", measure)
    collected(tmp_path / "data")
    assert len(looked) == 4 < MEASURED


def test_nodata_of_a_tile_counts_as_no_data(tmp_path):
    make_class_folders(tmp_path / "data", per_class=1, suffix=".tif", side=64)
    pixels = tile_pixels([1], 0, 64)
    pixels[:, :32] = 0
    pixels[:, 32:] = np.maximum(pixels[:, 32:], 1)
    from ..lands import write_raster

    write_raster(tmp_path / "data/harbor/half.tif", pixels, nodata=0)
    world = written(tmp_path / "data", tmp_path / "cache")
    half = next(image.id for image in world.images if image.name == "half")
    assert world.valid_px[half] == 31 * 64  # less the pixels that touch nodata


def test_a_changed_tile_or_table_changes_the_fingerprint(tmp_path):
    tiles = make_tiles(tmp_path / "data", per_scene=2)
    config = tiles.config()
    sources = find_tiles(config)
    first = tiles_fingerprint(sources, config.table)
    assert first == tiles_fingerprint(find_tiles(config), config.table)
    tiles.table.write_text(tiles.table.read_text() + "\n")
    second = tiles_fingerprint(sources, config.table)
    write_tile(sources.paths[0], tile_pixels([0, 1, 2], 9, 33))
    assert len({first, second, tiles_fingerprint(sources, config.table)}) == 3
