"""Shrinking towards a fresh start."""

import torch

from al_core.models import build, shrink_perturb


def test_parameters_lie_between_the_old_and_the_fresh_ones_and_statistics_stay():
    network, fresh = build("mobilenet_v2", 2, 3, seed=1), build("mobilenet_v2", 2, 3, seed=2)
    network.encoder.features[0][1].running_mean.fill_(7.0)
    before = [value.clone() for value in network.parameters()]
    shrink_perturb(network, fresh)
    for old, new, other in zip(before, network.parameters(), fresh.parameters(), strict=True):
        assert torch.allclose(new, 0.6 * old + 0.4 * other, atol=1e-6)
    assert (network.encoder.features[0][1].running_mean == 7).all()
