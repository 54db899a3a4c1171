"""Which tiles a simulation is made of, where each image file is a tile, and what they show."""

from __future__ import annotations

import colorsys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..config import SimulateConfig, Task
from ..errors import ConfigError, LabelError
from ..legend import Legend, LegendClass
from .sources import SUFFIXES
from .tag_tables import Tags, TagTable, listed, read_table

_GOLDEN = 0.618033988749895  # of a turn: hues that follow each other differ
_LIGHTNESS = (0.45, 0.65, 0.32)
_SATURATION = (0.75, 0.6, 0.9)


@dataclass(frozen=True, eq=False)
class TileSources:
    """Image files, one a tile, in the order of their names.

    `counts` is int64 (N, K), 1 where a tile shows a class; `notes` tell what was left out.
    """

    paths: tuple[Path, ...]
    counts: NDArray[np.int64]
    legend: Legend
    notes: tuple[str, ...] = ()


def find_tiles(config: SimulateConfig) -> TileSources:
    """Return the tiles and their classes.

    Raises:
        ConfigError: There are no images, or files that the table names are missing.
        LabelError: The table makes no sense, or names classes that the legend lacks.
        LegendError: The legend cannot be read, or there are too few classes or too many.
    """
    _check_options(config)
    folder = Path(config.images_folder)
    files = _files(folder)
    if config.table:
        table = read_table(Path(config.table), config.task)
        tags, notes = _located(table, files, config)
    else:
        table, tags, notes = _by_folder(files, folder)
    legend = _legend(table, config)
    return _sources(tags, legend, (*table.notes, *notes))


def _check_options(config: SimulateConfig) -> None:
    others = (config.images, config.labels, config.masks_folder, config.openearthmap)
    if any(others) or not config.images_folder:
        raise ConfigError(
            f"--task {config.task.value} reads tiles from a folder; name it by --images, and the "
            "classes of its files by --table, or let each of its folders be a class."
        )
    if config.task is Task.MULTILABEL and not config.table:
        raise ConfigError(
            "Folders give each tile a single class; name a --table for --task multilabel, or "
            "choose --task scene."
        )
    if config.unlabelled:
        raise ConfigError("--unlabelled is for labels of pixels; leave it out.")


def _files(folder: Path) -> dict[str, Path]:
    """Return the images of a folder and of those in it, by their path from there."""
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {folder}; choose one with images.")
    places = [folder, *sorted(path for path in folder.iterdir() if _is_shown(path))]
    found = {
        path.relative_to(folder).as_posix(): path
        for place in places
        for path in place.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    }
    if not found:
        raise ConfigError(
            f"Neither {folder} nor the folders in it hold a {', '.join(SUFFIXES)} file; choose "
            "another folder."
        )
    return dict(sorted(found.items()))


def _is_shown(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")


def _by_folder(
    files: Mapping[str, Path], folder: Path
) -> tuple[TagTable, dict[Path, Tags], tuple[str, ...]]:
    """Return the name of its folder as the class of each image."""
    tags: dict[Path, Tags] = {
        path: (path.parent.name,) for path in files.values() if path.parent != folder
    }
    loose = len(files) - len(tags)
    if not tags:
        raise ConfigError(
            f"{folder} holds images but no folders that could be classes; name a --table, or give "
            "each class a folder."
        )
    note = f"{loose} images outside the folders of the classes were left out."
    table = TagTable(tuple(sorted({shown[0] for shown in tags.values()})), {})
    notes: tuple[str, ...] = (note,) if loose else ()
    return table, tags, notes


def _located(
    table: TagTable, files: Mapping[str, Path], config: SimulateConfig
) -> tuple[dict[Path, Tags], tuple[str, ...]]:
    """Return the classes of each file that the table names, and a note on those it does not."""
    places = _Places(files)
    missing = [name for name in table.tags if not places.of(name)]
    if missing:
        raise ConfigError(
            f"{len(missing)} of the {len(table.tags)} images that {config.table} names are not in "
            f"{config.images_folder} or the folders in it: {listed(missing)}; put them there, or "
            "remove their rows."
        )
    for name in table.tags:
        if len(places.of(name)) > 1:
            raise ConfigError(
                f"“{name}” of {config.table} could be {listed(places.of(name))}; write the one "
                "that is meant, with its folder and ending."
            )
    found = {files[places.of(name)[0]]: shown for name, shown in table.tags.items()}
    if len(found) < len(table.tags):
        raise LabelError(_same_file(table, places, config))
    left = len(files) - len(found)
    note = f"{left} images that the table does not name were left out."
    return found, (note,) if left else ()


def _same_file(table: TagTable, places: _Places, config: SimulateConfig) -> str:
    counted = Counter(places.of(name)[0] for name in table.tags)
    twice = [name for name, number in counted.items() if number > 1]
    return f"{config.table} has several rows for {listed(twice)}; keep one of each."


class _Places:
    """Files by whatever a table may call them: with or without folder and ending."""

    def __init__(self, files: Iterable[str]) -> None:
        self._names: dict[str, list[str]] = {}
        for name in files:
            path = Path(name)
            bare = path.with_suffix("").as_posix()
            for alias in dict.fromkeys((name, path.name, bare, path.stem)):
                self._names.setdefault(alias, []).append(name)

    def of(self, name: str) -> list[str]:
        """Return the files that a name may mean; another ending than the file's does no harm."""
        wanted = Path(name.replace("\\", "/"))
        exact = wanted.as_posix()
        if wanted.suffix.lower() in SUFFIXES and exact not in self._names:
            return self._names.get(wanted.with_suffix("").as_posix(), [])
        return self._names.get(exact, [])


def _legend(table: TagTable, config: SimulateConfig) -> Legend:
    if config.legend:
        return Legend.from_csv(Path(config.legend))
    alike = Counter(name.casefold() for name in table.classes)
    twice = [name for name in table.classes if alike[name.casefold()] > 1]
    if twice:
        raise LabelError(f"The classes {listed(twice)} differ in case only; write them alike.")
    colors = distinct_colors(len(table.classes))
    return Legend(
        tuple(
            LegendClass(value, name, color)
            for value, (name, color) in enumerate(zip(table.classes, colors, strict=True))
        )
    )


def distinct_colors(count: int) -> list[str]:
    """Return colours as #rrggbb, neighbours in the list far from each other."""
    found = []
    for number in range(count):
        hue = (number * _GOLDEN) % 1.0
        turn = number % len(_LIGHTNESS)
        parts = colorsys.hls_to_rgb(hue, _LIGHTNESS[turn], _SATURATION[turn])
        found.append("#" + "".join(f"{round(part * 255):02x}" for part in parts))
    return found


def _sources(tags: Mapping[Path, Tags], legend: Legend, notes: tuple[str, ...]) -> TileSources:
    places = {name.casefold(): place for place, name in enumerate(legend.names)}
    unknown: Counter[str] = Counter()
    counts = np.zeros((len(tags), len(legend)), dtype=np.int64)
    paths = sorted(tags)
    for row, path in enumerate(paths):
        for name in tags[path]:
            place = places.get(name.casefold())
            if place is None:
                unknown[name] += 1
            else:
                counts[row, place] = 1
    if unknown:
        named = listed(f"{name} ({number} tiles)" for name, number in sorted(unknown.items()))
        raise LabelError(
            f"The tiles show classes that the legend lacks: {named}. Add them to the legend, or "
            "leave it out."
        )
    seen = counts.sum(axis=0).tolist()
    never = [name for name, tiles in zip(legend.names, seen, strict=True) if not tiles]
    if never:
        notes = (*notes, f"No tile shows {listed(never)}.")
    return TileSources(tuple(paths), counts, legend, notes)
