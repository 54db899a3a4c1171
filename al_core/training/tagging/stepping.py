"""One step of training on whole tiles: forward, losses, backward, update."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...config import TrainConfig
from ...models import TaggingNetwork, training_format
from ..ranking import pair_loss
from ..stepping import half_precision
from .batches import TagBatch
from .loss import tag_losses
from .recipes import TagSettings

_PIXELS = 4  # dimensions of a batch that the encoder has to look at


class TagStepper:
    """Holds the optimisers of a network in training.

    The loss network has one of its own, Adam at the rate of the others, as in the letter.
    """

    def __init__(
        self,
        network: TaggingNetwork,
        settings: TagSettings,
        config: TrainConfig,
        device: torch.device,
        *,
        learns_ranks: bool = True,
    ) -> None:
        """Move the network to the device and prepare to train it.

        Without `learns_ranks` its loss network, if there is one, is left alone.
        """
        self._learns_ranks = learns_ranks and network.loss_network is not None
        self.network = network.to(device).train()
        self.device = device
        self._settings, self._config = settings, config
        self._format = training_format(network, device)
        if settings.encoder_learning_rate:
            self.network.to(memory_format=self._format)
        else:
            self.network.encoder.eval().requires_grad_(requires_grad=False)
        self._half = half_precision(device) if settings.encoder_learning_rate else None
        self._scaler = torch.amp.GradScaler(device.type, enabled=self._half is torch.float16)
        self._optimizers = _optimizers(self.network, settings, learns_ranks=self._learns_ranks)
        self._rates = [
            [group["lr"] for group in optimizer.param_groups] for optimizer in self._optimizers
        ]

    def step(self, batch: TagBatch, rate_factor: float, *, is_stopped: bool) -> float:
        """Learn from a batch.

        Args:
            batch: Pixels or what they were pooled to, and the tags.
            rate_factor: The learning rates are multiplied by it.
            is_stopped: The loss network no longer changes the other.

        Returns:
            The mean loss of the tiles.
        """
        states = batch.states.to(self.device)
        values = batch.values.to(self.device)
        with torch.autocast(self.device.type, dtype=self._half, enabled=self._half is not None):
            pooled = self._pool(values) if values.ndim == _PIXELS else values
            logits, ranks = self.network.judge(pooled, is_stopped=is_stopped)
        losses = tag_losses(logits, states, has_one_class=self.network.spec.has_one_class)
        total = losses.mean()
        if self._learns_ranks and ranks is not None:
            ranked = pair_loss(ranks, losses, self._config.loss_margin)
            total = total + self._config.loss_weight * ranked
        self._learn(total, rate_factor)
        return float(losses.detach().mean())

    def finish(self) -> None:
        """Leave the network in eval mode."""
        self.network.eval().requires_grad_()

    def _pool(self, pixels: Tensor) -> Tensor:
        return self.network.pool(pixels.contiguous(memory_format=self._format))

    def _learn(self, total: Tensor, rate_factor: float) -> None:
        for optimizer, rates in zip(self._optimizers, self._rates, strict=True):
            optimizer.zero_grad()
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * rate_factor
        self._scaler.scale(total).backward()  # type: ignore[no-untyped-call]
        for optimizer in self._optimizers:
            self._scaler.unscale_(optimizer)
        if self._settings.max_gradient_norm < torch.inf:
            nn.utils.clip_grad_norm_(self.network.parameters(), self._settings.max_gradient_norm)
        for optimizer in self._optimizers:
            self._scaler.step(optimizer)
        self._scaler.update()


def _optimizers(
    network: TaggingNetwork, settings: TagSettings, *, learns_ranks: bool
) -> list[torch.optim.Optimizer]:
    groups = [{"params": list(network.head.parameters()), "lr": settings.learning_rate}]
    if settings.encoder_learning_rate:
        encoder = list(network.encoder.parameters())
        groups.append({"params": encoder, "lr": settings.encoder_learning_rate})
    decay = settings.weight_decay
    main: torch.optim.Optimizer = (
        torch.optim.AdamW(groups, weight_decay=decay, fused=True)
        if settings.momentum is None
        else torch.optim.SGD(groups, momentum=settings.momentum, weight_decay=decay)
    )
    if network.loss_network is None or not learns_ranks:
        return [main]
    ranks = torch.optim.Adam(network.loss_network.parameters(), lr=settings.learning_rate)
    return [main, ranks]
