"""The local network: what it sees, and that it fits in where a U-Net does."""

import numpy as np
import pytest
import torch

from al_core.errors import TrainingError
from al_core.models import LOCAL, build, for_inference, load_encoder
from al_core.models.local import LocalStatistics


def test_mean_and_deviation_are_those_of_the_window_and_end_at_the_edge():
    pixels = torch.randn(1, 2, 32, 32)
    (maps,) = LocalStatistics(2)(pixels)
    assert maps.shape == (1, 10, 32, 32)
    inside = pixels[0, 1, 8:13, 18:23]
    assert maps[0, 3, 10, 20].item() == pytest.approx(inside.mean().item(), abs=1e-6)
    assert maps[0, 5, 10, 20].item() == pytest.approx(inside.std(correction=0).item(), abs=1e-4)
    corner = pixels[0, 0, :8, :8]
    assert maps[0, 6, 0, 0].item() == pytest.approx(corner.mean().item(), abs=1e-6)


def test_it_sees_no_further_than_seven_pixels():
    network = build(LOCAL, 3, 4).eval()
    pixels = torch.randn(1, 3, 32, 32)
    changed = pixels.clone()
    changed[..., 16, 16] += 5
    with torch.inference_mode():
        moved = (network(pixels) - network(changed)).abs().amax(1)[0] > 0
    rows, cols = np.nonzero(moved.numpy())
    assert (rows.min(), rows.max(), cols.min(), cols.max()) == (9, 23, 9, 23)


def test_logits_and_features_have_the_shapes_of_any_network():
    network = for_inference(build(LOCAL, 2, 3))
    logits, features = network.forward_with_features(torch.randn(4, 2, 64, 64))
    assert (logits.shape, features.shape) == ((4, 3, 64, 64), (4, 10))


def test_weights_for_an_encoder_are_refused():
    with pytest.raises(TrainingError, match="without weights"):
        load_encoder(build(LOCAL, 3, 2), "some.safetensors")
