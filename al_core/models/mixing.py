"""A start from the network that is there, or between it and a fresh one."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn

KEPT = 0.6

Network = TypeVar("Network", bound=nn.Module)


@torch.no_grad()
def taken_over(network: Network, source: nn.Module) -> Network:
    """Return a network with all weights that another one has too.

    Args:
        network: Of the same encoder and classes; its loss network may be new.
        source: Left as it is.
    """
    state = network.state_dict() | {
        name: tensor.cpu()
        for name, tensor in source.state_dict().items()
        if name in network.state_dict()
    }
    network.load_state_dict(state)
    return network


@torch.no_grad()
def shrink_perturb(network: nn.Module, fresh: nn.Module, kept: float = KEPT) -> None:
    """Shrink the weights towards those of a fresh network (Ash and Adams 2020).

    A network trained on from an old one generalises worse than one trained afresh, and a
    fresh one takes longer; this lies between. Running statistics stay as they are.

    Args:
        network: Its parameters become kept·θ + (1 - kept)·θ_fresh.
        fresh: The same network with the weights that a cold start would begin with.
        kept: 0 to 1.
    """
    for own, other in zip(network.parameters(), fresh.parameters(), strict=True):
        own.lerp_(other.to(own.device), 1 - kept)
