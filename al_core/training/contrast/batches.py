"""The batches of contrastive learning: pairs of views of tiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...models import NetworkInputs, OpenImages
from .views import ViewDraw, draw_views

CACHE_BYTES = 1 << 30

Pixels = NDArray[np.float32]
Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ContrastBatch:
    """Some tiles, float32 (n, B, T, T), how both views of them look, and an order of them."""

    pixels: Pixels
    first: ViewDraw
    second: ViewDraw
    order: Ids


class Tiles:
    """The tiles to learn from; as many are kept in memory as fit, so that each is read once."""

    def __init__(self, inputs: NetworkInputs, ids: Ids, budget_bytes: int = CACHE_BYTES) -> None:
        """Read nothing yet.

        Args:
            inputs: Images and tiles.
            ids: int64 (N,).
            budget_bytes: What may be kept.
        """
        self.inputs, self.ids = inputs, ids
        self._kept: dict[int, Pixels] = {}
        self._left = budget_bytes

    def __len__(self) -> int:
        """Return N."""
        return len(self.ids)

    @property
    def black(self) -> Pixels:
        """Float32 (B,), what no light at all is after the normalisation."""
        scaling = self.inputs.settings.normalisation
        spread = np.array(scaling.std)
        black: Pixels = (-np.array(scaling.mean) / np.where(spread > 0, spread, 1)).astype("f4")
        return black

    def read(self, rows: Ids, images: OpenImages) -> Pixels:
        """Return float32 (n, B, T, T), the tiles in some rows of `ids`.

        Raises:
            RasterError: An image is gone or can no longer be read.
        """
        return np.stack([self._tile(int(self.ids[row]), images) for row in rows])

    def _tile(self, tile_id: int, images: OpenImages) -> Pixels:
        if tile_id in self._kept:
            return self._kept[tile_id]
        window = self.inputs.window(tile_id)
        pixels, _ = images.read(int(self.inputs.tiles.image[tile_id]), window)
        if pixels.nbytes <= self._left:
            self._left -= pixels.nbytes
            self._kept[tile_id] = pixels
        return pixels


def pairs(
    tiles: Tiles, batch_size: int, side_px: int, seed: int, first_step: int
) -> Iterator[ContrastBatch]:
    """Yield batches without end; that of a step depends on nothing but seed and step.

    Every epoch shows each tile once, but for those that do not fill a batch.

    Args:
        tiles: At least as many as a batch.
        batch_size: B.
        side_px: Of the views.
        seed: Of order and views.
        first_step: Where to go on.
    """
    step, steps = first_step, epoch_steps(len(tiles), batch_size)
    with OpenImages(tiles.inputs) as images:
        while True:
            epoch, place = divmod(step, steps)
            order = np.random.default_rng((seed, epoch)).permutation(len(tiles))
            rows = order[place * batch_size : (place + 1) * batch_size]
            rng = np.random.default_rng((seed, step, 1))
            first, second = (
                draw_views(rng, batch_size, tiles.inputs.bands, side_px) for _ in range(2)
            )
            yield ContrastBatch(
                tiles.read(rows, images), first, second, rng.permutation(batch_size)
            )
            step += 1


def epoch_steps(tiles: int, batch_size: int) -> int:
    """Return the whole batches in an epoch."""
    return max(tiles // batch_size, 1)
