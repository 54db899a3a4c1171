"""Maps: GeoTIFFs that appear under their name only when they are whole."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import numpy as np
import rasterio
from numpy.typing import NDArray

from ..coords import Window
from ..errors import RasterError, StorageError, explain_disk_errors
from .rasters import GDAL_ERRORS, RasterSource, affine_of, crs_of, gdal_window, open_raster

BLOCK_PX = 256
_FULL_BYTES = 1 << 20  # less than this is no space for anything


@dataclass(frozen=True)
class MapFormat:
    """What a map holds. `colors` (value to RGB) makes a uint8 map a paletted one."""

    dtype: str = "uint8"
    count: int = 1
    nodata: float | None = None
    colors: Mapping[int, tuple[int, int, int]] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    band_names: tuple[str, ...] = ()


class MapWriter:
    """Writes a map on the grid of an image, window by window in any order.

    The file is tiled, deflated and BigTIFF where it needs to be. Until `finish` it is
    called `<name>.part`; an older map of that name stays until then. Leaving the `with`
    block finishes the map, or removes the half one if the block failed.
    """

    def __init__(self, path: Path, grid: RasterSource, form: MapFormat) -> None:
        """Create the file.

        Args:
            path: The finished map.
            grid: Gives height, width, CRS and transform.
            form: Bands, data type, nodata, colours and metadata.

        Raises:
            StorageError: The folder is missing or cannot be written, or the disk is full.
        """
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._part_aside = path.with_name(path.name + ".part.aux.xml")
        self._form = form
        _check_writable(path, self._part)
        try:
            self._dataset = rasterio.open(self._part, "w", **_profile(grid, form))
            self._describe()
        except GDAL_ERRORS as error:
            self._part.unlink(missing_ok=True)
            raise self._failed() from error

    def __enter__(self) -> MapWriter:
        """Enter."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the map, or remove it."""
        if error is None:
            self.finish()
        else:
            self.discard()

    def write(self, window: Window, pixels: NDArray[np.generic]) -> None:
        """Write a window.

        Args:
            window: A rectangle inside the raster.
            pixels: (h, w), or (count, h, w), of the map's type.

        Raises:
            StorageError: The disk is full or gone.
        """
        bands = pixels if pixels.ndim == 3 else pixels[np.newaxis]  # noqa: PLR2004 - axes
        try:
            self._dataset.write(bands, window=gdal_window(window))
        except GDAL_ERRORS as error:
            raise self._failed() from error

    def finish(self) -> None:
        """Close the map, make sure that all of it is there, and give it its name.

        Raises:
            StorageError: The disk is full or gone; the half map is removed.
        """
        try:
            self._dataset.close()
            if not _is_whole(self._part):
                raise self._failed()
            with explain_disk_errors(self._path):
                self._take_name()
        except GDAL_ERRORS as error:
            raise self._failed() from error
        finally:
            self.discard()

    def _take_name(self) -> None:
        self._part.replace(self._path)
        aside = self._path.with_name(self._path.name + ".aux.xml")
        if self._part_aside.exists():  # a CRS that GeoTIFF has no words for
            self._part_aside.replace(aside)
        else:  # what there is describes the older map
            aside.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove what is there of an unfinished map; harmless after `finish`."""
        with suppress(*GDAL_ERRORS):  # it is being thrown away
            self._dataset.close()
        self._part.unlink(missing_ok=True)
        self._part_aside.unlink(missing_ok=True)

    def _describe(self) -> None:
        if self._form.colors is not None:
            self._dataset.write_colormap(1, dict(self._form.colors))
        self._dataset.update_tags(**self._form.tags)
        for band, name in enumerate(self._form.band_names, 1):
            self._dataset.set_band_description(band, name)

    def _failed(self) -> StorageError:
        if shutil.disk_usage(self._path.parent).free < _FULL_BYTES:
            return StorageError(
                f"The disk that holds {self._path} is full. Free some space and try again."
            )
        return StorageError(
            f"{self._path} could not be written to the end: the disk, your quota or the largest "
            "file allowed is used up, or the disk is gone. Make room and try again."
        )


def map_path(folder: Path, kind: str, image_id: int, image_count: int) -> Path:
    """Return where a round keeps a map of an image: kind.tif, or kind_<image id>.tif."""
    return folder / (f"{kind}.tif" if image_count == 1 else f"{kind}_{image_id}.tif")


def _check_writable(path: Path, part: Path) -> None:
    if not path.parent.is_dir():
        raise StorageError(f"There is no folder {path.parent}; make it or choose another one.")
    with explain_disk_errors(path):
        part.write_bytes(b"")
        part.unlink()  # GDAL would try to read what it overwrites


def _profile(grid: RasterSource, form: MapFormat) -> dict[str, object]:
    kind = np.dtype(form.dtype).kind
    profile: dict[str, object] = {
        "driver": "GTiff",
        "height": grid.height,
        "width": grid.width,
        "count": form.count,
        "dtype": form.dtype,
        "crs": crs_of(grid),
        "transform": affine_of(grid.transform),
        "nodata": form.nodata,
        "tiled": True,
        "blockxsize": BLOCK_PX,
        "blockysize": BLOCK_PX,
        "interleave": "band",
        "compress": "deflate",
        # Floats of a network are noise below the first digits: a higher level only costs time.
        "zlevel": 1 if kind == "f" else 6,
        "predictor": _predictor(form),
        "bigtiff": "IF_SAFER",
    }
    if form.colors is not None:
        profile["photometric"] = "palette"
    return profile


def _predictor(form: MapFormat) -> int:
    """Return GDAL's number: differences make smooth values smaller, not class numbers."""
    if form.colors is not None:
        return 1
    return 3 if np.dtype(form.dtype).kind == "f" else 2


def _is_whole(path: Path) -> bool:
    """Tell whether every block lies inside the file: GDAL closes a cut-off file silently."""
    size = path.stat().st_size
    try:
        dataset = open_raster(path)
    except RasterError:
        return False
    with dataset:
        for band in dataset.indexes:
            for (row, col), _ in dataset.block_windows(band):
                offset = dataset.get_tag_item(f"BLOCK_OFFSET_{col}_{row}", "TIFF", bidx=band)
                length = dataset.get_tag_item(f"BLOCK_SIZE_{col}_{row}", "TIFF", bidx=band)
                if offset is None or length is None or int(offset) + int(length) > size:
                    return False
    return True
