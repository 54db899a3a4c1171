"""The scan of a pool: one row of sums a tile, from which every score is derived."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .npz import damaged, read_arrays, write_arrays

_WHAT = "tile statistics"
_DTYPES = {
    "tile_ids": np.int64,
    "n": np.int64,
    "sum_entropy": np.float64,
    "sum_entropy_p": np.float64,
    "sum_p": np.float64,
    "histogram": np.int64,
    "sum_margin": np.float64,
    "sum_least_confidence": np.float64,
    "top20_entropy": np.float32,
    "features": np.float16,
    "sum_bald": np.float64,
    "gradients": np.float16,
    "sum_certainty": np.float64,
    "sum_discrepancy": np.float64,
    "predicted_loss": np.float64,
    "residuals": np.float32,
}
_BY_CLASS = ("sum_entropy_p", "sum_p", "histogram")
_VECTORS = ("features", "gradients", "residuals")
_TEXTS = ("model_hash", "before_hash")
_EXTRA = ("sum_bald", "sum_certainty", "sum_discrepancy", "predicted_loss")  # NaN if not asked for


@dataclass(frozen=True)
class PoolStatistics:
    """What one pass of the network left behind: aligned arrays over N scanned tiles.

    All sums run over the scorable pixels of a tile: valid and not labelled.

    Attributes:
        tile_ids: int64 (N,), each tile once, in any order.
        n: int64 (N,) scorable pixels.
        sum_entropy: float64 (N,) nats.
        sum_entropy_p: float64 (N, K) entropy times the probability of each class.
        sum_p: float64 (N, K) probability of each class: the predicted area in pixels.
        histogram: int64 (N, K) pixels by most probable class.
        sum_margin: float64 (N,) first minus second probability.
        sum_least_confidence: float64 (N,) one minus the first probability.
        top20_entropy: float32 (N,) mean of the highest fifth of the entropies.
        features: float16 (N, d) feature vector of each tile; d may be 0.
        sum_bald: float64 (N,) nats, mutual information under dropout; NaN if not asked for.
        gradients: float16 (N, K·c) mean over the pixels of (one-hot of the prediction - p)
            times the c inputs of the head; 0 columns if not asked for.
        sum_certainty: float64 (N,) first probability of the mean over passes with dropout; NaN
            if not asked for.
        sum_discrepancy: float64 (N,) Euclidean distance between the probabilities and those of
            the network of the round before; NaN if not asked for, or if there was none.
        predicted_loss: float64 (N,) by the loss network, in no unit: it only ranks; NaN without.
        residuals: float32 (N, K) probability minus what it would be if the prediction were
            true, of whole tiles; their gradient is this times the features and 1. 0 columns
            where pixels are labelled.
        model_hash: The network that made them.
        before_hash: The network of the round before that it was compared with; "" if there was
            none, None if no comparison was asked for.

    Raises:
        ValueError: The arrays do not belong together.
    """

    tile_ids: NDArray[np.int64]
    n: NDArray[np.int64]
    sum_entropy: NDArray[np.float64]
    sum_entropy_p: NDArray[np.float64]
    sum_p: NDArray[np.float64]
    histogram: NDArray[np.int64]
    sum_margin: NDArray[np.float64]
    sum_least_confidence: NDArray[np.float64]
    top20_entropy: NDArray[np.float32]
    features: NDArray[np.float16]
    sum_bald: NDArray[np.float64] | None = None
    gradients: NDArray[np.float16] | None = None
    sum_certainty: NDArray[np.float64] | None = None
    sum_discrepancy: NDArray[np.float64] | None = None
    predicted_loss: NDArray[np.float64] | None = None
    residuals: NDArray[np.float32] | None = None
    model_hash: str = ""
    before_hash: str | None = None

    def __post_init__(self) -> None:
        """Bring every array to its type and check that the shapes agree."""
        missing = {name: np.full(len(self.tile_ids), np.nan) for name in _EXTRA}
        missing |= {name: np.zeros((len(self.tile_ids), 0)) for name in _VECTORS}
        for name, dtype in _DTYPES.items():
            given = getattr(self, name)
            values = missing[name] if given is None else given
            object.__setattr__(self, name, np.asarray(values, dtype=dtype))
        self._check_shapes()

    def _check_shapes(self) -> None:
        for name in _DTYPES:
            shape, axes = getattr(self, name).shape, 2 if name in (*_BY_CLASS, *_VECTORS) else 1
            if len(shape) != axes or shape[0] != len(self):
                raise ValueError(f"{name} has the shape {shape}; there are {len(self)} tiles.")
        if len({getattr(self, name).shape[1] for name in _BY_CLASS}) != 1:
            raise ValueError(f"{', '.join(_BY_CLASS)} differ in their number of classes.")

    def __len__(self) -> int:
        """The number of tiles."""
        return int(self.tile_ids.size)

    @property
    def classes(self) -> int:
        """The number of classes, K."""
        return int(self.sum_p.shape[1])

    @property
    def of_whole_tiles(self) -> bool:
        """Whether a network looked at tiles as a whole, not at their pixels."""
        return bool(self.residuals is not None and self.residuals.shape[1])

    @classmethod
    def unscanned(cls, tile_ids: NDArray[np.int64], classes: int) -> PoolStatistics:
        """Return empty rows for tiles no network has seen; enough to draw at random.

        Args:
            tile_ids: int64 (N,).
            classes: K.
        """
        tiles = len(tile_ids)
        empty = {name: np.zeros(tiles) for name in _DTYPES if name != "tile_ids"}
        empty |= {name: np.zeros((tiles, classes)) for name in _BY_CLASS}
        empty |= {name: np.zeros((tiles, 0)) for name in _VECTORS}
        empty |= {name: np.full(tiles, np.nan) for name in _EXTRA}
        return cls(tile_ids=tile_ids, **empty)  # type: ignore[arg-type]

    def row_of(self, tile_id: int) -> int | None:
        """Return the position of a tile, or None if it was not scanned."""
        found = np.flatnonzero(self.tile_ids == tile_id)
        return int(found[0]) if found.size else None

    def save(self, path: Path) -> None:
        """Write the statistics as one .npz file, whole or not at all.

        Raises:
            StorageError: The disk is full or cannot be written.
        """
        texts = {name: getattr(self, name) for name in _TEXTS}
        write_arrays(
            path,
            {name: getattr(self, name) for name in _DTYPES},
            {name: text for name, text in texts.items() if text is not None},
        )

    @classmethod
    def load(cls, path: Path) -> PoolStatistics:
        """Read the statistics that `save` wrote; nothing in the file is executed.

        Raises:
            ProjectError: The file is missing or damaged.
        """
        arrays, texts = read_arrays(path, _DTYPES, _TEXTS, _WHAT)
        try:
            return cls(**arrays, **texts)  # type: ignore[arg-type]
        except (TypeError, ValueError) as error:
            raise damaged(path, _WHAT, error) from error
