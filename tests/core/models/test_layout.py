"""Channels last, except where that destroys the process."""

import pytest
import torch

from al_core.models import build, training_format

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize("encoder", ["mobilenet_v2", "resnet18", "efficientnet-b0", "local"])
def test_the_usual_encoders_are_trained_with_channels_last(encoder):
    assert training_format(build(encoder, 3, 2), CPU) == torch.channels_last


def test_a_strided_pixelwise_layer_on_few_bands_is_not():
    network = build("mobileone_s0", 2, 3)
    assert training_format(network, CPU) == torch.contiguous_format
    assert training_format(network, CUDA) == torch.channels_last
