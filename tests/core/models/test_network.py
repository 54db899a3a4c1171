"""Networks are built as asked, with seeded weights and features."""

import pytest
import torch

from al_core.errors import TrainingError
from al_core.models import build


@pytest.fixture(scope="module")
def network():
    return build("mobilenet_v2", 4, 5).eval()


def test_a_network_gives_logits_of_every_class_for_any_number_of_bands(network):
    assert network(torch.zeros(2, 4, 64, 96)).shape == (2, 5, 64, 96)


def test_features_come_with_the_same_logits_in_one_pass(network):
    pixels = torch.randn(2, 4, 64, 64)
    with torch.inference_mode():
        logits, features = network.forward_with_features(pixels)
        assert torch.equal(logits, network(pixels))
        assert torch.allclose(features, network.encoder(pixels)[-1].mean((2, 3)))


def test_there_is_a_dropout_before_the_head(network):
    pixels = torch.randn(1, 4, 64, 64)
    network.head[0].train()
    with torch.inference_mode():
        assert not torch.equal(network(pixels), network(pixels))
    network.eval()


def test_the_same_seed_gives_the_same_weights_and_leaves_the_global_generator_alone():
    state = torch.random.get_rng_state()
    first, second, other = (build("mobilenet_v2", 3, 2, seed) for seed in (1, 1, 2))
    assert torch.equal(state, torch.random.get_rng_state())
    weights = [dict(net.named_parameters())["head.1.0.weight"] for net in (first, second, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_an_unknown_encoder_is_refused_with_a_sentence_that_names_others():
    with pytest.raises(TrainingError, match=r"“resnet19” cannot be used.*mobilenet_v2"):
        build("resnet19", 3, 2)
