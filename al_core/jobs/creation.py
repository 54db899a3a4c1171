"""Start a project over one or more rasters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..config import InitConfig
from ..coords import TileGrid, default_halo_px
from ..errors import ConfigError, ProjectError, RasterError
from ..geo.normalise import measure
from ..geo.rasters import RasterInfo, choose_bands, inspect
from ..geo.tiles import count_valid
from ..legend import Legend
from ..progress import Part, Progress, checkpoint
from ..project import ImageRecord, NewProject, Normalisation, Project, ProjectSettings
from ..strategies import eligible_tiles
from .options import check_at_least
from .results import InitResult

MEASURE_SHARE = 0.4  # of the progress; counting valid pixels reads every pixel once


def create(folder: Path, legend: Legend, config: InitConfig, progress: Progress) -> InitResult:
    """Inspect the rasters, draw the validation tiles and write the project folder.

    Args:
        folder: Where the project goes; it must not exist, or be empty.
        legend: The classes.
        config: The images, bands, tile size, validation share and seed.
        progress: The watcher.

    Raises:
        RasterError: A raster cannot be used, the bands differ, or no pixel has data.
        ConfigError: The tile size or the validation share makes no sense.
        ProjectError: The folder holds something already.
        StorageError: The folder cannot be written.
    """
    _check(folder, config)
    checkpoint(progress, 0.0, "Looking at the images")
    infos = tuple(inspect(path) for path in config.images)
    _check_unique(infos)
    bands = choose_bands(infos, config.bands)
    halo = _halo_px(config)
    images = _records(infos, config.tile_size_px, halo)
    scaling = measure(infos, bands, config.seed, Part(progress, 0.0, MEASURE_SHARE))
    valid = _valid_px(images, bands, config, Part(progress, MEASURE_SHARE, 1.0))
    validation = _draw_validation(valid, (config.tile_size_px - 2 * halo) ** 2, config)
    settings = ProjectSettings(
        tile_size_px=config.tile_size_px,
        halo_px=halo,
        bands=bands,
        normalisation=Normalisation(scaling.low, scaling.high, scaling.mean, scaling.std),
        seed=config.seed,
        created=now(),
        task=config.task,
    )
    checkpoint(progress, 1.0, "Writing the project")
    Project.create(folder, NewProject(images, legend, settings, valid, validation)).close()
    return InitResult(folder, len(valid), len(validation), len(images), _warnings(infos))


def now() -> str:
    """Return the time as projects note it, ISO 8601."""
    return dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds")


def check_free(folder: Path) -> None:
    """Make sure that a project can be made there.

    Raises:
        ProjectError: The folder holds something already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(f"{folder} holds something already; choose a new folder.")


def _check(folder: Path, config: InitConfig) -> None:
    check_free(folder)
    check_at_least(0, seed=config.seed)
    if not 0 < config.validation_share < 1:
        raise ConfigError(
            f"The share of validation tiles is {config.validation_share:g}; choose a number "
            "between 0 and 1, such as 0.1."
        )


def _check_unique(infos: Sequence[RasterInfo]) -> None:
    paths = [info.path for info in infos]
    doubles = sorted({path for path in paths if paths.count(path) > 1})
    if doubles:
        raise RasterError(f"{doubles[0]} is given twice; name each image once.")


def _halo_px(config: InitConfig) -> int:
    """Return the margin around a tile's core; a tile with tags has none: all of it is judged."""
    return 0 if config.task.labels_tiles else default_halo_px(config.tile_size_px)


def _records(
    infos: Sequence[RasterInfo], tile_size_px: int, halo_px: int
) -> tuple[ImageRecord, ...]:
    records: list[ImageRecord] = []
    first = 0
    for number, info in enumerate(infos, start=1):
        grid = TileGrid(info.height, info.width, tile_size_px, halo_px)
        records.append(
            ImageRecord(
                id=number,
                path=info.path,
                name=info.name,
                height=info.height,
                width=info.width,
                crs_wkt=info.crs_wkt,
                transform=info.transform,
                dtype=info.dtype,
                nodata=info.nodata,
                first_tile=first,
                tile_count=len(grid),
            )
        )
        first += len(grid)
    return tuple(records)


def _valid_px(
    images: Sequence[ImageRecord], bands: tuple[int, ...], config: InitConfig, progress: Progress
) -> NDArray[np.int32]:
    ends = np.cumsum([image.height * image.width for image in images])
    shares = np.concatenate([[0.0], ends / ends[-1]])
    return np.concatenate(
        [
            count_valid(
                image,
                bands,
                image.grid(config.tile_size_px, _halo_px(config)),
                Part(progress, float(start), float(end)),
            )
            for image, start, end in zip(images, shares, shares[1:], strict=False)
        ]
    )


def _draw_validation(
    valid_px: NDArray[np.int32], tile_px: int, config: InitConfig
) -> NDArray[np.int64]:
    """Draw tiles at random among those with data enough; never all of them."""
    none = np.zeros(valid_px.shape, dtype=bool)
    usable = np.flatnonzero(eligible_tiles(valid_px, np.zeros_like(valid_px), none, tile_px))
    if not valid_px.any():
        raise RasterError(
            "No pixel of the images has data in every band; check nodata and the choice of bands."
        )
    if usable.size < 2:  # noqa: PLR2004 - one to validate, one to learn from
        raise RasterError(
            f"Only {usable.size} tile(s) of {config.tile_size_px} px have data on at least 30 % "
            "of their area; choose a smaller tile size or a larger image."
        )
    wanted = min(max(round(config.validation_share * usable.size), 1), usable.size - 1)
    drawn = np.random.default_rng(config.seed).choice(usable, size=wanted, replace=False)
    return np.sort(drawn).astype(np.int64)


def _warnings(infos: Sequence[RasterInfo]) -> tuple[str, ...]:
    first = infos[0]
    return tuple(
        f"“{info.name}” has pixels of {info.transform.dx:g} map units, “{first.name}” of "
        f"{first.transform.dx:g}; one network for both works best on one resolution."
        for info in infos[1:]
        if not np.isclose(info.transform.dx, first.transform.dx, rtol=0.01)
        or info.crs_wkt != first.crs_wkt
    )
