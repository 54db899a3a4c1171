"""What a simulation is made of: files that are found, looked at, and then written as a world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..config import Balance, Recipe, SimulateConfig, Task
from ..errors import ConfigError
from ..progress import Progress
from .reading import collect, draft, fingerprint, write
from .sources import Sources, find_sources
from .tile_reading import collect_tiles, draft_tiles, tiles_fingerprint, write_tiles
from .tile_sources import TileSources, find_tiles
from .world import World

_FOR_TILES = (Recipe.MCFPS, Recipe.MULTILABEL)


@dataclass(frozen=True, eq=False)
class Draft:
    """A world whose files were looked at, and what writes it to the disk and returns it."""

    world: World
    write: Callable[[Progress], World]


class Material(Protocol):
    """The files of a simulation."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out."""

    def fingerprint(self) -> str:
        """Return a hash of the files: their places, sizes and times."""

    def draft(self, config: SimulateConfig, folder: Path, progress: Progress) -> Draft:
        """Look at every file; nothing is written.

        Raises:
            AlCoreError: A file cannot be read, or does not fit the others.
            Cancelled: The user cancelled.
        """


def find_material(config: SimulateConfig) -> Material:
    """Return the files that a simulation reads.

    Raises:
        AlCoreError: Files are missing, or options contradict each other.
    """
    _check_task(config)
    if config.task.labels_tiles:
        return _Tiles(find_tiles(config), config.table)
    return _Images(find_sources(config))


def _check_task(config: SimulateConfig) -> None:
    if config.task is not Task.SEGMENTATION:
        return
    if config.recipe in _FOR_TILES:
        raise ConfigError(
            f"The recipe {config.recipe.value} is for whole tiles; choose --task scene or "
            "multilabel, or another recipe."
        )
    given = {
        "--table": bool(config.table),
        "--balance": config.balance is not Balance.AS_IS,
        "--dropout": config.dropout is not None,
    }
    for name, is_given in given.items():
        if is_given:
            raise ConfigError(f"{name} is for whole tiles; choose --task scene or multilabel.")


@dataclass(frozen=True, eq=False)
class _Images:
    """Images and the labels of their pixels."""

    sources: Sources

    @property
    def notes(self) -> tuple[str, ...]:
        return self.sources.notes

    def fingerprint(self) -> str:
        return fingerprint(self.sources)

    def draft(self, config: SimulateConfig, folder: Path, progress: Progress) -> Draft:
        collected = collect(config, self.sources, progress)
        world = draft(collected, config, folder)
        return Draft(world, lambda watcher: write(world, collected, watcher))


@dataclass(frozen=True, eq=False)
class _Tiles:
    """Images that are tiles, and their classes; the notes go into the world."""

    sources: TileSources
    table: str
    notes: tuple[str, ...] = ()

    def fingerprint(self) -> str:
        return tiles_fingerprint(self.sources, self.table)

    def draft(self, config: SimulateConfig, folder: Path, progress: Progress) -> Draft:
        collected = collect_tiles(config, self.sources, progress)
        world = draft_tiles(collected, config, folder)
        return Draft(world, lambda watcher: write_tiles(world, collected, watcher))
