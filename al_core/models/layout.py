"""How a network in training lies in memory."""

from __future__ import annotations

import torch
from torch import nn

_BLOCK = 16  # channels that oneDNN takes together, at most


def training_format(network: nn.Module, device: torch.device) -> torch.memory_format:
    """Return the fastest memory format that is safe.

    Channels last is faster. But on a CPU the backward pass of a strided 1 × 1 convolution of few
    channels then writes beyond its workspace (oneDNN, issue 6035): the process dies, or learns
    nonsense. Encoders whose first layer has a branch of that kind are trained the other way.
    """
    if device.type == "cpu" and any(map(_is_broken, network.modules())):
        return torch.contiguous_format
    return torch.channels_last


def _is_broken(module: nn.Module) -> bool:
    return (
        isinstance(module, nn.Conv2d)
        and module.kernel_size == (1, 1)
        and module.stride != (1, 1)
        and module.in_channels // module.groups < _BLOCK
    )
