"""The two encoders of momentum contrast: one learns, the other follows slowly.

After He et al., “Momentum contrast for unsupervised visual representation learning” (MoCo, 2020),
and Chen et al., “Improved baselines with momentum contrastive learning” (MoCo v2, 2020).
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...models import TaggingNetwork, training_format
from ..stepping import half_precision

WIDTH = 128  # of queries and keys
_GROUP = 16  # views that are normalised together
_MOMENTUM = 0.9  # of the optimiser
_WEIGHT_DECAY = 1e-4


class Embedder(nn.Module):
    """From the pixels of a view to a direction: an encoder and two layers."""

    def __init__(self, network: TaggingNetwork) -> None:
        """Put layers with random weights behind the encoder of a network."""
        super().__init__()
        self.network = network
        count = network.features
        self.projection = nn.Sequential(
            nn.Linear(count, count), nn.ReLU(inplace=True), nn.Linear(count, WIDTH)
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """Return float32 (N, 128), of length 1, for pixels float (N, B, S, S).

        The batch goes through in groups. Batch normalisation would otherwise let a query find
        its key by the statistics of the batch that both were in, and nothing would be learnt.
        """
        groups = torch.tensor_split(pixels, max(2, len(pixels) // _GROUP))
        found = [self.projection(self.network.pool(group)) for group in groups]
        return functional.normalize(torch.cat(found).float(), dim=1)


class Twins:
    """The encoder that learns, the one that follows it, and the optimiser."""

    def __init__(self, network: TaggingNetwork, device: torch.device, seed: int) -> None:
        """Prepare to train the encoder of a network in place; the head of it has no part.

        Args:
            network: Random or pretrained.
            device: Where to train; the network stays there.
            seed: Of the layers behind the encoder.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            learner = Embedder(network)
        self.learner = learner.to(device).train()
        self.follower = copy.deepcopy(learner).requires_grad_(requires_grad=False)
        self.both = nn.ModuleList([self.learner, self.follower])
        self._format = training_format(network, device)
        self.both.to(memory_format=self._format)
        self._trained = [*network.encoder.parameters(), *learner.projection.parameters()]
        self._optimizer = torch.optim.SGD(
            self._trained, lr=0.0, momentum=_MOMENTUM, weight_decay=_WEIGHT_DECAY
        )
        self._half = half_precision(device)
        self._scaler = torch.amp.GradScaler(device.type, enabled=self._half is torch.float16)

    def queries(self, views: Tensor) -> Tensor:
        """Return float32 (N, 128) for views float (N, B, S, S), to learn from."""
        return self._embed(self.learner, views)

    @torch.no_grad()
    def keys(self, views: Tensor, order: Tensor) -> Tensor:
        """Return float32 (N, 128) for views float (N, B, S, S).

        Args:
            views: In the order of the queries.
            order: int64 (N,), a permutation: in which they are grouped, unlike the queries.
        """
        found = self._embed(self.follower, views[order])
        return torch.empty_like(found).index_copy_(0, order, found)

    def learn(self, loss: Tensor, rate: float, momentum: float) -> None:
        """Take a step down the gradient, and let the other encoder follow.

        Args:
            loss: A scalar.
            rate: The learning rate.
            momentum: m; θ_k becomes m·θ_k + (1 - m)·θ_q.
        """
        self._optimizer.zero_grad()
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._scaler.step(self._optimizer)
        self._scaler.update()
        follow(self.follower, self.learner, momentum)

    def state(self) -> dict[str, Tensor]:
        """Return all that training goes on from, by name."""
        found = {f"learner.{name}": value for name, value in self.learner.state_dict().items()}
        found |= {f"follower.{name}": value for name, value in self.follower.state_dict().items()}
        slots = self._optimizer.state
        velocities = (slots.get(parameter, {}).get(_VELOCITY) for parameter in self._trained)
        found |= {
            f"velocity.{number}": value
            for number, value in enumerate(velocities)
            if value is not None
        }
        return found

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state` returned.

        Raises:
            KeyError, RuntimeError: It is of other networks.
        """
        for part, embedder in (("learner.", self.learner), ("follower.", self.follower)):
            embedder.load_state_dict(
                {key[len(part) :]: value for key, value in state.items() if key.startswith(part)}
            )
        for number, parameter in enumerate(self._trained):
            value = state.get(f"velocity.{number}")
            if value is not None:
                kept = torch.empty_like(parameter.detach()).copy_(value)
                self._optimizer.state[parameter] = {_VELOCITY: kept}

    def _embed(self, embedder: Embedder, views: Tensor) -> Tensor:
        views = views.contiguous(memory_format=self._format)
        half = self._half is not None
        with torch.autocast(views.device.type, dtype=self._half, enabled=half):
            found: Tensor = embedder(views)
        return found


@torch.no_grad()
def follow(follower: nn.Module, leader: nn.Module, momentum: float) -> None:
    """Move every parameter a little: θ_k becomes m·θ_k + (1 - m)·θ_q.

    Args:
        follower: θ_k.
        leader: θ_q, the same kind of module.
        momentum: m, 0 to 1.
    """
    for own, other in zip(follower.parameters(), leader.parameters(), strict=True):
        own.lerp_(other, 1 - momentum)


_VELOCITY = "momentum_buffer"
