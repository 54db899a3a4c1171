"""Networks that label whole tiles at work: tiles in, probabilities and features out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import DeviceError, QueryError
from ..models import NetworkInputs, TaggingNetwork, for_inference
from ..models.views import Views, view
from ..progress import Progress
from .windows import watched_batches

Pooled = NDArray[np.float16]
Floats = NDArray[np.float64]

_CPU_BATCH_PX = 4 * 256 * 256  # larger ones leave the processor's cache and are slower
_ROWS = 16_384  # of what was pooled, that the layers above look at together


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a network says of N tiles.

    `logits` is float64 (N, K); `ranks` float64 (N,), of the loss network, or None.
    """

    logits: Floats
    ranks: Floats | None


class TagForward:
    """Runs one network; halves its batches when the memory of the GPU runs out."""

    def __init__(self, network: TaggingNetwork, device: torch.device, model_hash: str = "") -> None:
        """Prepare a copy of the network that is fast at inference.

        Args:
            network: Left as it is.
            device: Where it runs.
            model_hash: Noted in what comes out.
        """
        self.spec = network.spec
        self.features = network.features
        self.device = device
        self.model_hash = model_hash
        self.notes: list[str] = []
        self._network = for_inference(network).to(device)
        self._limit: int | None = None

    def batch_size(self, wanted: int, tile_px: int) -> int:
        """Return how many tiles to run at once: fewer than wanted on a CPU, if they are large."""
        if self.device.type != "cpu":
            return wanted
        return max(1, min(wanted, _CPU_BATCH_PX // tile_px**2))

    @torch.inference_mode()
    def pool(self, pixels: Tensor) -> Tensor:
        """Return float16 (n, L), on the CPU, for pixels float32 (n, B, T, T).

        Raises:
            DeviceError: The memory of the GPU does not hold a single tile.
        """
        while True:
            size = min(self._limit or len(pixels), len(pixels))
            try:
                return torch.cat([self._pool(part) for part in torch.split(pixels, size)])
            except torch.cuda.OutOfMemoryError as error:
                self._halve(size, error)

    @torch.inference_mode()
    def judge(self, pooled: Pooled) -> Judgement:
        """Return what the layers above the encoder say.

        Args:
            pooled: float16 (N, L).
        """
        logits, ranks = [], []
        for start in range(0, len(pooled), _ROWS):
            part = torch.from_numpy(pooled[start : start + _ROWS].astype(np.float32))
            found, rank = self._network.judge(part.to(self.device))
            logits.append(found.double().cpu().numpy())
            if rank is not None:
                ranks.append(rank.double().cpu().numpy())
        nothing = np.zeros((0, self.spec.classes))
        return Judgement(
            np.concatenate(logits) if logits else nothing,
            np.concatenate(ranks) if ranks else None,
        )

    @torch.inference_mode()
    def passes(self, pooled: Pooled, number: int, seed: int) -> Floats:
        """Return the logits of passes with the dropout before the last layer on.

        Every tile sees the same thinned layers, so that the result depends neither on the
        batch nor on the order of the tiles.

        Args:
            pooled: float16 (N, L).
            number: T, of passes.
            seed: Of what is dropped.

        Returns:
            float64 (T, N, K).

        Raises:
            QueryError: The network has no dropout.
        """
        dropout, last = self._network.head[0], self._network.last
        p = float(dropout.p) if isinstance(dropout, nn.Dropout) else 0.0
        if p <= 0:
            raise QueryError(
                "The network has no dropout before its last layer, which this strategy needs; "
                "choose another strategy, or retrain with a dropout such as 0.5."
            )
        generator = torch.Generator().manual_seed(seed)
        kept = torch.rand((number, self.features), generator=generator) >= p
        weights = last.weight.cpu() * (kept / (1 - p)).unsqueeze(1)  # (T, K, d)
        result = np.empty((number, len(pooled), self.spec.classes))
        for start in range(0, len(pooled), _ROWS):
            part = pooled[start : start + _ROWS, -self.features :].astype(np.float32)
            found = torch.from_numpy(part) @ weights.transpose(1, 2) + last.bias.cpu()
            result[:, start : start + _ROWS] = found.double().numpy()
        return result

    def _pool(self, pixels: Tensor) -> Tensor:
        pixels = pixels.to(self.device, memory_format=torch.channels_last)
        half = self.device.type == "cuda"
        with torch.autocast(self.device.type, dtype=torch.float16, enabled=half):
            return self._network.pool(pixels).half().cpu()

    def _halve(self, size: int, error: Exception) -> None:
        if size == 1:
            raise DeviceError(
                "The memory of the GPU does not hold a single tile. Close other programs that "
                "use it, or choose the CPU."
            ) from error
        self._limit = size // 2
        torch.cuda.empty_cache()
        self.notes.append(f"The GPU ran out of memory; went on with batches of {self._limit}.")


def pool_tiles(  # noqa: PLR0913 - two are options of the views
    forward: TagForward,
    inputs: NetworkInputs,
    ids: NDArray[np.int64],
    batch_size: int,
    progress: Progress,
    *,
    views: Views = Views.PLAIN,
    seed: int = 0,
) -> Pooled:
    """Return what the encoder makes of tiles.

    Args:
        forward: The network.
        inputs: Images and tiles.
        ids: int64 (N,) tiles; ascending order reads a file front to back.
        batch_size: Tiles at a time.
        progress: Hears of every batch.
        views: All of these are looked at.
        seed: Of the crops.

    Returns:
        float16 (N, V, L).

    Raises:
        RasterError: An image is gone.
        Cancelled: The user cancelled.
    """
    size = forward.batch_size(batch_size, inputs.settings.tile_size_px)
    parts: list[Pooled] = []
    for batch in watched_batches(inputs, ids, size, progress):
        pixels = torch.from_numpy(batch.pixels)
        seen = [
            forward.pool(view(pixels, views, number, batch.ids, seed))
            for number in range(views.count)
        ]
        parts.append(torch.stack(seen, dim=1).numpy())
    if parts:
        return np.concatenate(parts)
    return np.zeros((0, views.count, 0), dtype=np.float16)
