"""A linear probe tells what features are worth."""

import numpy as np
import pytest

from al_core.errors import TrainingError
from al_core.training.probe import linear_probe


def crowd(classes=3, each=20, apart=6.0, width=8, seed=0):
    """Features of tiles in heaps, and their classes one-hot."""
    rng = np.random.default_rng(seed)
    kind = np.repeat(np.arange(classes), each)
    centres = np.eye(width)[:classes] * apart
    features = centres[kind] + rng.normal(size=(len(kind), width))
    return features, np.eye(classes, dtype=np.uint8)[kind]


def test_heaps_that_lie_apart_are_told_apart():
    found = linear_probe(*crowd(), is_scene=True)
    assert found.accuracy > 0.97
    assert found.macro_f1 == pytest.approx(found.accuracy, abs=0.02)
    assert (found.tiles, found.classes, found.splits) == (60, 3, 15)


def test_features_without_meaning_are_as_good_as_guessing():
    features, states = crowd(apart=0.0, each=60)
    found = linear_probe(features, states, is_scene=True)
    assert found.accuracy == pytest.approx(1 / 3, abs=0.1)
    assert found.accuracy_spread > 0.02


def test_the_same_seed_finds_the_same():
    features, states = crowd(apart=1.0)
    first, again, other = (
        linear_probe(features, states, is_scene=True, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_more_features_than_tiles_that_say_the_same_change_nothing():
    features, states = crowd(apart=2.0)
    wide = np.hstack([features, np.zeros((60, 100))])
    few, many = (linear_probe(found, states, is_scene=True) for found in (features, wide))
    assert many.accuracy == pytest.approx(few.accuracy, abs=1e-9)
    assert many.macro_f1 == pytest.approx(few.macro_f1, abs=1e-9)


def test_tags_are_learnt_one_by_one_and_what_is_not_known_does_not_count():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(80, 6))
    states = (features[:, :2] > 0).astype(np.uint8)
    clear = linear_probe(features, states, is_scene=False)
    assert clear.accuracy > 0.9
    assert clear.macro_f1 > 0.9
    hidden = states.copy()
    hidden[::4, 0] = 254
    features[::4] *= -1  # would contradict
    states[::4, 1] = 1 - states[::4, 1]
    hidden[::4, 1] = states[::4, 1]
    assert linear_probe(features, hidden, is_scene=False).accuracy > 0.9


def test_splits_that_are_given_are_used():
    features, states = crowd()
    rows = np.arange(60)
    split = (rows[rows % 2 == 0], rows[rows % 4 == 1])
    found = linear_probe(features, states, is_scene=True, splits=[split])
    assert (found.splits, found.tiles, found.accuracy_spread) == (1, 45, 0)


def test_classes_with_too_few_tiles_are_left_out():
    features, states = crowd(classes=3, each=10)
    kept = np.r_[0:21]  # one tile of the third
    found = linear_probe(features[kept], states[kept], is_scene=True)
    assert (found.classes, found.tiles) == (2, 20)


@pytest.mark.parametrize("is_scene", [True, False])
def test_a_single_class_cannot_be_probed(is_scene):
    states = np.ones((10, 1), np.uint8)
    with pytest.raises(TrainingError, match=r"linear probe needs .* label more tiles"):
        linear_probe(np.zeros((10, 3)), states, is_scene=is_scene)
