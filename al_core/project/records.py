"""What a project holds, as frozen values."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import Task
from ..coords import GeoTransform, TileGrid, Window
from ..legend import Legend

Mask = NDArray[np.uint8]
"""Labels of a rectangle of pixels: 0…K-1 class index, 254 unsure, 255 unlabelled."""


class Role(enum.IntEnum):
    """What a tile is for; validation tiles are never trained on and never picked."""

    POOL = 0
    VALIDATION = 1


@dataclass(frozen=True)
class Normalisation:
    """How raw values become network input, one number a band.

    `low` and `high` are the 2nd and 98th percentile in raw units; `mean` and `std`
    are those of the values clipped to them and scaled to 0…1.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True)
class ImageRecord:
    """One raster of a project; its tiles are first_tile … first_tile + tile_count - 1."""

    id: int
    path: str
    name: str
    height: int
    width: int
    crs_wkt: str
    transform: GeoTransform
    dtype: str
    nodata: float | None
    first_tile: int
    tile_count: int

    def grid(self, tile_size_px: int, halo_px: int) -> TileGrid:
        """Return the tiles over this image."""
        return TileGrid(self.height, self.width, tile_size_px, halo_px)


@dataclass(frozen=True)
class ProjectSettings:
    """What is fixed when a project starts; `bands` are 1-based, `created` is ISO 8601."""

    tile_size_px: int
    halo_px: int
    bands: tuple[int, ...]
    normalisation: Normalisation
    seed: int
    created: str
    task: Task = Task.SEGMENTATION


@dataclass(frozen=True, eq=False)
class NewProject:
    """Everything a project starts from.

    `valid_px` is (N,) int32, valid pixels of each tile's core, images in order;
    `validation` is int64 ids of the validation tiles.
    """

    images: tuple[ImageRecord, ...]
    legend: Legend
    settings: ProjectSettings
    valid_px: NDArray[np.int32]
    validation: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Patch:
    """Pixels of one tile before and after a change.

    `window` counts from the corner of the tile's core; `before` and `after` are
    uint8 (window.height, window.width).
    """

    tile_id: int
    window: Window
    before: Mask
    after: Mask


@dataclass(frozen=True, eq=False)
class Stroke:
    """One gesture of the analyst; `label` is a class index, 254 or 255 (erased)."""

    tool: str
    label: int
    patches: tuple[Patch, ...]
    user: str = ""


@dataclass(frozen=True, eq=False)
class RoundMetrics:
    """Accuracy over the labels that the class gaps are measured on, and what follows from it.

    These are the validation pixels, unless the round's `insight` names another source.
    `confusion` is int64 (K, K), rows truth, columns prediction. `iou`, `gap` and
    `weight` have K numbers; NaN where undefined. `miou` is NaN if no IoU is defined.
    """

    confusion: NDArray[np.int64]
    iou: tuple[float, ...]
    miou: float
    gap: tuple[float, ...]
    weight: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class NewRound:
    """What training hands over with the files of a finished round."""

    device: str
    seed: int
    model_hash: str
    labelled_tiles: int
    labelled_pixels: int
    metrics: RoundMetrics
    config: dict[str, Any]
    versions: dict[str, str]
    insight: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class RoundRecord:
    """One finished round; `scanned` and `predicted` tell which files its folder holds.

    `insight` is what else is known about it, as JSON values: where the gaps come from and
    how sure they are, the calibration, what changed on the map, and advice; {} for rounds
    of older versions.
    """

    number: int
    created: str
    folder: Path
    device: str
    seed: int
    model_hash: str
    labelled_tiles: int
    labelled_pixels: int
    metrics: RoundMetrics
    config: dict[str, Any]
    versions: dict[str, str]
    scanned: bool
    predicted: bool
    insight: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PickRecord:
    """A tile worth labelling; ranks start at 1.

    `reason` has the keys class, term, value, share (0…1), text and terms (K
    numbers, or none; picks of older versions lack it).
    """

    rank: int
    tile_id: int
    score: float
    reason: dict[str, Any]
    round: int | None
    strategy: str
