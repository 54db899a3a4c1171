"""The network of the round before, beside the one that looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..coords import Window
from ..models import NetworkInputs
from .forward import Forward
from .statistics import discrepancy
from .windows import TileBatch, tile_batches

Pixels = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Before:
    """A network to compare with; it may be of another kind, and know other classes.

    Attributes:
        forward: The network.
        inputs: What it reads, scaled as when it was trained.
        here: int64 (C,), the classes that both know, as indices of the network that looks.
        there: int64 (C,), the same classes as indices of this one.
    """

    forward: Forward
    inputs: NetworkInputs
    here: Tensor
    there: Tensor

    @classmethod
    def of(
        cls, forward: Forward, inputs: NetworkInputs, then: Sequence[str], now: Sequence[str]
    ) -> Before | None:
        """Return it, or None if it shares no class with the network that looks.

        Args:
            forward: The network.
            inputs: What it reads.
            then: The names of its classes.
            now: Those of the network that looks.
        """
        common = [name for name in now if name in then]
        here, there = (
            torch.tensor([names.index(name) for name in common], device=forward.device)
            for names in (now, then)
        )
        return cls(forward, inputs, here, there) if common else None

    def beside(
        self, batches: Iterator[TileBatch], inputs: NetworkInputs, ids: NDArray[np.int64], size: int
    ) -> Iterator[tuple[TileBatch, Pixels]]:
        """Yield the batches of the network that looks, each with what this one reads.

        Args:
            batches: Of the other network.
            inputs: What that one reads; the pixels are read twice only if scaled otherwise.
            ids: int64 (N,) the tiles of all batches.
            size: Tiles in a batch.
        """
        if inputs.settings.normalisation == self.inputs.settings.normalisation:
            yield from ((batch, batch.pixels) for batch in batches)
            return
        own = tile_batches(self.inputs, ids, size)
        yield from ((batch, theirs.pixels) for batch, theirs in zip(batches, own, strict=False))

    def distances(
        self, logits: Tensor, pixels: Pixels, part: Window, mask: Tensor, temperature: float
    ) -> Tensor:
        """Return the sum over the pixels of how far the probabilities lie apart, float32 (n,).

        Args:
            logits: float32 (n, K, h, w) of the network that looks, divided by the temperature.
            pixels: float32 (n, B, T, T), as this network reads them.
            part: The part of the windows that the logits are of.
            mask: bool (n, h, w), the pixels that count.
            temperature: Divides the logits of this network.
        """
        own, _ = self.forward.run(pixels)
        cut = own[:, :, part.rows, part.cols] / temperature
        p, q = (values.flatten(2).softmax(dim=1) for values in (logits, cut))
        return discrepancy(p[:, self.here], q[:, self.there], mask.flatten(1))
