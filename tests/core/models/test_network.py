"""Networks are built as asked, with seeded weights and features."""

import pytest
import torch

from al_core.errors import TrainingError
from al_core.models import LOCAL, build


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


@pytest.mark.parametrize(
    ("encoder", "decoder", "widths"),
    [
        ("resnet18", "unet", (64, 128, 256, 512)),
        ("resnet18", "light", (64, 128, 256, 512)),
        ("mobilenet_v2", "unet", (24, 32, 96, 1280)),
        (LOCAL, "unet", (20,)),
    ],
)
def test_a_loss_network_looks_at_the_last_maps_of_the_encoder(encoder, decoder, widths):
    network = build(encoder, 4, 5, decoder=decoder, learns_loss=True).eval()
    pixels = torch.randn(2, 4, 64, 64)
    with torch.inference_mode():
        found = network.look(pixels)
        maps = network.encoder(pixels)[-len(widths) :]
        pooled = torch.cat([values.mean((2, 3)) for values in maps], dim=1)
        assert torch.allclose(found.ranks, network.loss_network(pooled), atol=1e-6)
        assert torch.equal(found.logits, network(pixels))
    assert network.loss_network.widths == widths
    weights = sum(values.numel() for values in network.loss_network.parameters())
    assert weights == sum(widths) * 128 + 128 * len(widths) + 128 * len(widths) + 1


def test_a_look_keeps_what_the_head_was_given(network):
    pixels = torch.randn(1, 4, 64, 64)
    with torch.inference_mode():
        found = network.look(pixels)
        assert torch.equal(network.head(found.inputs), found.logits)
    assert found.ranks is None


def test_all_other_weights_are_the_same_with_a_loss_network_and_without():
    plain, ranking = (build("resnet18", 3, 2, 4, learns_loss=on) for on in (False, True))
    with_it = ranking.state_dict()
    assert all(torch.equal(values, with_it[name]) for name, values in plain.state_dict().items())
    assert {name.split(".")[0] for name in set(with_it) - set(plain.state_dict())} == {
        "loss_network"
    }


def test_a_stopped_loss_network_leaves_the_encoder_alone():
    network = build("resnet18", 2, 3, learns_loss=True)
    for is_stopped, reaches in ((True, False), (False, True)):
        network.zero_grad()
        network.look(torch.randn(2, 2, 64, 64), is_stopped=is_stopped).ranks.sum().backward()
        assert any(value.grad is not None for value in network.encoder.parameters()) == reaches
        assert all(value.grad is not None for value in network.loss_network.parameters())
