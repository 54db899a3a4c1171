"""Pool, validation and test: apart from each other, and each with every class."""

import dataclasses

import numpy as np
import pytest

from al_core.config import SimulateConfig
from al_core.errors import ConfigError
from al_core.legend import Legend, LegendClass
from al_core.models import OpenImages
from al_core.project import Normalisation
from al_core.simulation.readers import MappedReader
from al_core.simulation.splits import Use, split
from al_core.simulation.world import ImageFacts, World, number_images, world_settings
from al_core.training.chunks import ChunkReader

from .patches import patch_classes

LEGEND = Legend(tuple(LegendClass(value, f"Class {value}", "#000000") for value in range(3)))
SCALING = Normalisation((0.0,), (255.0,), (0.0,), (1.0,))


class SpyReader(MappedReader):
    """Notes which pixels were asked for."""

    def __init__(self, seen):
        super().__init__(np.zeros((1, *seen.shape), np.uint8), None, SCALING)
        self.seen = seen

    def read(self, window):
        inside = window.intersection(self._bounds)
        self.seen[inside.rows, inside.cols] = True
        return super().read(window)


def make_world(tmp_path, *sides, tile=64, halo=16, classes=patch_classes):
    facts = [
        ImageFacts(f"/data/scene{number}.tif", f"scene{number}", *side, "uint8")
        for number, side in enumerate(sides)
    ]
    settings = world_settings(tile, halo, (1,), SCALING)
    images = number_images(facts, settings)
    truth = {image.id: classes(image.height, image.width) for image in images}
    world = World(
        tmp_path,
        images,
        settings,
        legend=LEGEND,
        held_out=np.zeros(len(images), bool),
        valid_px=np.zeros(sum(image.tile_count for image in images), np.int32),
        counts=np.zeros((0, 3), np.int64),
        _truth=truth,
    )
    areas = world.tiles.height * world.tiles.width
    counts = [np.bincount(world.truth(tile).ravel(), minlength=3) for tile in world.tiles.ids]
    return dataclasses.replace(world, valid_px=areas.astype(np.int32), counts=np.array(counts))


def owners(world, image, ids):
    """Return bool (H, W), the core pixels of tiles in an image."""
    record = world.images[image]
    mask = np.zeros((record.height, record.width), bool)
    for tile in ids[world.tiles.image[ids] == image].tolist():
        core = world.tiles.core(tile)
        mask[core.rows, core.cols] = True
    return mask


@pytest.mark.parametrize("sides", [[(384, 384)], [(389, 515)], [(330, 700), (200, 300)]])
@pytest.mark.parametrize("seed", [0, 1])
def test_nothing_that_training_reads_shows_a_test_or_validation_pixel(tmp_path, sides, seed):
    world = make_world(tmp_path, *sides)
    found = split(world, SimulateConfig(), seed)
    seen = [np.zeros((image.height, image.width), bool) for image in world.images]
    inputs = dataclasses.replace(world.inputs, open_reader=lambda image: SpyReader(seen[image.id]))
    with OpenImages(inputs) as images:
        chunks = ChunkReader(dataclasses.replace(world.lesson(found.pool), inputs=inputs), images)
        for tile in found.pool.tolist():
            chunks.read(tile)
            images.read(int(world.tiles.image[tile]), inputs.window(tile))
    held = np.concatenate([found.validation, found.test])
    assert len(np.unique(np.concatenate([found.pool, held]))) == len(found.pool) + len(held)
    for image, pixels in enumerate(seen):
        assert pixels.any()
        assert not (pixels & owners(world, image, held)).any()


def test_a_tile_lies_between_the_pool_and_the_rest(tmp_path):
    world = make_world(tmp_path, (512, 512))
    found = split(world, SimulateConfig(), 0)
    use = found.use.reshape(16, 16)
    for row, col in np.argwhere(use == Use.POOL):
        around = use[max(row - 1, 0) : row + 2, max(col - 1, 0) : col + 2]
        assert not np.isin(around, (Use.TEST, Use.VALIDATION)).any()


def test_every_class_is_in_test_and_validation_if_the_blocks_allow(tmp_path):
    def corners(height, width):
        """A rare class in three places only."""
        classes = patch_classes(height, width) % 2
        for row, col in ((10, 10), (10, width - 20), (height - 20, 10)):
            classes[row : row + 8, col : col + 8] = 2
        return classes

    world = make_world(tmp_path, (640, 640), classes=corners)
    for seed in range(5):
        found = split(world, SimulateConfig(test_share=0.3, validation_share=0.2), seed)
        for ids in (found.test, found.validation, found.pool):
            assert (world.counts[ids].sum(axis=0) > 0).all()


def test_the_same_seed_gives_the_same_split_and_another_one_another(tmp_path):
    world = make_world(tmp_path, (512, 512))
    first, again, other = (split(world, SimulateConfig(), seed).use for seed in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).any()


def test_whole_images_can_be_the_test(tmp_path):
    world = make_world(tmp_path, (384, 384), (300, 300))
    found = split(world, SimulateConfig(test_images=("scene1.tif",)), 0)
    assert set(world.tiles.image[found.test]) == {1}
    assert len(found.test) == world.images[1].tile_count
    assert set(world.tiles.image[found.pool]) == {0}


def test_small_images_are_blocks_of_their_own(tmp_path):
    world = make_world(tmp_path, *[(64, 64)] * 30, tile=64, halo=0)
    found = split(world, SimulateConfig(), 0)
    assert (len(found.test), len(found.validation), len(found.pool)) == (6, 3, 21)


def test_openearthmap_takes_test_and_validation_from_what_was_held_out(tmp_path):
    world = make_world(tmp_path, *[(64, 64)] * 20, tile=64, halo=0)
    held = np.arange(20) >= 14
    found = split(dataclasses.replace(world, held_out=held), SimulateConfig(openearthmap="x"), 0)
    assert (len(found.pool), len(found.validation), len(found.test)) == (14, 3, 3)
    assert held[found.test].all()
    assert held[found.validation].all()


def test_tiles_without_an_answer_are_not_in_the_pool(tmp_path):
    world = make_world(tmp_path, (512, 512))
    counts = world.counts.copy()
    counts[::2] = 0
    found = split(dataclasses.replace(world, counts=counts), SimulateConfig(), 0)
    assert (found.pool % 2 == 1).all()
    assert (found.test % 2 == 1).all()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"test_share": 0.0}, "leave no pool"),
        ({"test_share": 0.7, "validation_share": 0.4}, "leave no pool"),
        ({"test_images": ("moon.tif",)}, "none of the images"),
        ({"test_images": ("scene0.tif",)}, "Every image is a test image"),
    ],
)
def test_shares_and_names_that_make_no_sense_are_refused(tmp_path, options, says):
    world = make_world(tmp_path, (384, 384))
    with pytest.raises(ConfigError, match=says):
        split(world, SimulateConfig(**options), 0)


def test_an_image_that_cannot_be_divided_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="too few to keep pool"):
        split(make_world(tmp_path, (160, 160)), SimulateConfig(), 0)
