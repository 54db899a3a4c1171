"""One step of training: forward, loss, backward, update."""

from __future__ import annotations

import torch
from torch import Tensor

from ..config import TrainConfig
from ..models import SegmentationNetwork
from .augmentation import augment
from .averaging import WeightAverage
from .loss import segmentation_loss
from .sampling import Batch

_MAX_GRADIENT_NORM = 5.0


class Stepper:
    """Holds the optimiser and the running average of a network in training."""

    def __init__(
        self, network: SegmentationNetwork, config: TrainConfig, device: torch.device
    ) -> None:
        """Move the network to the device and prepare to train it."""
        self.network = network.to(device).train()
        self.network.to(memory_format=torch.channels_last)
        self._device = device
        self._config = config
        self._half = _half_precision(device)
        self._scaler = torch.amp.GradScaler(device.type, enabled=self._half is torch.float16)
        self._optimizer = _optimizer(self.network, config)
        self._rates = [group["lr"] for group in self._optimizer.param_groups]
        self.average = WeightAverage(self.network, config.ema_decay)

    def step(self, batch: Batch, tile_size_px: int, rate_factor: float) -> Tensor | None:
        """Learn from a batch.

        Args:
            batch: What was drawn.
            tile_size_px: T.
            rate_factor: The learning rates are multiplied by it.

        Returns:
            The loss, or None if the batch shows no labelled pixel and was skipped.
        """
        pixels, labels = augment(batch, tile_size_px, self._device)
        with torch.autocast(self._device.type, dtype=self._half, enabled=self._half is not None):
            logits = self.network(pixels)
        loss = segmentation_loss(logits, labels, self._config.dice_weight)
        if loss is None:
            return None
        self._optimizer.zero_grad()
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self._scaler.unscale_(self._optimizer)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _MAX_GRADIENT_NORM)
        for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * rate_factor
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self.average.update()
        return loss.detach()


def _half_precision(device: torch.device) -> torch.dtype | None:
    """Return the type of mixed precision; on a CPU it is not worth it."""
    if device.type != "cuda":
        return None
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def _optimizer(network: SegmentationNetwork, config: TrainConfig) -> torch.optim.Optimizer:
    groups = [
        {"params": list(network.encoder.parameters()), "lr": config.encoder_learning_rate},
        {
            "params": [*network.decoder.parameters(), *network.head.parameters()],
            "lr": config.decoder_learning_rate,
        },
    ]
    return torch.optim.AdamW(groups, weight_decay=config.weight_decay, fused=True)
