"""The head of a network with its dropout on: passes of the head alone (METHODS 8.3).

The encoder and the decoder run once. Every tile sees the same thinned heads, so the result
depends neither on the batch nor on the order of the tiles, and one seed always gives the same.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from ..coords import Window
from ..errors import QueryError
from .passes import Measure

PASSES = 10
_WHOLE_CHANNELS = (nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)


class DropoutHead:
    """A copy of a head in eval mode but for its dropout; the original is left as it is."""

    def __init__(
        self, head: nn.Module, device: torch.device, seed: int, passes: int, *, half: bool
    ) -> None:
        """Copy the head.

        Args:
            head: Maps (n, c, h, w) to (n, K, h, w).
            device: Where it runs.
            seed: Of what is dropped.
            passes: How often it is run.
            half: Whether to run it in float16 where that is safe.

        Raises:
            QueryError: It has no dropout.
        """
        self._device, self._half, self._passes = device, half, passes
        self._masks: list[_Masks] = []
        generator = torch.Generator().manual_seed(seed)
        self._head = self._swapped(copy.deepcopy(head).eval(), generator)
        if not self._masks:
            raise QueryError(
                "The network has no dropout before its head, which this strategy needs; choose "
                "another one, or retrain with a cold start."
            )
        self._margin = _reach(self._head)

    @torch.inference_mode()
    def show(
        self, inputs: Tensor, part: Window, temperature: float, measures: Iterable[Measure]
    ) -> None:
        """Let measures see the logits of every pass.

        Args:
            inputs: float (n, c, T, T), what the head is given.
            part: The part of the windows in which pixels count.
            temperature: Divides the logits.
            measures: Take what they need of float32 (n, K, P), the pixels of the part in a row.
        """
        around = self._around(part, Window(0, 0, *inputs.shape[-2:]))
        inner = part.relative_to(around)
        cut = inputs[:, :, around.rows, around.cols]
        for number in range(self._passes):
            logits = self._pass(number, cut)[:, :, inner.rows, inner.cols] / temperature
            for measure in measures:
                measure.add(logits.flatten(2))

    def _around(self, part: Window, whole: Window) -> Window:
        """Return as much of a window as the output inside `part` depends on."""
        if not all(masks.by_channel for masks in self._masks):
            return whole  # such masks belong to places in the window
        return part.grown(self._margin).intersection(whole) or whole

    def _pass(self, number: int, inputs: Tensor) -> Tensor:
        for masks in self._masks:
            masks.number = number
        with torch.autocast(self._device.type, dtype=torch.float16, enabled=self._half):
            logits: Tensor = self._head(inputs)
        return logits.float()

    def _swapped(self, module: nn.Module, generator: torch.Generator) -> nn.Module:
        """Put our own masks in the place of every dropout, at any depth."""
        if isinstance(module, (nn.Dropout, *_WHOLE_CHANNELS)) and module.p > 0:
            self._masks.append(_Masks(module, generator))
            return self._masks[-1]
        for name, child in module.named_children():
            setattr(module, name, self._swapped(child, generator))
        return module


class _Masks(nn.Module):
    """Drops the same values in every tile, others in every pass; never in place."""

    def __init__(self, dropout: nn.Module, generator: torch.Generator) -> None:
        super().__init__()
        self.number = 0
        self._keep = 1.0 - float(dropout.p)  # type: ignore[arg-type]
        self.by_channel = isinstance(dropout, _WHOLE_CHANNELS)
        self._generator = generator
        self._drawn: list[Tensor] = []

    def forward(self, values: Tensor) -> Tensor:
        """Return the values, some of them 0 and the others larger."""
        while len(self._drawn) <= self.number:
            shape = [*values.shape[1:]]
            shape[1:] = [1] * len(shape[1:]) if self.by_channel else shape[1:]
            kept = torch.rand(shape, generator=self._generator) < self._keep
            self._drawn.append((kept / max(self._keep, 1e-6)).to(values.device))
        return values * self._drawn[self.number].to(values.dtype)


def _reach(head: nn.Module) -> int:
    """Return how many pixels away the input of a head may change its output."""
    return sum(
        int(module.dilation[0]) * (int(module.kernel_size[0]) // 2)
        for module in head.modules()
        if isinstance(module, nn.Conv2d)
    )
