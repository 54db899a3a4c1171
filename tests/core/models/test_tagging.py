"""Networks that label whole tiles."""

import numpy as np
import pytest
import torch

from al_core.errors import ProjectError, TrainingError
from al_core.models import LOCAL, TaggingSpec, build_tagging, checkpoint
from al_core.models.views import TURNS, Views, cropped, turned, turned_each, view

CPU = torch.device("cpu")


def parameters(network):
    return sum(values.numel() for values in network.parameters())


@pytest.fixture
def pixels():
    return torch.randn(2, 2, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("learns_loss", "count"), [(True, 7_332_754), (False, 6_971_281)])
def test_the_letters_networks_have_as_many_parameters_as_it_says(learns_loss, count):
    spec = TaggingSpec("densenet121", 3, 17, "multilabel", learns_loss=learns_loss)
    assert parameters(build_tagging(spec)) == count


@pytest.mark.parametrize("encoder", ["mobilenet_v2", "densenet121", "resnet18", LOCAL])
def test_any_encoder_gives_one_logit_a_class_and_a_rank(pixels, encoder):
    network = build_tagging(TaggingSpec(encoder, 2, 5, "scene", learns_loss=True)).eval()
    pooled = network.pool(pixels)
    logits, ranks = network.judge(pooled)
    assert pooled.shape == (2, network.pooled)
    assert (logits.shape, ranks.shape) == ((2, 5), (2,))
    assert torch.equal(logits, network(pixels))


def test_the_features_are_the_inputs_of_the_last_layer(pixels):
    network = build_tagging(TaggingSpec("densenet121", 2, 3, "scene", learns_loss=True)).eval()
    pooled = network.pool(pixels)
    features = pooled[:, -network.features :]
    assert features.shape == (2, 1024)
    assert bool((features >= 0).all())  # rectified, as in the encoder's own classifier
    assert torch.allclose(network.judge(pooled)[0], network.last(features))


def test_a_stopped_loss_network_leaves_the_encoder_alone(pixels):
    network = build_tagging(TaggingSpec("resnet18", 2, 3, "multilabel", learns_loss=True))
    for is_stopped, reaches in ((True, False), (False, True)):
        network.zero_grad()
        network.judge(network.pool(pixels), is_stopped=is_stopped)[1].sum().backward()
        found = [values.grad is not None for values in network.encoder.parameters()]
        assert any(found) == reaches


def test_the_same_seed_builds_the_same_network():
    spec = TaggingSpec("resnet18", 2, 3, "scene")
    one, two, other = (build_tagging(spec, seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["head.1.weight"], other["head.1.weight"])


def test_an_encoder_that_does_not_exist_is_refused_by_name():
    with pytest.raises(TrainingError, match="“nonsense” cannot be used"):
        build_tagging(TaggingSpec("nonsense", 3, 2, "scene"))


def test_a_network_survives_the_way_to_the_disk(pixels, tmp_path):
    network = build_tagging(TaggingSpec("resnet18", 2, 3, "scene", 0.5, learns_loss=True)).eval()
    model_hash = checkpoint.save(tmp_path, network, {"classes": ["a"]})
    found = checkpoint.load_tagging(tmp_path, CPU)
    assert (found.model_hash, found.about) == (model_hash, {"classes": ["a"]})
    assert found.network.spec == network.spec
    assert torch.equal(found.network(pixels), network(pixels))
    with pytest.raises(ProjectError, match="cannot be read"):
        checkpoint.load(tmp_path, CPU)


def test_all_eight_turns_of_a_tile_differ_and_the_first_is_the_tile(pixels):
    seen = [turned(pixels, number) for number in range(TURNS)]
    assert torch.equal(seen[0], pixels)
    assert len({tuple(values.flatten().tolist()) for values in seen}) == TURNS
    each = turned_each(pixels, np.array([3, 6]))
    assert torch.equal(each, torch.stack([seen[3][0], seen[6][1]]))


def test_a_crop_is_a_part_of_the_tile_at_its_size():
    ramp = torch.linspace(0, 1, 64).expand(50, 1, 64, 64)  # brighter to the right
    parts = cropped(ramp, np.random.default_rng(0))
    assert parts.shape == ramp.shape
    assert bool((parts.min() >= 0) & (parts.max() <= 1))
    spans = (parts.amax((2, 3)) - parts.amin((2, 3))).flatten()
    assert spans.min() > 0.35  # √(0.2 · 3/4)
    assert len(set(spans.tolist())) > 40
    falls = parts[:, 0, 0, 0] > parts[:, 0, 0, -1]
    assert 10 < int(falls.sum()) < 40  # half of them are mirrored


def test_a_crop_depends_on_the_tile_and_not_on_its_batch(pixels):
    together = view(pixels, Views.CROPPED, 3, np.array([4, 9]), seed=1)
    alone = view(pixels[1:], Views.CROPPED, 3, np.array([9]), seed=1)
    assert torch.equal(together[1:], alone)
    assert torch.equal(view(pixels, Views.CROPPED, 0, np.array([4, 9]), seed=1), pixels)
