"""Reference labels, raster or vector, on the grid of the images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..coords import Window
from ..errors import LabelError, RasterError
from ..legend import UNLABELLED, Legend, unknown_values_sentence
from ..progress import Part, Progress, checkpoint
from .raster_labels import RasterLabels
from .rasters import RasterSource, open_raster
from .vector_labels import VectorLabels

Mask = NDArray[np.uint8]
_UNKNOWN = -1


@dataclass(frozen=True)
class LabelSource:
    """Where labels come from and what their values mean.

    `unlabelled` values mean "not labelled", as nodata does. `attribute` is the column
    of a vector file that holds legend values or names.
    """

    path: Path
    legend: Legend
    unlabelled: tuple[float, ...] = ()
    attribute: str = "value"


@dataclass(frozen=True)
class LabelTarget:
    """An image, and the cores of its tiles that are to be labelled, by tile id."""

    image: RasterSource
    windows: Mapping[int, Window]


def read_labels(
    source: LabelSource, targets: Sequence[LabelTarget], progress: Progress
) -> Iterator[tuple[int, Mask]]:
    """Read the labels of tiles, nearest neighbour onto the grid of their images.

    A label raster may have any grid and CRS; polygons cover the pixels whose centre is
    inside, a later one over an earlier one. All is looked at before anything is returned,
    so that one unknown value changes nothing.

    Args:
        source: The label file.
        targets: The tiles of each image. Images that the labels do not touch are left out.
        progress: Told about each tile, twice.

    Returns:
        Tile ids with their masks, uint8 (core_h, core_w): class index, or UNLABELLED.

    Raises:
        LabelError: The file holds no usable labels, lies elsewhere, or has values that
            the legend lacks (each named with its pixels over all tiles asked for).
        Cancelled: The user cancelled.
    """
    labels = _open(source)
    touched = [target for target in targets if labels.touches(target.image)]
    if not touched:
        names = ", ".join(f"“{target.image.name}”" for target in targets[:3])
        raise LabelError(
            f"The labels “{source.path.name}” do not overlap {names or 'any image'}; choose "
            "labels of the same place, or check their coordinate reference system."
        )
    lookup = _Lookup(source)
    for _ in _masks(labels, touched, lookup, Part(progress, 0.0, 0.5)):
        pass
    if lookup.unknown:
        raise LabelError(unknown_values_sentence(lookup.unknown))
    return _masks(labels, touched, lookup, Part(progress, 0.5, 1.0))


class _Lookup:
    """Translates label values into class indices and counts those it does not know."""

    def __init__(self, source: LabelSource) -> None:
        self.unknown: Counter[float | str] = Counter()
        self._index: dict[float | str, int] = {}
        for index, entry in enumerate(source.legend):
            self._index[entry.name.casefold()] = index
            self._index[float(entry.value)] = index
        self._index.update(dict.fromkeys(map(float, source.unlabelled), UNLABELLED))

    def translate(self, values: Iterable[float | str], which: NDArray[np.intp]) -> Mask:
        """Return a mask; `which` tells the place of each pixel's value, or -1 for none."""
        indices = [self._find(value) for value in values]
        if _UNKNOWN in indices:
            counts = np.bincount(which[which >= 0], minlength=len(indices))
            for value, index, count in zip(values, indices, counts.tolist(), strict=True):
                if index == _UNKNOWN and count:
                    self.unknown[value] += count
        known = [UNLABELLED if index == _UNKNOWN else index for index in indices]
        table: Mask = np.array([*known, UNLABELLED], dtype=np.uint8)  # -1 is the last
        return table[which]

    def _find(self, value: float | str) -> int:
        if isinstance(value, str):
            found = self._index.get(value.casefold())
            if found is None and (number := _number(value)) is not None:
                found = self._index.get(number)
        else:
            found = self._index.get(value)
        return _UNKNOWN if found is None else found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _open(source: LabelSource) -> RasterLabels | VectorLabels:
    if not source.path.exists():
        raise LabelError(f"There is no file {source.path}; choose the labels again.")
    try:
        open_raster(source.path).close()
    except RasterError:
        return VectorLabels(source.path, source.attribute)
    return RasterLabels(source.path)


def _masks(
    labels: RasterLabels | VectorLabels,
    targets: Sequence[LabelTarget],
    lookup: _Lookup,
    progress: Progress,
) -> Iterator[tuple[int, Mask]]:
    total = max(1, sum(len(target.windows) for target in targets))
    done = 0
    for target in targets:
        with labels.onto(target.image) as opened:
            for tile_id, window in target.windows.items():
                checkpoint(progress, done / total, f"Reading labels for {target.image.name}")
                yield tile_id, lookup.translate(*opened.read(window))
                done += 1
