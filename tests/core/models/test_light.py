"""The light decoder: it fits in where a U-Net does, and hears of every map of the encoder."""

import pytest
import torch

from al_core.models import build, checkpoint, for_inference
from al_core.models.light import LightDecoder

LIGHT = "light"


@pytest.fixture(scope="module")
def network():
    return build("mobilenet_v2", 4, 5, seed=2, decoder=LIGHT).eval()


def test_logits_and_features_have_the_shapes_of_any_network(network):
    with torch.inference_mode():
        logits, features = network.forward_with_features(torch.randn(2, 4, 64, 96))
    assert (logits.shape, features.shape) == ((2, 5, 64, 96), (2, 1280))


def test_it_has_a_fraction_of_the_weights_of_a_unet(network):
    def trained(decoder):
        return sum(value.numel() for value in decoder.parameters())

    assert 30 * trained(network.decoder) < trained(build("mobilenet_v2", 4, 5).decoder)


@pytest.mark.parametrize("changed", range(4))
def test_every_map_and_the_image_count(changed):
    decoder = LightDecoder((3, 8, 16, 24)).eval()
    torch.nn.init.ones_(decoder.last[0].weight)
    maps = [torch.rand(1, c, 64 >> i, 64 >> i) for i, c in enumerate((3, 8, 16, 24))]
    others = [m * (3 if i == changed else 1) for i, m in enumerate(maps)]
    with torch.inference_mode():
        assert not torch.allclose(decoder(maps), decoder(others))


def test_folding_the_normalisations_changes_nothing(network):
    pixels = torch.randn(1, 4, 64, 64)
    with torch.inference_mode():
        assert torch.allclose(for_inference(network)(pixels), network(pixels), atol=1e-4)


def test_it_comes_back_from_disk_as_what_it_was(network, tmp_path):
    checkpoint.save(tmp_path, network, {})
    loaded = checkpoint.load(tmp_path, torch.device("cpu")).network
    pixels = torch.randn(1, 4, 64, 64)
    with torch.inference_mode():
        assert torch.allclose(loaded(pixels), network(pixels), atol=1e-5)
    assert loaded.spec.decoder == LIGHT
