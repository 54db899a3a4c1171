"""Weights that are taken over, and shrinking towards a fresh start."""

import torch

from al_core.models import build, shrink_perturb, taken_over


def test_parameters_lie_between_the_old_and_the_fresh_ones_and_statistics_stay():
    network, fresh = build("mobilenet_v2", 2, 3, seed=1), build("mobilenet_v2", 2, 3, seed=2)
    network.encoder.features[0][1].running_mean.fill_(7.0)
    before = [value.clone() for value in network.parameters()]
    shrink_perturb(network, fresh)
    for old, new, other in zip(before, network.parameters(), fresh.parameters(), strict=True):
        assert torch.allclose(new, 0.6 * old + 0.4 * other, atol=1e-6)
    assert (network.encoder.features[0][1].running_mean == 7).all()


def test_weights_that_both_have_are_taken_over_and_the_others_stay():
    source = build("mobilenet_v2", 2, 3, seed=1)
    network = build("mobilenet_v2", 2, 3, seed=2, learns_loss=True)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    after = taken_over(network, source).state_dict()
    assert all(torch.equal(after[name], value) for name, value in source.state_dict().items())
    assert all(torch.equal(after[name], before[name]) for name in before if "loss_net" in name)
    back = taken_over(build("mobilenet_v2", 2, 3, seed=3), network).state_dict()
    assert all(torch.equal(back[name], value) for name, value in source.state_dict().items())
