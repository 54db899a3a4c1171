"""One step of training: forward, loss, backward, update."""

from __future__ import annotations

import torch
from torch import Tensor

from ..models import SegmentationNetwork, for_inference, training_format
from .augmentation import augment
from .averaging import WeightAverage
from .loss import instability, segmentation_loss
from .ranking import pair_loss, window_losses
from .recipes import Settings
from .sampling import Batch
from .schedule import learning_rate_factor


class Stepper:
    """Holds the optimisers and the running average of a network in training.

    A loss network has an optimiser of its own, Adam at the rate of the decoder, as in the letter
    by Möllenbrok, Sumbul and Demir (IEEE GRSL 2023).
    """

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
        self._optimizers = _optimizers(self.network, settings)
        self._rates = [
            [group["lr"] for group in optimizer.param_groups] for optimizer in self._optimizers
        ]
        self.average = WeightAverage(self.network, settings.ema_decay)

    def step(self, batch: Batch, tile_size_px: int, position: float) -> Tensor | None:
        """Learn from a batch.

        Args:
            batch: What was drawn.
            tile_size_px: T.
            position: How far training is, 0 to 1.

        Returns:
            The loss without that of a loss network, or None if the batch shows no labelled pixel
            and was skipped.
        """
        pixels, labels = augment(batch, tile_size_px, self._device)
        pixels = pixels.contiguous(memory_format=self._format)
        with torch.autocast(self._device.type, dtype=self._half, enabled=self._half is not None):
            logits, ranks = self._looked(pixels, position)
            before = self._before(pixels)
        loss = segmentation_loss(logits, labels, self._settings.dice_weight)
        if loss is None:
            return None
        if before is not None:
            loss = loss + self._settings.stability_weight * instability(logits, before, labels)
        total = loss if ranks is None else loss + self._ranked(ranks, logits, labels, batch)
        self._learn(total, learning_rate_factor(position) if self._settings.is_annealed else 1.0)
        return loss.detach()

    def finish(self) -> None:
        """Put the averaged weights in force; the network is then in eval mode."""
        self.average.apply()
        self.network.eval().requires_grad_()

    def _looked(self, pixels: Tensor, position: float) -> tuple[Tensor, Tensor | None]:
        """Return logits, and the ranks of the losses if they are learnt."""
        if self.network.loss_network is None:
            return self.network(pixels), None
        found = self.network.look(pixels, is_stopped=position >= self._settings.loss_stop)
        return found.logits, found.ranks

    def _ranked(self, ranks: Tensor, logits: Tensor, labels: Tensor, batch: Batch) -> Tensor:
        """Return the weighted loss of the ranks; windows without labels are in no pair."""
        # Windows that were drawn for the sake of a class come first, and pairs are to be random.
        order = torch.as_tensor(batch.partner).to(self._device)
        losses, known = window_losses(logits, labels)
        order = order[known[order]]
        ranked = pair_loss(ranks[order], losses[order], self._settings.loss_margin)
        return self._settings.loss_weight * ranked

    @torch.no_grad()
    def _before(self, pixels: Tensor) -> Tensor | None:
        """Return what the anchor says of the same windows."""
        return None if self._anchor is None else self._anchor(pixels)

    def _learn(self, loss: Tensor, rate_factor: float) -> None:
        for optimizer in self._optimizers:
            optimizer.zero_grad()
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        for optimizer, rates in zip(self._optimizers, self._rates, strict=True):
            self._scaler.unscale_(optimizer)
            trained = [weight for group in optimizer.param_groups for weight in group["params"]]
            torch.nn.utils.clip_grad_norm_(trained, self._settings.max_gradient_norm)
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * rate_factor
            self._scaler.step(optimizer)
        self._scaler.update()
        self.average.update()


def half_precision(device: torch.device) -> torch.dtype | None:
    """Return the type of mixed precision; on a CPU it is not worth it."""
    if device.type != "cuda":
        return None
    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def _optimizers(network: SegmentationNetwork, settings: Settings) -> list[torch.optim.Optimizer]:
    groups = [
        {"params": list(network.encoder.parameters()), "lr": settings.encoder_learning_rate},
        {
            "params": [*network.decoder.parameters(), *network.head.parameters()],
            "lr": settings.decoder_learning_rate,
        },
    ]
    main = torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)
    if network.loss_network is None:
        return [main]
    ranks = network.loss_network.parameters()
    return [main, torch.optim.Adam(ranks, lr=settings.decoder_learning_rate)]
