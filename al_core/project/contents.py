"""What is fixed when a project starts: settings, legend, images and tiles in the database."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import from_json, to_json
from ..coords import GeoTransform
from ..errors import ConfigError, LegendError, ProjectError
from ..legend import Legend, LegendClass
from .database import Database
from .records import ImageRecord, NewProject, ProjectSettings, Role
from .tiles import TileTable, tile_table


@dataclass(frozen=True, eq=False)
class Contents:
    """The fixed part of a project."""

    settings: ProjectSettings
    legend: Legend
    images: tuple[ImageRecord, ...]
    tiles: TileTable


def write_contents(database: Database, new: NewProject, folder: Path) -> None:
    """Fill a fresh database.

    Args:
        database: With the newest schema and no rows.
        new: What the project starts from.
        folder: Where the project will lie; image paths are kept relative to it.

    Raises:
        StorageError: The disk is full.
        ValueError: The parts of `new` do not fit each other.
    """
    table = _checked_tiles(new)
    settings = to_json(new.settings)
    with database.transaction() as connection:
        connection.executemany(
            "INSERT INTO setting VALUES (?, ?)",
            ((name, json.dumps(value)) for name, value in settings.items()),
        )
        connection.executemany(
            "INSERT INTO class VALUES (?, ?, ?, ?)",
            (
                (number, entry.value, entry.name, entry.color)
                for number, entry in enumerate(new.legend)
            ),
        )
        connection.executemany(
            "INSERT INTO image VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (_image_row(image, folder) for image in new.images),
        )
        columns = (table.ids, table.image, table.valid_px, table.role)
        connection.executemany(
            "INSERT INTO tile VALUES (?, ?, ?, ?)",
            zip(*(column.tolist() for column in columns), strict=True),
        )


def read_contents(database: Database, folder: Path) -> Contents:
    """Read the fixed part of a project.

    Raises:
        ProjectError: A part is missing or makes no sense.
    """
    try:
        settings = _read_settings(database)
        classes = database.rows("SELECT value, name, color FROM class ORDER BY number")
        legend = Legend(tuple(LegendClass(*row) for row in classes))
        rows = database.rows("SELECT * FROM image ORDER BY first_tile")
        images = tuple(map(partial(_image_record, folder=folder), rows))
        columns = np.array(
            database.rows("SELECT valid_px, role FROM tile ORDER BY id"), dtype=np.int32
        ).reshape(-1, 2)
        tiles = tile_table(images, settings, columns[:, 0], columns[:, 1].astype(np.uint8))
    except (LegendError, ConfigError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise ProjectError(
            f"The project {folder} is damaged ({error}). Restore it from a backup."
        ) from error
    return Contents(settings, legend, images, tiles)


def _checked_tiles(new: NewProject) -> TileTable:
    first = 0
    for image in new.images:
        if image.first_tile != first:
            raise ValueError(f"image {image.id} starts at tile {image.first_tile}, not {first}")
        first += image.tile_count
    role: NDArray[np.uint8] = np.full(first, Role.POOL, dtype=np.uint8)
    role[new.validation] = Role.VALIDATION
    return tile_table(new.images, new.settings, new.valid_px, role)


def _read_settings(database: Database) -> ProjectSettings:
    found = {name: json.loads(text) for name, text in database.rows("SELECT * FROM setting")}
    return from_json(ProjectSettings, found)


def _image_row(image: ImageRecord, folder: Path) -> tuple[Any, ...]:
    # Left alone: what is no file but means something to GDAL, such as /vsizip/….
    path = image.path
    if Path(path).exists():
        path = os.path.normpath(Path(path).absolute())
    place = image.transform
    return (
        image.id,
        path,
        _relative(path, folder),
        image.name,
        image.height,
        image.width,
        image.crs_wkt,
        *(place.x0, place.y0, place.dx, place.dy),
        image.dtype,
        None if image.nodata is None else repr(float(image.nodata)),
        image.first_tile,
        image.tile_count,
    )


def _image_record(row: tuple[Any, ...], folder: Path) -> ImageRecord:
    key, path, relative, name, height, width, crs_wkt, x0, y0, dx, dy, dtype, nodata, *tiles = row
    if relative is not None:
        moved = os.path.normpath(folder / relative)
        path = moved if Path(moved).exists() else path
    return ImageRecord(
        id=key,
        path=path,
        name=name,
        height=height,
        width=width,
        crs_wkt=crs_wkt,
        transform=GeoTransform(x0, y0, dx, dy),
        dtype=dtype,
        nodata=None if nodata is None else float(nodata),
        first_tile=tiles[0],
        tile_count=tiles[1],
    )


def _relative(path: str, folder: Path) -> str | None:
    """Return the way from the project to an image below or beside it, else None."""
    if not Path(path).is_relative_to(folder.parent):
        return None
    return Path(os.path.relpath(path, folder)).as_posix()
