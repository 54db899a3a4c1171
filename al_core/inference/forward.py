"""The network at work: batches of windows in, logits and features out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import DeviceError
from ..models import Look, SegmentationNetwork, for_inference
from .dropout import PASSES, DropoutHead

_One = Callable[[Tensor], tuple[Tensor, ...]]

_CPU_BATCH_PX = 4 * 256 * 256  # larger ones leave the processor's cache and are slower


class Forward:
    """Runs one network; halves its batches when the memory of the GPU runs out."""

    def __init__(
        self, network: SegmentationNetwork, device: torch.device, model_hash: str = ""
    ) -> None:
        """Prepare a copy of the network that is fast at inference.

        Args:
            network: Left as it is.
            device: Where it runs.
            model_hash: Noted in what comes out.
        """
        self.spec = network.spec
        self.classes = network.spec.classes
        self.device = device
        self.model_hash = model_hash
        self.notes: list[str] = []
        self._network = for_inference(network).to(device)
        self._limit: int | None = None
        self._half = device.type == "cuda"

    def batch_size(self, wanted: int, window_px: int) -> int:
        """Return how many windows to run at once: fewer than wanted on a CPU, if they are large.

        There larger batches are slower, and a cancel would have to wait for them.
        """
        if self.device.type != "cpu":
            return wanted
        return max(1, min(wanted, _CPU_BATCH_PX // window_px**2))

    @torch.inference_mode()
    def run(self, pixels: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
        """Return logits and features of a batch of windows.

        Args:
            pixels: float32 (n, B, T, T), normalised.

        Returns:
            float32 (n, K, T, T) logits and float32 (n, d) features, on the device.

        Raises:
            DeviceError: The memory of the GPU does not hold a single window.
        """
        logits, features = self._within_memory(pixels, self._one)
        return logits, features

    @torch.inference_mode()
    def look(self, pixels: NDArray[np.float32]) -> Look:
        """Return what `run` does, what the head was given, and the ranks of the losses.

        Args:
            pixels: float32 (n, B, T, T), normalised.

        Returns:
            As the network gives it, on the device; all but the head's inputs are float32.

        Raises:
            DeviceError: The memory of the GPU does not hold a single window.
        """
        logits, features, inputs, *ranks = self._within_memory(pixels, self._whole)
        return Look(logits, features, inputs, ranks[0] if ranks else None)

    def dropout_head(self, seed: int, passes: int = PASSES) -> DropoutHead:
        """Return a copy of the network's head whose dropout is on.

        Args:
            seed: Of what is dropped.
            passes: How often it is run.

        Raises:
            QueryError: The head has no dropout.
        """
        return DropoutHead(self._network.head, self.device, seed, passes, half=self._half)

    def _within_memory(self, pixels: NDArray[np.float32], one: _One) -> tuple[Tensor, ...]:
        while True:
            try:
                return self._run(pixels, self._chunk_size(pixels), one)
            except torch.cuda.OutOfMemoryError as error:  # noqa: PERF203 - a rare event
                self._halve(self._chunk_size(pixels), error)

    def _run(self, pixels: NDArray[np.float32], size: int, one: _One) -> tuple[Tensor, ...]:
        parts = [
            one(torch.from_numpy(pixels[start : start + size]))
            for start in range(0, len(pixels), size)
        ]
        return tuple(torch.cat(column) for column in zip(*parts, strict=True))

    def _one(self, pixels: Tensor) -> tuple[Tensor, ...]:
        pixels = pixels.to(self.device, memory_format=torch.channels_last)
        with torch.autocast(self.device.type, dtype=torch.float16, enabled=self._half):
            logits, features = self._network.forward_with_features(pixels)
        return logits.float().contiguous(), features.float()  # softmax is slow channels-last

    def _whole(self, pixels: Tensor) -> tuple[Tensor, ...]:
        pixels = pixels.to(self.device, memory_format=torch.channels_last)
        with torch.autocast(self.device.type, dtype=torch.float16, enabled=self._half):
            found = self._network.look(pixels)
        ranks = () if found.ranks is None else (found.ranks.float(),)
        return found.logits.float().contiguous(), found.features.float(), found.inputs, *ranks

    def _chunk_size(self, pixels: NDArray[np.float32]) -> int:
        return min(len(pixels), self._limit) if self._limit else len(pixels)

    def _halve(self, size: int, error: Exception) -> None:
        if size == 1:
            raise DeviceError(
                "The memory of the GPU does not hold a single window. Close other programs that "
                "use it, or choose the CPU."
            ) from error
        self._limit = size // 2
        torch.cuda.empty_cache()
        self.notes.append(f"The GPU ran out of memory; went on with batches of {self._limit}.")
