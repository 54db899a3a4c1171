"""The fast copy computes what the network computes."""

import torch
from torch import nn

from al_core.models import build, for_inference


def test_the_copy_gives_the_same_logits_and_features_and_leaves_the_original_alone():
    network = build("mobilenet_v2", 3, 4)
    for module in network.modules():  # statistics as after training
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    pixels = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        fast = for_inference(network).forward_with_features(pixels)
        plain = network.eval().forward_with_features(pixels)
    for ours, theirs in zip(fast, plain, strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-3, atol=1e-4)
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


def test_no_batch_normalisation_of_the_decoder_is_left():
    copy = for_inference(build("mobilenet_v2", 3, 2))
    assert not any(isinstance(module, nn.BatchNorm2d) for module in copy.decoder.modules())
