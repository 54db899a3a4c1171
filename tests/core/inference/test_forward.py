"""Batches shrink when the memory of the GPU runs out, and the result is the same."""

import numpy as np
import pytest
import torch

from al_core.errors import DeviceError
from al_core.inference import Forward


@pytest.fixture
def pixels():
    return np.random.default_rng(0).normal(size=(7, 2, 64, 64)).astype(np.float32)


def hungry(forward, limit, monkeypatch):
    """Make the network fail as a GPU does for more than `limit` windows."""
    network = forward._network
    plain = network.forward_with_features

    def run(pixels):
        if len(pixels) > limit:
            raise torch.cuda.OutOfMemoryError
        return plain(pixels)

    monkeypatch.setattr(network, "forward_with_features", run)


def test_a_batch_too_large_is_halved_for_good_and_that_is_noted(by_pixel, pixels, monkeypatch):
    expected = by_pixel.run(pixels)
    hungry(by_pixel, 2, monkeypatch)
    for _ in range(2):
        found = by_pixel.run(pixels)
        assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))
    assert by_pixel.notes == [
        "The GPU ran out of memory; went on with batches of 3.",
        "The GPU ran out of memory; went on with batches of 1.",
    ]


def test_a_single_window_too_large_is_an_error(by_pixel, pixels, monkeypatch):
    hungry(by_pixel, 0, monkeypatch)
    with pytest.raises(DeviceError, match="does not hold a single window"):
        by_pixel.run(pixels)


def test_the_network_that_was_given_is_not_changed(by_network, pixels):
    from al_core.models import build

    network = build("mobilenet_v2", 2, 3).train()
    Forward(network, torch.device("cpu")).run(pixels)
    assert network.training


def test_large_windows_come_in_small_batches_on_a_cpu(by_pixel):
    assert [by_pixel.batch_size(8, side) for side in (64, 256, 512, 1024)] == [8, 4, 1, 1]
