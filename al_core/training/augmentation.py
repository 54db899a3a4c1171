"""Augmentation of a whole batch at once, on the device that trains."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .sampling import Batch


def augment(batch: Batch, tile_size_px: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cut, turn, scale, recolour and mix the windows of a batch.

    Args:
        batch: What was drawn.
        tile_size_px: T.
        device: Where the work is done.

    Returns:
        float32 (n, B, T, T) and int64 (n, T, T) labels.
    """
    pixels, labels = _warped(batch, tile_size_px, device)
    pixels = pixels * _on(batch.gain, device) + _on(batch.offset, device)
    if batch.boxes.any():
        pixels, labels = _mixed(pixels, labels, batch)
    return pixels, labels.long()


def _warped(batch: Batch, tile_size_px: int, device: torch.device) -> tuple[Tensor, Tensor]:
    count, bands = batch.pixels.shape[:2]
    grid = functional.affine_grid(
        _on(batch.affine, device), [count, bands, tile_size_px, tile_size_px], align_corners=False
    )
    pixels = functional.grid_sample(
        _on(batch.pixels, device).float(), grid, mode="bilinear", align_corners=False
    )
    labels = functional.grid_sample(
        _on(batch.labels, device).unsqueeze(1).float(), grid, mode="nearest", align_corners=False
    )
    return pixels, labels.squeeze(1)


def _mixed(pixels: Tensor, labels: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
    """Paste a rectangle of another sample, with its labels (CutMix, Yun et al. 2019)."""
    side = labels.shape[-1]
    place = (torch.arange(side, device=labels.device) + 0.5) / side
    top, bottom, left, right = _on(batch.boxes, labels.device)[:, :, None].unbind(1)
    rows = (place >= top) & (place < bottom)
    cols = (place >= left) & (place < right)
    box = rows[:, :, None] & cols[:, None, :]
    partner = _on(batch.partner, labels.device)
    return (
        torch.where(box[:, None], pixels[partner], pixels),
        torch.where(box, labels[partner], labels),
    )


def _on(array: object, device: torch.device) -> Tensor:
    return torch.as_tensor(array).to(device, non_blocking=True)
