"""Pool, validation and test of loose tiles, and pools from which tiles were removed."""

import numpy as np
import pytest

from al_core.config import Balance, SimulateConfig, Task
from al_core.errors import ConfigError
from al_core.legend import Legend, LegendClass
from al_core.project import Normalisation
from al_core.simulation.splits import Use
from al_core.simulation.tile_splits import MOST_REMOVED, split_tiles
from al_core.simulation.world import ImageFacts, World, number_images, world_settings

SCALING = Normalisation((0.0,), (255.0,), (0.0,), (1.0,))
UNBALANCED = {"balance": Balance.UNBALANCED}


def make_world(counts, task=Task.SCENE):
    """Return a world of 64 px tiles without any pixels."""
    counts = np.asarray(counts, np.int64)
    settings = world_settings(64, 0, (1,), SCALING, task)
    facts = [ImageFacts(f"/data/t{n}.png", f"t{n}", 64, 64, "uint8") for n in range(len(counts))]
    legend = Legend(tuple(LegendClass(k, f"C{k}", "#000000") for k in range(counts.shape[1])))
    return World(
        None,
        number_images(facts, settings),
        settings,
        legend,
        held_out=np.zeros(len(counts), bool),
        valid_px=np.full(len(counts), 64 * 64, np.int32),
        counts=counts,
    )


def scenes(*sizes):
    return make_world(np.repeat(np.eye(len(sizes)), sizes, axis=0))


def tags(tiles=200, seed=0):
    rng = np.random.default_rng(seed)
    shown = rng.random((tiles, 4)) < [0.6, 0.4, 0.2, 0.05]
    shown[:5] = False
    return make_world(shown, Task.MULTILABEL)


def config(**changes):
    return SimulateConfig(**{"test_share": 0.25, "validation_share": 0.25, **changes})


def test_every_tile_has_one_use_and_the_shares_are_those_asked_for():
    world = tags()
    found = split_tiles(world, config(), 3, 0)
    assert [len(ids) for ids in (found.test, found.validation, found.pool)] == [50, 50, 100]
    together = np.concatenate([found.test, found.validation, found.pool])
    np.testing.assert_array_equal(np.sort(together), np.arange(200))


def test_scenes_are_divided_class_by_class():
    world = scenes(20, 40, 12)
    found = split_tiles(world, config(), 0, 0)
    for ids in (found.test, found.validation):
        np.testing.assert_array_equal(world.counts[ids].sum(axis=0), [5, 10, 3])
    np.testing.assert_array_equal(world.counts[found.pool].sum(axis=0), [10, 20, 6])


def test_every_tag_is_in_every_part_if_three_tiles_show_it():
    counts = np.zeros((60, 3))
    counts[:, 0] = np.arange(60) % 2
    counts[:3, 1] = 1
    counts[7, 2] = 1
    world = make_world(counts, Task.MULTILABEL)
    for seed in range(5):
        found = split_tiles(world, config(), seed, 0)
        for ids in (found.test, found.validation, found.pool):
            assert (world.counts[ids].sum(axis=0)[:2] > 0).all()


def test_tiles_without_any_class_are_used_like_others():
    found = split_tiles(tags(), config(), 0, 0)
    assert (np.isin(np.arange(5), np.concatenate([found.pool, found.validation, found.test]))).all()


def test_the_same_seed_gives_the_same_split_and_another_one_another():
    world = tags()
    first, again, other = (split_tiles(world, config(), seed, 0).use for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_an_unbalanced_pool_lacks_up_to_four_fifths_of_each_class():
    world = scenes(*[40] * 12)
    whole = world.counts[split_tiles(world, config(), 0, 0).pool].sum(axis=0)
    left = [
        world.counts[split_tiles(world, config(**UNBALANCED), 0, variant).pool].sum(axis=0)
        for variant in range(8)
    ]
    shares = np.array(left) / whole
    assert (shares >= 1 - MOST_REMOVED).all()
    assert shares.min() < 0.3
    assert shares.max() > 0.9
    assert abs(shares.mean() - 0.6) < 0.08  # half of 0 to 80 % is missing
    assert len({tuple(row) for row in np.array(left)}) == 8


def test_test_and_validation_do_not_depend_on_the_variant():
    world = scenes(*[20] * 5)
    plain = split_tiles(world, config(), 0, 0)
    for variant in (0, 1):
        found = split_tiles(world, config(**UNBALANCED), 0, variant)
        np.testing.assert_array_equal(found.test, plain.test)
        np.testing.assert_array_equal(found.validation, plain.validation)
        assert set(found.pool) < set(plain.pool)
        removed = np.setdiff1d(plain.pool, found.pool)
        assert (found.use[removed] == Use.BUFFER).all()


def test_a_fifth_of_every_tag_stays_in_an_unbalanced_pool():
    world = tags(400)
    whole = world.counts[split_tiles(world, config(), 0, 0).pool].sum(axis=0)
    for variant in range(6):
        pool = split_tiles(world, config(**UNBALANCED), 0, variant).pool
        assert (world.counts[pool].sum(axis=0) >= (1 - MOST_REMOVED) * whole - 1).all()


def test_a_part_of_pool_and_validation_can_be_kept():
    found = split_tiles(tags(), config(pool_tiles=30, validation_tiles=10), 0, 0)
    assert (len(found.pool), len(found.validation), len(found.test)) == (30, 10, 50)


def test_named_tiles_are_the_test():
    found = split_tiles(tags(), config(test_images=("t7", "t9")), 0, 0)
    assert found.test.tolist() == [7, 9]


def test_tiles_without_data_are_for_nothing():
    world = tags()
    world.valid_px[:20] = 0
    found = split_tiles(world, config(), 0, 0)
    assert len(found.pool) + len(found.validation) + len(found.test) == 180


@pytest.mark.parametrize(
    ("world", "options", "says"),
    [
        (scenes(4, 4), {"test_share": 0.8, "validation_share": 0.3}, "leave no pool"),
        (scenes(2, 1), {"test_share": 0.1, "validation_share": 0.5}, "left for the test"),
        (scenes(4, 4), {"test_images": ("moon",)}, "none of the images"),
    ],
)
def test_shares_and_names_that_make_no_sense_are_refused(world, options, says):
    with pytest.raises(ConfigError, match=says):
        split_tiles(world, config(**options), 0, 0)
