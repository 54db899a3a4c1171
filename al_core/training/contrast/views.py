"""Two views of a tile: crops in other colours, as random as they can be and show the same land."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ...models.views import TURNS, turned_each

Floats = NDArray[np.float32]

_LEAST_AREA = 0.2
_WIDEST = 4 / 3
_LIGHT = (0.6, 1.4)
_BLURRED = 0.5  # of the views
_BLUR = (0.1, 2.0)  # px, of a view of _BLUR_SIDE px
_BLUR_SIDE = 224
_MIXED = 0.2  # of the views: grey, or without some bands
_DROPPED = 0.2  # of the bands
_COLORS = 3


@dataclass(frozen=True, eq=False)
class ViewDraw:
    """What is left to chance in the views of n tiles.

    `boxes` is float32 (n, 4), top, left, height and width as shares of a tile; `turn` is int64
    (n,), see `turned`; `contrast` and `brightness` are float32 (n,) factors; `blur` is (n,) px,
    0 for none; `mix` is (n, B, B), how much of each band goes into each band of the view.
    """

    boxes: Floats
    turn: NDArray[np.int64]
    contrast: Floats
    brightness: Floats
    blur: Floats
    mix: Floats


def draw_views(rng: np.random.Generator, count: int, bands: int, side_px: int) -> ViewDraw:
    """Draw views of so many tiles.

    Args:
        rng: The chance.
        count: n.
        bands: B.
        side_px: S of the views.
    """
    blur = rng.uniform(*_BLUR, count) * side_px / _BLUR_SIDE
    return ViewDraw(
        boxes=_boxes(rng, count),
        turn=rng.integers(TURNS, size=count),
        contrast=rng.uniform(*_LIGHT, count).astype(np.float32),
        brightness=rng.uniform(*_LIGHT, count).astype(np.float32),
        blur=np.where(rng.random(count) < _BLURRED, blur, 0).astype(np.float32),
        mix=_mixes(rng, count, bands),
    )


def views_of(pixels: Tensor, draw: ViewDraw, side_px: int, black: Tensor) -> Tensor:
    """Return one view of each tile.

    Args:
        pixels: float (n, B, T, T), normalised.
        draw: What was drawn.
        side_px: S.
        black: float (B,), what no light at all is after the normalisation.

    Returns:
        float32 (n, B, S, S).
    """
    seen = _cut(pixels, draw, side_px)
    dark = black[:, None, None].to(seen)
    seen = dark + _column(draw.brightness, seen) * (seen - dark)
    middle = seen.mean(dim=(1, 2, 3), keepdim=True)
    seen = middle + _column(draw.contrast, seen) * (seen - middle)
    changed = np.flatnonzero((draw.mix != np.eye(len(black), dtype=np.float32)).any(axis=(1, 2)))
    if changed.size:
        mix = torch.from_numpy(draw.mix[changed]).to(seen)
        seen[changed] = torch.einsum("nij,njhw->nihw", mix, seen[changed])
    blurred = np.flatnonzero(draw.blur > 0)
    if blurred.size:
        seen[blurred] = _blur(seen[blurred], draw.blur[blurred])
    return seen


def _boxes(rng: np.random.Generator, count: int) -> Floats:
    """Draw parts of 20 % of the area or more, from 3:4 to 4:3."""
    area = rng.uniform(_LEAST_AREA, 1.0, count)
    aspect = np.exp(rng.uniform(-math.log(_WIDEST), math.log(_WIDEST), count))
    sides = np.minimum(np.sqrt(np.stack([area * aspect, area / aspect], axis=1)), 1.0)
    return np.hstack([rng.random((count, 2)) * (1 - sides), sides]).astype(np.float32)


def _mixes(rng: np.random.Generator, count: int, bands: int) -> Floats:
    """Draw which views become grey, or lose bands: one of both where there are many bands."""
    mix = np.tile(np.eye(bands, dtype=np.float32), (count, 1, 1))
    is_changed, is_grey = rng.random(count) < _MIXED, rng.random(count) < 1 / 2
    lost = rng.random((count, bands)) < _DROPPED
    for place in np.flatnonzero(is_changed if bands > 1 else []).tolist():
        if bands <= _COLORS or is_grey[place]:
            mix[place] = 1 / bands
        elif not lost[place].all():
            mix[place, lost[place]] = 0
    return mix


def _cut(pixels: Tensor, draw: ViewDraw, side_px: int) -> Tensor:
    """Cut the parts, each resized to (S, S) without flicker of fine patterns, and turn them."""
    size = pixels.shape[-1]
    seen = pixels.new_empty((*pixels.shape[:2], side_px, side_px), dtype=torch.float32)
    for place, (top, left, height, width) in enumerate((draw.boxes * size).round().astype(int)):
        part = pixels[place : place + 1, :, top : top + height, left : left + width].float()
        seen[place] = functional.interpolate(
            part, (side_px, side_px), mode="bilinear", antialias=True
        )[0]
    return turned_each(seen, draw.turn)


def _blur(seen: Tensor, sigma: Floats) -> Tensor:
    """Return views (n, B, S, S), each blurred by its own number of px."""
    count, bands, side = seen.shape[:3]
    reach = max(1, math.ceil(3 * float(sigma.max())))
    at = torch.arange(-reach, reach + 1, device=seen.device, dtype=seen.dtype)
    kernel = torch.exp(-0.5 * (at / _column(sigma, seen)[:, :, 0, 0]) ** 2)  # (n, 2·reach + 1)
    kernel = (kernel / kernel.sum(dim=1, keepdim=True)).repeat_interleave(bands, dim=0)
    flat = functional.pad(seen.reshape(1, count * bands, side, side), (reach,) * 4, "replicate")
    flat = functional.conv2d(flat, kernel[:, None, :, None], groups=count * bands)
    flat = functional.conv2d(flat, kernel[:, None, None, :], groups=count * bands)
    return flat.view(count, bands, side, side)


def _column(values: Floats, like: Tensor) -> Tensor:
    return torch.from_numpy(values).to(like)[:, None, None, None]
