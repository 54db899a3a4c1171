"""A network made faster for inference: batch normalisation folded, memory laid out."""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

Network = TypeVar("Network", bound=nn.Module)


def for_inference(network: Network) -> Network:
    """Return a copy in eval mode with the same output, up to rounding, in less time.

    Where a convolution is followed by a batch normalisation in a Sequential, the two become
    one; the original is left as it is.
    """
    faster = copy.deepcopy(network).eval()
    for module in list(faster.modules()):
        if isinstance(module, nn.Sequential):
            _fold(module)
    return faster.to(memory_format=torch.channels_last)


def _fold(sequence: nn.Sequential) -> None:
    for index in range(len(sequence) - 1):
        first, second = sequence[index], sequence[index + 1]
        if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
            sequence[index] = fuse_conv_bn_eval(first, second)
            sequence[index + 1] = nn.Identity()
