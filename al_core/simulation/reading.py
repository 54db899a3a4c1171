"""Read images and labels once and keep them as arrays that every lane can map."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..config import Recipe, SimulateConfig
from ..coords import default_halo_px
from ..errors import LabelError, explain_disk_errors
from ..geo import normalise
from ..geo.plain import inspect_plain, read_class_values, read_raw, read_resized
from ..geo.rasters import RasterInfo, choose_bands
from ..legend import UNLABELLED, Legend, unknown_values_sentence
from ..progress import Part, Progress, checkpoint
from ..project import Normalisation
from .sources import Sources
from .world import ABOUT, ImageFacts, Mask, World, number_images, world_settings


@dataclass(frozen=True, eq=False)
class Collected:
    """What was read and found in order, before anything is written.

    `masks` are uint8 (H, W) class indices, one an image; `side` > 0 says that images are
    resized to squares of that side.
    """

    sources: Sources
    infos: tuple[RasterInfo, ...]
    masks: tuple[Mask, ...]
    bands: tuple[int, ...]
    side: int
    scaling: Normalisation


def fingerprint(sources: Sources) -> str:
    """Return a hash of the files: their places, sizes and times."""
    digest = hashlib.sha256()
    for pair in sources.pairs:
        for path in (pair.image, pair.labels):
            found = path.stat() if path.exists() else None
            facts = (found.st_size, found.st_mtime_ns) if found else ()
            digest.update(repr((str(path.resolve()), *facts)).encode())
    return digest.hexdigest()[:16]


def collect(config: SimulateConfig, sources: Sources, progress: Progress) -> Collected:
    """Look at every image and read every mask; nothing is written.

    Raises:
        RasterError: An image cannot be read, or the bands differ.
        LabelError: Sizes differ, or values that the legend lacks (with their counts).
        Cancelled: The user cancelled.
    """
    infos = []
    for done, pair in enumerate(sources.pairs):
        checkpoint(progress, 0.3 * done / len(sources.pairs), f"Looking at {pair.image.name}")
        infos.append(inspect_plain(pair.image))
    bands = choose_bands(infos, config.bands)
    side = config.tile_size_px if config.openearthmap else 0
    masks = _masks(config, sources, infos, side, Part(progress, 0.3, 0.8))
    scaling = _scaling(config, infos, bands, Part(progress, 0.8, 1.0))
    return Collected(sources, tuple(infos), masks, bands, side, scaling)


def draft(collected: Collected, config: SimulateConfig, folder: Path) -> World:
    """Return the world that `write` will write, with the masks in memory.

    Every pixel is taken for valid where the labels say something; `write` counts the
    valid ones exactly.

    Raises:
        ConfigError: The tile size is impossible.
    """
    facts = [
        ImageFacts(info.path, info.name, mask.shape[0], mask.shape[1], info.dtype)
        for info, mask in zip(collected.infos, collected.masks, strict=True)
    ]
    fits = max(max(item.height, item.width) for item in facts) <= config.tile_size_px
    usual = default_halo_px(config.tile_size_px) if config.halo_px is None else config.halo_px
    halo = 0 if fits else usual
    settings = world_settings(config.tile_size_px, halo, collected.bands, collected.scaling)
    images = number_images(facts, settings)
    tiles = sum(image.tile_count for image in images)
    held = np.array([pair.held_out for pair in collected.sources.pairs], dtype=np.bool_)
    legend = collected.sources.legend
    nothing = np.zeros(tiles, dtype=np.int32)
    world = World(
        folder, images, settings, legend, held, nothing, np.zeros((tiles, len(legend)), np.int64)
    )
    truth = dict(enumerate(collected.masks))
    valid = (world.tiles.height * world.tiles.width).astype(np.int32)
    return replace(world, valid_px=valid, counts=_counts(world, truth), _truth=truth)


def write(world: World, collected: Collected, progress: Progress) -> World:
    """Write pixels, validity and labels as arrays below the world's folder.

    Returns:
        The world as it lies on the disk.

    Raises:
        RasterError: An image can no longer be read.
        StorageError: The disk is full.
        Cancelled: The user cancelled; the folder is then not whole and is written anew.
    """
    folder = world.folder
    with explain_disk_errors(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        valid_px = world.valid_px.copy()
        truth: dict[int, Mask] = {}
        for number, info in enumerate(collected.infos):
            checkpoint(progress, number / len(collected.infos), f"Reading {info.name}")
            valid = _write_pixels(world, number, info, collected)
            truth[number] = collected.masks[number]
            if valid is not None:
                truth[number] = np.where(valid, truth[number], UNLABELLED).astype(np.uint8)
                _count_valid(world, number, valid, valid_px)
            world.arrays.write_labels(number, truth[number])
        whole = replace(world, valid_px=valid_px, counts=_counts(world, truth), _truth={})
        whole.save()
    return World.load(folder)


def is_whole(folder: Path) -> bool:
    """Tell whether a folder holds a world that was written to its end."""
    return (folder / ABOUT).is_file()


def _masks(
    config: SimulateConfig,
    sources: Sources,
    infos: Sequence[RasterInfo],
    side: int,
    progress: Progress,
) -> tuple[Mask, ...]:
    unknown: Counter[float] = Counter()
    masks = []
    for done, (pair, info) in enumerate(zip(sources.pairs, infos, strict=True)):
        checkpoint(progress, done / len(infos), f"Reading the labels {pair.labels.name}")
        values, counted = read_class_values(pair.labels, side)
        if not side and values.shape != (info.height, info.width):
            raise LabelError(
                f"“{pair.image.name}” is {info.width} × {info.height} px but its labels "
                f"“{pair.labels.name}” are {values.shape[1]} × {values.shape[0]} px; give labels "
                "on the grid of the image."
            )
        masks.append(_translated(values, counted, sources.legend, config.unlabelled, unknown))
    if unknown:
        raise LabelError(unknown_values_sentence(dict(sorted(unknown.items()))))
    return tuple(masks)


def _translated(
    values: NDArray[np.generic],
    counted: NDArray[np.bool_] | None,
    legend: Legend,
    unlabelled: Sequence[float],
    unknown: Counter[float],
) -> Mask:
    """Return class indices; values that nobody knows are added to `unknown`."""
    index = {float(entry.value): place for place, entry in enumerate(legend)}
    index.update(dict.fromkeys(map(float, unlabelled), UNLABELLED))
    found, which = np.unique(values, return_inverse=True)
    which = which.reshape(values.shape)
    table = np.full(len(found), UNLABELLED, dtype=np.uint8)
    for place, value in enumerate(found.tolist()):
        if float(value) in index:
            table[place] = index[float(value)]
        elif value == value:  # noqa: PLR0124 - not NaN
            here = which == place
            pixels = int((here if counted is None else here & counted).sum())
            if pixels:
                unknown[float(value)] += pixels
    mask: Mask = table[which]
    if counted is not None:
        mask[~counted] = UNLABELLED
    return mask


def _scaling(
    config: SimulateConfig,
    infos: Sequence[RasterInfo],
    bands: tuple[int, ...],
    progress: Progress,
) -> Normalisation:
    """Return what the paper used where that fits, else what the images tell."""
    if config.recipe is Recipe.PAPER and normalise.suits_imagenet(len(bands), infos[0].dtype):
        found = normalise.IMAGENET
    else:
        found = normalise.measure(infos, bands, 0, progress)
    return Normalisation(found.low, found.high, found.mean, found.std)


def _write_pixels(
    world: World, number: int, info: RasterInfo, collected: Collected
) -> NDArray[np.bool_] | None:
    valid = None
    if collected.side:
        pixels = read_resized(info, collected.bands, collected.side)
    else:
        pixels, valid = read_raw(info, collected.bands)
    world.arrays.write_pixels(number, pixels)
    if valid is not None:
        world.arrays.write_valid(number, valid)
    return valid


def _counts(world: World, truth: dict[int, Mask]) -> NDArray[np.int64]:
    """Return int64 (N, K), the truth of each tile by class."""
    counts = np.zeros((len(world.valid_px), len(world.legend)), dtype=np.int64)
    core = world.settings.tile_size_px - 2 * world.settings.halo_px
    for image in world.images:
        rows, cols = np.arange(0, image.height, core), np.arange(0, image.width, core)
        tiles = slice(image.first_tile, image.first_tile + image.tile_count)
        for index in np.unique(truth[image.id]).tolist():
            if index < len(world.legend):
                hits = (truth[image.id] == index).astype(np.int64)
                sums = np.add.reduceat(np.add.reduceat(hits, rows, axis=0), cols, axis=1)
                counts[tiles, index] = sums.ravel()
    return counts


def _count_valid(
    world: World, number: int, valid: NDArray[np.bool_], valid_px: NDArray[np.int32]
) -> None:
    image = world.images[number]
    core = world.settings.tile_size_px - 2 * world.settings.halo_px
    rows, cols = np.arange(0, image.height, core), np.arange(0, image.width, core)
    hits = valid.astype(np.int32)
    sums = np.add.reduceat(np.add.reduceat(hits, rows, axis=0), cols, axis=1)
    valid_px[image.first_tile : image.first_tile + image.tile_count] = sums.ravel()
