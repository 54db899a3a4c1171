"""What training sees of the labels."""

import numpy as np
import pytest

from al_core.coords import Window
from al_core.errors import TrainingError


def test_validation_tiles_never_enter(scene):
    scene.roles[8] = 1
    data = scene.data((7, 8))
    assert data.labels.ids.tolist() == [7]
    around = data.labels_in(7, Window(16, 16, 64, 96))
    assert (around[16:48, 48:80] == 255).all(), "tile 8 is kept for validation"
    assert (around[16:48, 16:48] < 3).all()


def test_counts_are_those_of_the_masks(scene):
    data = scene.data((9, 7))
    assert data.labels.ids.tolist() == [7, 9]
    for row, tile_id in enumerate(data.labels.ids):
        expected = np.bincount(scene.mask(tile_id).ravel(), minlength=3)
        assert data.labels.counts[row].tolist() == expected.tolist()


def test_a_tile_of_unsure_pixels_alone_is_left_out(scene):
    core = scene.inputs.tiles.core(20)
    scene.truth[core.rows, core.cols] = 254
    assert scene.data((7, 20)).labels.ids.tolist() == [7]


def test_labels_of_neighbours_are_put_together_and_the_rest_is_unlabelled(scene):
    data = scene.data((0, 1, 6))
    window = Window(-8, -8, 80, 80)
    expected = np.full((200, 200), 255, np.uint8)
    expected[8:40, 8:72] = scene.truth[:32, :64]
    expected[40:72, 8:40] = scene.truth[32:64, :32]
    assert np.array_equal(data.labels_in(7, window), expected[:80, :80])


def test_no_labels_are_refused_with_advice(scene):
    with pytest.raises(TrainingError, match=r"no labels to learn from.*Paint"):
        scene.data(()).check()


def test_labels_in_validation_tiles_alone_are_no_labels(scene):
    scene.roles[[7, 8]] = 1
    with pytest.raises(TrainingError, match="not kept for validation"):
        scene.data((7, 8)).check()


def test_labels_of_one_class_are_refused_by_its_name(scene):
    scene.truth[:] = 1
    with pytest.raises(TrainingError, match="Only “Forest” has labels"):
        scene.data().check()


def test_the_snapshot_does_not_follow_later_strokes(scene):
    data = scene.data((7,))
    before = data.labels_in(7, Window(32, 32, 32, 32))
    scene.truth[:] = 2
    assert np.array_equal(data.labels_in(7, Window(32, 32, 32, 32)), before)
