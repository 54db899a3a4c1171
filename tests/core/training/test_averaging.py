"""The running average of weights and buffers."""

import torch
from torch import nn

from al_core.training.averaging import WeightAverage


def test_the_average_forgets_the_random_start_soon():
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, 0.0)
    average = WeightAverage(layer, 0.99)
    nn.init.constant_(layer.weight, 1.0)
    average.update()  # decay 1/10
    average.apply()
    assert torch.allclose(layer.weight, torch.tensor(0.9))


def test_the_decay_ends_at_what_was_asked_for():
    layer = nn.Linear(1, 1, bias=False)
    average = WeightAverage(layer, 0.5)
    nn.init.constant_(layer.weight, 0.0)
    for _ in range(20):
        average.update()
    nn.init.constant_(layer.weight, 1.0)
    average.update()
    average.apply()
    assert torch.allclose(layer.weight, torch.tensor(0.5), atol=1e-4)


def test_statistics_of_batch_normalisation_are_averaged_and_counters_copied():
    norm = nn.BatchNorm2d(2)
    average = WeightAverage(norm, 0.9)
    norm(torch.randn(4, 2, 8, 8) + 5)
    moved = norm.running_mean.clone()
    average.update()
    average.apply()
    assert torch.allclose(norm.running_mean, moved * 0.9)
    assert norm.num_batches_tracked == 1
