"""What is learned from: the labels as they were when training started."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..coords import Window
from ..errors import TrainingError
from ..legend import UNLABELLED
from ..models import NetworkInputs
from ..project import Role, TileTable

Mask = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class LabelSnapshot:
    """The label masks of the labelled pool tiles, compressed; validation tiles never enter.

    `ids` is int64 (M,) ascending; `counts` is int64 (M, K) pixels of each class.
    """

    ids: NDArray[np.int64]
    counts: NDArray[np.int64]
    masks: Mapping[int, bytes]

    @classmethod
    def take(
        cls, tiles: TileTable, ids: Iterable[int], read: Callable[[int], Mask], classes: int
    ) -> LabelSnapshot:
        """Copy labels.

        Args:
            tiles: All tiles; those whose role is not POOL are left out.
            ids: Tiles that may hold labels, in any order.
            read: Returns the mask of a tile's core, such as `LabelStore.read`.
            classes: K; a tile without a pixel below K is left out.
        """
        counts: dict[int, NDArray[np.int64]] = {}
        masks: dict[int, bytes] = {}
        for tile_id in sorted(int(tile_id) for tile_id in ids):
            if tiles.role[tile_id] != Role.POOL:
                continue
            mask = read(tile_id)
            found = np.bincount(mask.ravel(), minlength=UNLABELLED + 1)[:classes]
            if found.any():
                counts[tile_id] = found
                masks[tile_id] = zlib.compress(mask.tobytes(), 1)
        return cls(
            np.array(list(counts), dtype=np.int64),
            np.array(list(counts.values()), dtype=np.int64).reshape(-1, classes),
            masks,
        )


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Images, tiles, labels and the names of the classes by index."""

    inputs: NetworkInputs
    labels: LabelSnapshot
    class_names: tuple[str, ...]

    @property
    def classes(self) -> int:
        """The number of classes, K."""
        return len(self.class_names)

    def check(self) -> None:
        """Make sure that there is something to tell apart.

        Raises:
            TrainingError: No class, or only one, has labels outside the validation tiles.
        """
        labelled = np.flatnonzero(self.labels.counts.sum(axis=0))
        if not labelled.size:
            raise TrainingError(
                "There are no labels to learn from. Paint pixels of at least two classes in "
                "tiles that are not kept for validation, then train again."
            )
        if labelled.size == 1:
            raise TrainingError(
                f"Only “{self.class_names[labelled[0]]}” has labels outside the validation "
                "tiles. Paint pixels of at least one more class, then train again."
            )

    def labels_in(self, image_id: int, window: Window) -> Mask:
        """Return the labels of any window of an image, put together from its tiles.

        Args:
            image_id: The image.
            window: May reach outside the image.

        Returns:
            uint8 (h, w), UNLABELLED outside the image and in tiles without labels.
        """
        image = self.inputs.image(image_id)
        settings = self.inputs.settings
        grid = image.grid(settings.tile_size_px, settings.halo_px)
        result = np.full((window.height, window.width), UNLABELLED, dtype=np.uint8)
        for index in grid.tiles_in(window):
            packed = self.labels.masks.get(image.first_tile + index)
            core = grid.core(index)
            common = core.intersection(window)
            if packed is None or common is None:
                continue
            mask = np.frombuffer(zlib.decompress(packed), dtype=np.uint8)
            source, target = common.relative_to(core), common.relative_to(window)
            result[target.rows, target.cols] = mask.reshape(core.height, core.width)[
                source.rows, source.cols
            ]
        return result
