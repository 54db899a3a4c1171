"""Read loose tiles once, bring them to one size, and keep them as arrays."""

from __future__ import annotations

import hashlib
import math
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..config import SimulateConfig
from ..coords import MIN_TILE_SIZE_PX, TILE_STEP_PX
from ..errors import ConfigError, RasterError, explain_disk_errors
from ..geo import normalise
from ..geo.plain import inspect_plain, read_raw, read_scaled
from ..geo.rasters import RasterInfo, choose_bands
from ..progress import Part, Progress, checkpoint
from ..project import Normalisation
from .tile_sources import TileSources
from .world import ImageFacts, World, number_images, world_settings

MOST_STRETCHED = 1.5  # of a side, when tiles are brought to one size
MEASURED = 192  # tiles that the scaling is measured on

Size = tuple[int, int]  # height, width


@dataclass(frozen=True, eq=False)
class CollectedTiles:
    """What was found in order, before anything is written; tiles become `side` px square."""

    sources: TileSources
    infos: tuple[RasterInfo, ...]
    bands: tuple[int, ...]
    side: int
    scaling: Normalisation
    notes: tuple[str, ...]


def tiles_fingerprint(sources: TileSources, table: str) -> str:
    """Return a hash of the files: their places, sizes and times."""
    digest = hashlib.sha256()
    for path in (*sources.paths, *([Path(table)] if table else [])):
        found = path.stat()
        facts = (str(path.resolve()), found.st_size, found.st_mtime_ns)
        digest.update(repr(facts).encode())
    return digest.hexdigest()[:16]


def collect_tiles(
    config: SimulateConfig, sources: TileSources, progress: Progress
) -> CollectedTiles:
    """Look at every tile; nothing is written.

    Raises:
        RasterError: A tile cannot be read, the bands differ, or the sizes differ by more than
            a factor of MOST_STRETCHED.
        ConfigError: The tile size is impossible.
        Cancelled: The user cancelled.
    """
    infos = []
    for done, path in enumerate(sources.paths):
        checkpoint(progress, 0.6 * done / len(sources.paths), f"Looking at {path.name}")
        infos.append(inspect_plain(path))
    bands = choose_bands(infos, config.bands)
    usual = Counter((info.height, info.width) for info in infos).most_common(1)[0][0]
    _check_sizes(infos, usual)
    side = _side(config, usual)
    notes = (*sources.notes, *_resized_note(infos, side))
    scaling = _scaling(config, infos, bands, Part(progress, 0.6, 1.0))
    return CollectedTiles(sources, tuple(infos), bands, side, scaling, notes)


def draft_tiles(collected: CollectedTiles, config: SimulateConfig, folder: Path) -> World:
    """Return the world that `write_tiles` will write.

    Raises:
        ConfigError: The tile size is impossible.
    """
    side = collected.side
    facts = [ImageFacts(info.path, info.name, side, side, info.dtype) for info in collected.infos]
    settings = world_settings(side, 0, collected.bands, collected.scaling, config.task)
    images = number_images(facts, settings)
    return World(
        folder,
        images,
        settings,
        collected.sources.legend,
        held_out=np.zeros(len(images), dtype=np.bool_),
        valid_px=np.full(len(images), side * side, dtype=np.int32),
        counts=collected.sources.counts,
        notes=collected.notes,
    )


def write_tiles(world: World, collected: CollectedTiles, progress: Progress) -> World:
    """Write pixels and validity as arrays below the world's folder.

    Returns:
        The world as it lies on the disk.

    Raises:
        RasterError: A tile can no longer be read.
        StorageError: The disk is full.
        Cancelled: The user cancelled; the folder is then not whole and is written anew.
    """
    folder, side = world.folder, collected.side
    with explain_disk_errors(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        valid_px = world.valid_px.copy()
        for number, info in enumerate(collected.infos):
            checkpoint(progress, number / len(collected.infos), f"Reading {info.name}")
            if (info.height, info.width) != (side, side):
                world.arrays.write_pixels(number, read_scaled(info, collected.bands, side))
                continue
            pixels, valid = read_raw(info, collected.bands)
            world.arrays.write_pixels(number, pixels)
            if valid is not None:
                world.arrays.write_valid(number, valid)
                valid_px[number] = valid.sum()
        replace(world, valid_px=valid_px).save()
    return World.load(folder)


def _side(config: SimulateConfig, usual: Size) -> int:
    """Return the side asked for, or the one that networks take and is nearest to the usual."""
    if config.tile_size_px:
        side = config.tile_size_px
        if side < MIN_TILE_SIZE_PX or side % TILE_STEP_PX:
            raise ConfigError(
                f"The tile size is {side} px; choose a multiple of {TILE_STEP_PX} from "
                f"{MIN_TILE_SIZE_PX} up, such as 224, or none for that of the images."
            )
        return side
    steps = round(math.sqrt(usual[0] * usual[1]) / TILE_STEP_PX)
    return max(steps * TILE_STEP_PX, MIN_TILE_SIZE_PX)


def _check_sizes(infos: Sequence[RasterInfo], usual: Size) -> None:
    side = math.sqrt(usual[0] * usual[1])
    for info in infos:
        stretched = max(max(info.height, info.width) / side, side / min(info.height, info.width))
        if stretched > MOST_STRETCHED:
            raise RasterError(
                f"“{Path(info.path).name}” is {info.width} × {info.height} px, but most tiles are "
                f"{usual[1]} × {usual[0]} px; give tiles of about the same size, cut or resized."
            )


def _resized_note(infos: Sequence[RasterInfo], side: int) -> tuple[str, ...]:
    changed = Counter(
        (info.height, info.width) for info in infos if (info.height, info.width) != (side, side)
    )
    if not changed:
        return ()
    shown = [f"{width} × {height}" for height, width in sorted(changed)]
    sizes = shown[0] if len(shown) == 1 else f"{shown[0]} to {shown[-1]}"
    return (
        f"{changed.total()} of {len(infos)} tiles were resized to {side} × {side} px; they were "
        f"{sizes} px.",
    )


def _scaling(
    config: SimulateConfig, infos: Sequence[RasterInfo], bands: tuple[int, ...], progress: Progress
) -> Normalisation:
    """Return what the papers used where that fits, else what some of the tiles tell."""
    if config.recipe.is_published and normalise.suits_imagenet(len(bands), infos[0].dtype):
        found = normalise.IMAGENET
    else:
        order = np.random.default_rng(0).permutation(len(infos))[:MEASURED]
        found = normalise.measure([infos[at] for at in np.sort(order)], bands, 0, progress)
    return Normalisation(found.low, found.high, found.mean, found.std)
