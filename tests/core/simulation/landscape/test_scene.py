"""The demo landscape: complete, repeatable, and not to be told apart by colour."""

import numpy as np
import pytest

from al_core.errors import ConfigError
from al_core.simulation.landscape import MIN_SIZE_PX, landscape
from al_core.simulation.landscape.noise import box_mean

RARE = {"Built-up", "Bare ground"}
BINS = 32
BLOCK_PX = 128


@pytest.fixture(scope="module")
def scene():
    return landscape(1024, seed=0)


def shares(scene):
    counts = np.bincount(scene.labels.ravel(), minlength=256)
    return {entry.name: counts[entry.value] / scene.labels.size for entry in scene.legend}


def halves(scene):
    """Training and test pixels: the blocks of a chessboard."""
    block = np.arange(len(scene.labels)) // BLOCK_PX
    training = np.add.outer(block, block) % 2 == 0
    return training, ~training


def thinned(where):
    """Every fifth pixel of a mask: enough, and five times as fast."""
    return np.flatnonzero(where)[::5]


def balanced_accuracy(predicted, truth):
    return np.mean([(predicted[truth == value] == value).mean() for value in np.unique(truth)])


def by_colour(scene):
    """Test the most likely class of each colour, as counted in a 3-D histogram."""
    training, test = halves(scene)
    bins = scene.rgb.astype(int) * BINS // 256
    colour = (bins[0] * BINS + bins[1]) * BINS + bins[2]
    counts = np.stack(
        [
            np.bincount(colour[training & (scene.labels == entry.value)], minlength=BINS**3)
            for entry in scene.legend
        ]
    )
    likelihood = (counts + 1e-3) / counts.sum(axis=1, keepdims=True)
    predicted = scene.legend.values[likelihood.argmax(axis=0)][colour]
    return balanced_accuracy(predicted[test], scene.labels[test])


def gaussian_classes(scene, features):
    """Test a Gaussian a class over the features (F, H, W)."""
    features = features.reshape(len(features), -1)
    training, test = halves(scene)
    tested = thinned(test)
    scores = []
    for entry in scene.legend:
        known = features[:, thinned(training & (scene.labels == entry.value))]
        spread = np.cov(known) + 1e-4 * np.eye(len(features))
        offset = features[:, tested] - known.mean(axis=1, keepdims=True)
        distance = (offset * np.linalg.solve(spread, offset)).sum(axis=0)
        scores.append(-distance - np.linalg.slogdet(spread)[1])
    predicted = scene.legend.values[np.argmax(scores, axis=0)]
    return balanced_accuracy(predicted, scene.labels.ravel()[tested])


def textures(scene):
    """Colour, and how grey values vary around each pixel and along which direction."""
    rgb = scene.rgb.astype(np.float32)
    grey = rgb.mean(axis=0)
    maps = [*rgb]
    for radius in (2, 5, 12):
        mean = box_mean(grey, radius)
        maps += [mean, np.log1p(np.maximum(box_mean(grey**2, radius) - mean**2, 0))]
    down, right = np.gradient(grey)
    moments = [box_mean(part, 6) for part in (down**2, right**2, down * right)]
    strength = moments[0] + moments[1]
    oriented = np.hypot(moments[0] - moments[1], 2 * moments[2]) / (strength + 1)
    return np.stack([*maps, oriented, np.log1p(strength)])


def test_every_pixel_has_a_class_and_every_class_a_pixel(scene):
    assert scene.rgb.shape == (3, 1024, 1024)
    assert scene.rgb.dtype == np.uint8
    assert scene.labels.shape == (1024, 1024)
    assert scene.labels.dtype == np.uint8
    assert set(np.unique(scene.labels)) == set(scene.legend.values) == set(range(1, 7))


def test_two_classes_are_rare_and_the_others_are_not(scene):
    rare = {name for name, share in shares(scene).items() if share < 0.02}
    assert rare == RARE
    assert min(shares(scene).values()) > 0.002


@pytest.mark.slow
def test_two_classes_are_rare_in_the_scene_that_ships():
    found = shares(landscape())
    assert {name for name, share in found.items() if share < 0.02} == RARE
    assert min(found.values()) > 0.002


def test_colour_alone_does_not_separate_the_classes(scene):
    assert 0.5 < by_colour(scene) < 0.75


def test_texture_tells_what_colour_does_not(scene):
    plain = gaussian_classes(scene, scene.rgb.astype(np.float32))
    assert plain < 0.75
    assert gaussian_classes(scene, textures(scene)) > plain + 0.08


def test_the_same_seed_gives_the_same_landscape():
    one, other = landscape(MIN_SIZE_PX, 5), landscape(MIN_SIZE_PX, 5)
    np.testing.assert_array_equal(one.rgb, other.rgb)
    np.testing.assert_array_equal(one.labels, other.labels)


def test_another_seed_gives_another_landscape():
    one, other = landscape(MIN_SIZE_PX, 1), landscape(MIN_SIZE_PX, 2)
    assert (one.labels != other.labels).mean() > 0.3


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size", [256, 300])
def test_small_scenes_of_any_size_have_all_classes_too(size, seed):
    scene = landscape(size, seed)
    assert scene.rgb.shape == (3, size, size)
    assert set(np.unique(scene.labels)) == set(range(1, 7))


def test_a_scene_that_is_too_small_is_refused():
    with pytest.raises(ConfigError, match="choose 256 or more"):
        landscape(128)
