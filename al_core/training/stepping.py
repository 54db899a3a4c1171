"""One step of training: forward, loss, backward, update."""

from __future__ import annotations

import torch
from torch import Tensor

from ..models import SegmentationNetwork, for_inference, training_format
from .augmentation import augment
from .averaging import WeightAverage
from .loss import instability, segmentation_loss
from .recipes import Settings
from .sampling import Batch


class Stepper:
    """Holds the optimiser and the running average of a network in training."""

    def __init__(
        self,
        network: SegmentationNetwork,
        settings: Settings,
        device: torch.device,
        anchor: SegmentationNetwork | None = None,
    ) -> None:
        """Move the network to the device and prepare to train it; `anchor` is copied."""
        is_held = anchor is not None and settings.stability_weight > 0
        self._anchor = for_inference(anchor).to(device) if anchor and is_held else None
        self.network = network.to(device).train()
        self._format = training_format(network, device)
        self.network.to(memory_format=self._format)
        self.network.head[0].train(settings.has_dropout)
        if not settings.encoder_learning_rate:
            self.network.encoder.eval().requires_grad_(requires_grad=False)
        self._device = device
        self._settings = settings
        self._half = half_precision(device)
        self._scaler = torch.amp.GradScaler(device.type, enabled=self._half is torch.float16)
        self._optimizer = _optimizer(self.network, settings)
        self._rates = [group["lr"] for group in self._optimizer.param_groups]
        self.average = WeightAverage(self.network, settings.ema_decay)

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
        pixels = pixels.contiguous(memory_format=self._format)
        with torch.autocast(self._device.type, dtype=self._half, enabled=self._half is not None):
            logits = self.network(pixels)
            before = self._before(pixels)
        loss = segmentation_loss(logits, labels, self._settings.dice_weight)
        if loss is None:
            return None
        if before is not None:
            loss = loss + self._settings.stability_weight * instability(logits, before, labels)
        self._learn(loss, rate_factor)
        return loss.detach()

    def finish(self) -> None:
        """Put the averaged weights in force; the network is then in eval mode."""
        self.average.apply()
        self.network.eval().requires_grad_()

    @torch.no_grad()
    def _before(self, pixels: Tensor) -> Tensor | None:
        """Return what the anchor says of the same windows."""
        return None if self._anchor is None else self._anchor(pixels)

    def _learn(self, loss: Tensor, rate_factor: float) -> None:
        self._optimizer.zero_grad()
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self._scaler.unscale_(self._optimizer)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self._settings.max_gradient_norm)
        for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * rate_factor
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self.average.update()


def half_precision(device: torch.device) -> torch.dtype | None:
    """Return the type of mixed precision; on a CPU it is not worth it."""
    if device.type != "cuda":
        return None
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def _optimizer(network: SegmentationNetwork, settings: Settings) -> torch.optim.Optimizer:
    groups = [
        {"params": list(network.encoder.parameters()), "lr": settings.encoder_learning_rate},
        {
            "params": [*network.decoder.parameters(), *network.head.parameters()],
            "lr": settings.decoder_learning_rate,
        },
    ]
    return torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)
