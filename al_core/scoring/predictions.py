"""What a network says of whole tiles, for the map and the gallery."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .npz import damaged, read_arrays, write_arrays

_MODEL_HASH = "model_hash"
_WHAT = "predictions of the tiles"
_DTYPES = {
    "tile_ids": np.int64,
    "p": np.float32,
    "uncertainty": np.float32,
    "features": np.float16,
}
_TABLES = ("p", "features")


@dataclass(frozen=True, eq=False)
class TagPredictions:
    """Aligned arrays over the N tiles with data, those of the validation among them.

    Attributes:
        tile_ids: int64 (N,), each tile once, in any order.
        p: float32 (N, K) probability of each class, 0 to 1.
        uncertainty: float32 (N,) the entropy as a share of the highest possible, 0 to 1.
        features: float16 (N, d) inputs of the last layer; d may be 0.
        model_hash: The network that made them.

    Raises:
        ValueError: The arrays do not belong together.
    """

    tile_ids: NDArray[np.int64]
    p: NDArray[np.float32]
    uncertainty: NDArray[np.float32]
    features: NDArray[np.float16]
    model_hash: str = ""

    def __post_init__(self) -> None:
        """Bring every array to its type and check that the shapes agree."""
        for name, dtype in _DTYPES.items():
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=dtype))
        for name in _DTYPES:
            shape = getattr(self, name).shape
            if len(shape) != (2 if name in _TABLES else 1) or shape[0] != self.tile_ids.size:
                raise ValueError(
                    f"{name} has the shape {shape}; there are {self.tile_ids.size} tiles."
                )

    def __len__(self) -> int:
        """The number of tiles."""
        return int(self.tile_ids.size)

    @property
    def classes(self) -> int:
        """The number of classes, K."""
        return int(self.p.shape[1])

    def row_of(self, tile_id: int) -> int | None:
        """Return the position of a tile, or None if the network has not seen it."""
        found = np.flatnonzero(self.tile_ids == tile_id)
        return int(found[0]) if found.size else None

    def save(self, path: Path) -> None:
        """Write the predictions as one .npz file, whole or not at all.

        Raises:
            StorageError: The disk is full or cannot be written.
        """
        arrays = {name: getattr(self, name) for name in _DTYPES}
        write_arrays(path, arrays, {_MODEL_HASH: self.model_hash})

    @classmethod
    def load(cls, path: Path) -> TagPredictions:
        """Read the predictions that `save` wrote; nothing in the file is executed.

        Raises:
            ProjectError: The file is missing or damaged.
        """
        arrays, texts = read_arrays(path, _DTYPES, (_MODEL_HASH,), _WHAT)
        try:
            return cls(**arrays, **texts)  # type: ignore[arg-type]
        except (TypeError, ValueError) as error:
            raise damaged(path, _WHAT, error) from error
