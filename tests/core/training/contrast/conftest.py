"""A hundred small tiles of different land, and a tiny encoder to pre-train on them."""

import numpy as np
import pytest
import torch

from al_core.config import PretrainConfig
from al_core.models import TaggingSpec, build_tagging
from al_core.progress import Silent
from al_core.training.contrast import Tiles

QUICK = PretrainConfig(epochs=1, batch_size=16, crop_px=32, minutes=10.0)


@pytest.fixture
def land(make_scene):
    """A scene of 100 tiles: each has waves of its own length, direction and colour."""
    scene = make_scene(320)
    row, col = np.indices((320, 320))
    tile = row // 32 * 10 + col // 32
    rng = np.random.default_rng(1)
    length, angle = rng.uniform(0.2, 2.5, 100)[tile], rng.uniform(0, np.pi, 100)[tile]
    wave = 1 + np.sin(length * (row * np.cos(angle) + col * np.sin(angle)))
    color = rng.uniform(-1.5, 1.5, (2, 100))[:, tile]
    scene.pixels = (color * wave + rng.normal(0, 0.1, (2, 320, 320))).astype(np.float32)
    return scene


@pytest.fixture
def tiles(land):
    return Tiles(land.inputs, land.inputs.tiles.ids)


@pytest.fixture
def fresh():
    """Make the same encoder again and again."""
    return lambda seed=3: build_tagging(TaggingSpec("tu-test_resnet", 2, 2, "scene"), seed)


class CancelAtStep(Silent):
    """Cancels before a step, counted from 1."""

    def __init__(self, number):
        self.left = number
        self.heard = []

    def report(self, fraction, message):
        self.left -= 1
        self.heard.append((fraction, message))

    def is_cancelled(self):
        return self.left <= 0


class CancelAtQuestion(Silent):
    """Cancels when it has been asked so often: in the middle of a step."""

    def __init__(self, number):
        self.left = number

    def is_cancelled(self):
        self.left -= 1
        return self.left < 0


def weights(network):
    return {name: tensor.clone() for name, tensor in network.encoder.state_dict().items()}


def same(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)
