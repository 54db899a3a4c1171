"""Validation over labelled tiles: confusion, by tile too, and an honest temperature."""

import numpy as np
import pytest
import torch

from al_core.inference import Forward, predict_tiles, validate
from al_core.inference import validation as module
from al_core.scoring import expected_calibration_error

from .conftest import PixelNetwork


@pytest.fixture
def labels(scene):
    """Class 0 where a coin whose odds are those of the network falls so; a few are silent."""
    rng = np.random.default_rng(5)
    p = 1 / (1 + np.exp(-2 * scene.pixels[0]))
    classes = (rng.random(p.shape) > p).astype(np.uint8)
    classes[::7] = 255
    classes[:, ::9] = 254
    scene.labels = classes

    def read(tile_id):
        core = scene.inputs.tiles.core(tile_id)
        return classes[core.rows, core.cols]

    return read


@pytest.fixture
def sharper():
    """A network that is three times as sure as it should be."""

    class Sure(PixelNetwork):
        def forward_with_features(self, pixels):
            logits, features = super().forward_with_features(pixels)
            return 3 * logits, features

    return Forward(Sure(), torch.device("cpu"))


def test_the_confusion_counts_every_labelled_pixel_with_data(scene, by_pixel, labels, silent):
    scene.valid[3:9, 40:60] = False
    ids = scene.inputs.tiles.ids[::-1]
    found = validate(by_pixel, scene.inputs, ids, labels, 8, silent)
    known = (scene.labels < 2) & scene.valid
    expected = np.zeros((2, 2), int)
    np.add.at(expected, (scene.labels[known], (scene.pixels[0] < 0)[known].astype(int)), 1)
    assert np.array_equal(found.confusion, expected)
    assert found.confusion.dtype == found.tile_confusions.dtype == np.int64
    assert np.array_equal(found.tile_confusions.sum(axis=0), expected)


def test_the_confusion_of_a_tile_is_that_of_its_prediction(scene, by_network, labels, silent):
    ids = np.array([7, 2, 24])
    found = validate(by_network, scene.inputs, ids, labels, 2, silent)
    for place, (tile, classes) in enumerate(
        predict_tiles(by_network, scene.inputs, ids, 2, silent)
    ):
        truth = labels(tile)
        for a in range(3):
            for b in range(3):
                count = ((truth == a) & (classes == b)).sum()
                assert found.tile_confusions[place, a, b] == count


def test_a_network_that_is_too_sure_is_cooled(scene, sharper, by_pixel, labels, silent):
    ids = scene.inputs.tiles.ids
    found = validate(sharper, scene.inputs, ids, labels, 8, silent)
    assert found.temperature == pytest.approx(3.0, rel=0.1)
    assert found.ece < 0.02 < found.ece_before
    honest = validate(by_pixel, scene.inputs, ids, labels, 8, silent)
    assert honest.temperature == pytest.approx(1.0, rel=0.1)


def test_the_bins_hold_every_sampled_pixel(scene, by_pixel, labels, silent):
    found = validate(by_pixel, scene.inputs, scene.inputs.tiles.ids, labels, 8, silent)
    assert sum(pixels for _, _, pixels in found.bins) == found.confusion.sum()
    confidences = [confidence for confidence, _, _ in found.bins]
    assert confidences == sorted(confidences)
    assert confidences[0] >= 0.5


def test_the_batch_size_does_not_matter(scene, by_network, labels, silent, monkeypatch):
    monkeypatch.setattr(module, "SAMPLED_PX", 2000)
    one, eight = (
        validate(by_network, scene.inputs, scene.inputs.tiles.ids, labels, size, silent)
        for size in (1, 8)
    )
    assert np.array_equal(one.tile_confusions, eight.tile_confusions)
    assert one.temperature == pytest.approx(eight.temperature, rel=1e-4)
    assert one.ece == pytest.approx(eight.ece, abs=1e-3)
    assert 0 < sum(pixels for _, _, pixels in one.bins) <= 2000


@pytest.mark.parametrize("count", [0, 3])
def test_without_labels_nothing_is_known(scene, by_pixel, silent, count):
    ids = scene.inputs.tiles.ids[:count]
    found = validate(
        by_pixel, scene.inputs, ids, lambda _: np.full((32, 32), 255, np.uint8), 8, silent
    )
    assert found.tile_confusions.shape == (count, 2, 2)
    assert (found.confusion.sum(), found.temperature, found.bins) == (0, 1.0, ())
    assert np.isnan(found.ece)


def test_the_error_of_the_confidence_is_that_of_all_pixels(scene, by_pixel, labels, silent):
    found = validate(by_pixel, scene.inputs, scene.inputs.tiles.ids, labels, 8, silent)
    known = scene.labels < 2
    p = 1 / (1 + np.exp(-2 * scene.pixels[0].astype(float)))
    right = (p < 0.5) == scene.labels
    expected = expected_calibration_error(np.maximum(p, 1 - p)[known], right[known])
    assert found.ece_before == pytest.approx(expected, abs=1e-5)
