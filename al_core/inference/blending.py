"""Overlapping windows put together: positions, weights and running sums."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..coords import Window

_TINY = 1e-20


def positions(length: int, window_px: int, overlap_px: int) -> list[int]:
    """Return where the windows along one axis start; the last is moved inwards.

    Args:
        length: Pixels of the raster along the axis.
        window_px: Pixels of a window.
        overlap_px: Pixels that neighbours share, less than a window.

    Returns:
        Ascending, from 0; a single 0 if the window is longer than the raster.
    """
    last = max(length - window_px, 0)
    return [*range(0, last, window_px - overlap_px), last]


def taper(window_px: int, overlap_px: int) -> NDArray[np.float64]:
    """Return (window,) weights: 1, falling to almost 0 at both ends like a cosine.

    Where two windows overlap by `overlap_px` their weights add up to 1.
    """
    weights = np.ones(window_px)
    rise = (np.arange(overlap_px) + 0.5) / max(overlap_px, 1)
    weights[:overlap_px] = (1 - np.cos(np.pi * rise)) / 2
    weights[window_px - overlap_px :] = weights[:overlap_px][::-1]
    return weights


class Strip:
    """Weighted sums of probabilities over a band of columns, one window high.

    Rows leave at the top when no window below will touch them; so memory depends on the
    width of the band, not on the height of the raster.
    """

    def __init__(
        self, classes: int, band: Window, weights: NDArray[np.float64], device: torch.device
    ) -> None:
        """Start at the top row of the band.

        Args:
            classes: K.
            band: Columns to be made, all rows of the raster.
            weights: (window,) along one axis, see `taper`.
            device: Where the sums are kept.
        """
        side = len(weights)
        outer = torch.from_numpy(np.outer(weights, weights).astype(np.float32))
        self.band = band
        self.top = 0
        self._weights = outer.to(device)
        self._sums = torch.zeros((classes, side, band.width), device=device)
        self._total = torch.zeros((side, band.width), device=device)
        self._valid = np.zeros((side, band.width), dtype=np.bool_)

    def add(self, p: Tensor, valid: NDArray[np.bool_], col: int) -> None:
        """Add a window whose top row is the strip's.

        Args:
            p: float32 (K, window, window) probabilities.
            valid: bool (window, window), where the image holds data.
            col: The window's first column in the raster.
        """
        first = max(col, self.band.col)
        last = min(col + p.shape[2], self.band.col + self.band.width)
        inside = slice(first - col, last - col)
        target = slice(first - self.band.col, last - self.band.col)
        self._sums[:, :, target] += p[:, :, inside] * self._weights[:, inside]
        self._total[:, target] += self._weights[:, inside]
        self._valid[:, target] |= valid[:, inside]

    def advance(self, top: int) -> tuple[Tensor, NDArray[np.bool_]]:
        """Move down to the row `top` and hand out the rows above it.

        Returns:
            float32 (K, rows, width) probabilities on the device, and bool (rows, width)
            where they mean anything; both are copies.
        """
        rows = top - self.top
        p = self._sums[:, :rows] / self._total[:rows].clamp_min(_TINY)
        valid = self._valid[:rows].copy()
        kept = self._total.shape[0] - rows
        self._sums[:, :kept] = self._sums[:, rows:].clone()
        self._sums[:, kept:] = 0
        self._total[:kept] = self._total[rows:].clone()
        self._total[kept:] = 0
        self._valid[:kept] = self._valid[rows:].copy()
        self._valid[kept:] = False
        self.top = top
        return p, valid
