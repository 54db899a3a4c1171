"""A scan counts each unlabelled valid core pixel once, whatever the batch."""

import numpy as np
import pytest

from al_core.errors import Cancelled
from al_core.inference import predict_tiles, scan_tiles
from al_core.progress import Silent

COLUMNS = ("sum_entropy", "sum_entropy_p", "sum_p", "sum_margin", "sum_least_confidence")


def unlabelled(scene):
    def read(tile_id):
        core = scene.inputs.tiles.core(tile_id)
        return np.full((core.height, core.width), 255, np.uint8)

    return read


def test_the_batch_size_does_not_matter(scene, by_network, silent):
    ids = scene.inputs.tiles.ids[:11]
    one, eight = (
        scan_tiles(by_network, scene.inputs, ids, unlabelled(scene), size, silent)
        for size in (1, 8)
    )
    assert np.array_equal(one.n, eight.n)
    for name in COLUMNS:
        ours, theirs = getattr(one, name), getattr(eight, name)
        assert np.allclose(ours, theirs, rtol=1e-5, atol=1e-5 * one.n.max()), name
    assert np.allclose(one.top20_entropy, eight.top20_entropy, atol=1e-5)
    assert np.allclose(one.features, eight.features, atol=2e-3)
    assert one.features.shape == (11, 1280)


def test_every_pixel_counts_in_one_tile(scene, by_pixel, silent):
    statistics = scan_tiles(
        by_pixel, scene.inputs, scene.inputs.tiles.ids, unlabelled(scene), 4, silent
    )
    assert statistics.n.sum() == scene.valid.size
    p = 1 / (1 + np.exp(-2 * scene.pixels[0].astype(float)))
    assert statistics.sum_p[:, 0].sum() == pytest.approx(p.sum(), rel=1e-5)
    assert statistics.histogram[:, 0].sum() == (p > 0.5).sum()
    assert statistics.model_hash == "abc"
    assert np.array_equal(statistics.tile_ids, scene.inputs.tiles.ids)


def test_labelled_unsure_and_invalid_pixels_do_not_count(scene, by_pixel, silent):
    core = scene.inputs.tiles.core(8)
    scene.valid[core.row, core.col : core.col + 5] = False

    def read(tile_id):
        mask = unlabelled(scene)(tile_id)
        mask[1, :3] = 1
        mask[2, :2] = 254
        return mask

    statistics = scan_tiles(by_pixel, scene.inputs, np.array([8]), read, 1, silent)
    assert statistics.n.tolist() == [32 * 32 - 10]


def test_a_tile_that_is_labelled_throughout_has_no_pixels(scene, by_pixel, silent):
    statistics = scan_tiles(
        by_pixel, scene.inputs, np.array([3]), lambda tile: np.zeros((32, 32), np.uint8), 1, silent
    )
    assert (statistics.n[0], statistics.sum_entropy[0]) == (0, 0)


def test_no_tiles_give_no_rows(scene, by_pixel, silent):
    nothing = np.array([], dtype=np.int64)
    statistics = scan_tiles(by_pixel, scene.inputs, nothing, unlabelled(scene), 1, silent)
    assert len(statistics) == 0
    assert statistics.classes == 2


class Stop(Silent):
    left = 3

    def is_cancelled(self):
        self.left -= 1
        return self.left < 0


def test_a_scan_can_be_cancelled_at_every_batch(scene, by_pixel):
    stop = Stop()
    with pytest.raises(Cancelled):
        scan_tiles(by_pixel, scene.inputs, scene.inputs.tiles.ids, unlabelled(scene), 1, stop)
    assert stop.left == -1


def test_predicted_tiles_are_the_classes_of_their_cores(scene, by_pixel, silent):
    scene.valid[:3, :3] = False
    scene.pixels[:, :3, :3] = 0
    found = np.full(scene.valid.shape, 77, np.uint8)
    ids = scene.inputs.tiles.ids[::-1]
    for tile_id, classes in predict_tiles(by_pixel, scene.inputs, ids, 8, silent):
        core = scene.inputs.tiles.core(tile_id)
        found[core.rows, core.cols] = classes
    assert (found[:3, :3] == 255).all()
    assert np.array_equal(found[scene.valid], (scene.pixels[0] < 0)[scene.valid])
