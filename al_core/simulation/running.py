"""A whole simulation: check everything, read the world, let the strategies compete, report."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..config import SimulateConfig, Task, to_json
from ..errors import ConfigError, LabelError, explain_disk_errors
from ..progress import Part, Progress, checkpoint
from ..project.lock import ProjectLock
from .board import Board
from .contestants import cluster_notes, cold_notes, contestants, pairs
from .material import Draft, Material, find_material
from .reading import is_whole
from .setting import CACHE, Setting
from .splits import Use
from .tables import Tables
from .teachers import teacher_of
from .teaching import budget
from .world import World

FORMAT = 1
_FREE = ("jobs", "strategies", "compare", "seeds")  # more of them can be added later
ABOUT = "simulation.json"
LOCK = "lock"
REPORT = "report.html"
_READ_SHARE = 0.02  # of the progress
_LOOKED_SHARE = 0.05  # when what all rounds share is there


@dataclass(frozen=True)
class Simulated:
    """What came of a simulation."""

    folder: Path
    runs: int
    rounds: int
    report: Path
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Plan:
    """What is going to be done; `draft` is None where the world lies there already."""

    setting: Setting
    material: Material
    draft: Draft | None
    fingerprint: str


def simulate(
    folder: Path, config: SimulateConfig, about: Mapping[str, Any], progress: Progress
) -> Simulated:
    """Let strategies compete on labelled imagery, or go on where that stopped.

    Args:
        folder: Where everything goes; new, empty, or left by the same simulation.
        config: Sources, strategies, seeds and sizes.
        about: JSON values worth keeping: the command, the versions.
        progress: The watcher.

    Raises:
        ConfigError: Options, files or shares make no sense; nothing is written.
        AlCoreError: Whatever else is wrong, and what to do about it.
        Cancelled: The user cancelled; the same call goes on from there.
    """
    _check_numbers(config)
    contestants(config)
    material = find_material(config)
    config = _absolute(config)
    checkpoint(progress, 0.0, "Looking at the files")
    mark = material.fingerprint()
    _check_folder(folder, config, mark)
    plan = _plan(folder, config, material, mark, Part(progress, 0.0, _READ_SHARE))
    with explain_disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock = ProjectLock(folder / LOCK)
    try:
        return _run(plan, about, Part(progress, _READ_SHARE, 1.0))
    finally:
        lock.release()


def _plan(
    folder: Path, config: SimulateConfig, material: Material, mark: str, progress: Progress
) -> _Plan:
    """Check what can be checked before anything is written."""
    cache, draft = folder / CACHE, None
    if is_whole(cache):
        world = World.load(cache)
    else:
        draft = material.draft(config, cache, progress)
        world = draft.world
    _check_classes(world)
    setting = Setting.of(folder, config, world)
    pairs(config, setting.contestants)
    _check_budget(setting)
    _check_network(setting)
    return _Plan(setting, material, draft, mark)


def _run(plan: _Plan, about: Mapping[str, Any], progress: Progress) -> Simulated:
    setting = plan.setting
    folder, config = setting.folder, setting.config
    read = (*plan.material.notes, *setting.world.notes, *_notes_on(setting))
    facts = {**about, "device": setting.device.text, "notes": list(read)}
    _keep(folder, config, plan.fingerprint, facts)
    if plan.draft is not None:
        world = plan.draft.write(Part(progress, 0.0, _READ_SHARE))
        setting = Setting.of(folder, config, world)
        _check_budget(setting)
    facts |= _facts(setting)
    _keep(folder, config, plan.fingerprint, facts)
    read = (*read, *_prepared(setting, Part(progress, _READ_SHARE, _LOOKED_SHARE)))
    facts["notes"] = list(read)
    _keep(folder, config, plan.fingerprint, facts)
    runs = [(item, seed) for item in setting.contestants for seed in config.seeds]
    tables = Tables(folder, setting.world, runs)
    tables.write()
    try:
        Board(setting, Part(progress, _LOOKED_SHARE, 1.0), tables.write).run()
    finally:
        tables.write()
    _keep(folder, config, plan.fingerprint, facts | {"finished": True})
    from .report import write_report  # noqa: PLC0415 - plots are only needed at the end

    write_report(folder)
    rounds = sum(config.rounds + 1 if item.query else 1 for item, _ in runs)
    notes = (*read, *_absent_note(facts["absent_in_test"]))
    return Simulated(folder, len(runs), rounds, folder / REPORT, notes)


def _facts(setting: Setting) -> dict[str, Any]:
    """Return what people want to know about the data, for the report."""
    world, config = setting.world, setting.config
    found = setting.split_of(config.seeds[0])
    names = world.legend.names
    held = world.task.labels_tiles  # names of loose tiles are too many to list
    test = world.counts[found.test].sum(axis=0)
    return {
        "finished": False,
        "class_names": list(names),
        "class_colors": [entry.color for entry in world.legend],
        "class_share": _shares(world.counts[found.pool].sum(axis=0)),
        "test_share": _shares(test),
        "absent_in_test": [name for name, px in zip(names, test.tolist(), strict=True) if not px],
        "task": world.task.value,
        "images": [] if held else [image.name for image in world.images],
        "tiles": len(world.valid_px),
        "pool_tiles": len(found.pool),
        "validation_tiles": len(found.validation),
        "test_tiles": len(found.test),
        "buffer_tiles": int((found.use == Use.BUFFER).sum()),
        "core_px": world.settings.tile_size_px - 2 * world.settings.halo_px,
        "bands": list(world.settings.bands),
    }


def _shares(pixels: np.ndarray) -> list[float]:
    return [round(float(value), 6) for value in pixels / max(int(pixels.sum()), 1)]


def _absent_note(names: list[str]) -> tuple[str, ...]:
    if not names:
        return ()
    return (f"Not in the test labels, so in no mean: {', '.join(names)}.",)


def _keep(folder: Path, config: SimulateConfig, mark: str, facts: Mapping[str, Any]) -> None:
    path = folder / ABOUT
    content = {
        "format": FORMAT,
        "config": _frozen(config),
        "fingerprint": mark,
        "facts": dict(facts),
    }
    temporary = path.with_name(f".{ABOUT}.{os.getpid()}.tmp")
    with explain_disk_errors(path):
        temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
        temporary.replace(path)


def _frozen(config: SimulateConfig) -> dict[str, Any]:
    """Return what has to be the same for a simulation to go on."""
    plain: dict[str, Any] = json.loads(json.dumps(to_json(config)))
    for name in _FREE:
        del plain[name]
    return plain


def _check_folder(folder: Path, config: SimulateConfig, mark: str) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ConfigError(f"{folder} is a file; choose a folder for the results.")
    if not (folder / ABOUT).exists():
        if any(folder.iterdir()):
            raise ConfigError(f"{folder} holds something else; choose a new or an empty folder.")
        return
    try:
        kept = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        before, known = kept["config"], kept["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{folder / ABOUT} cannot be read; choose another folder for the results."
        ) from error
    wanted, usual = _frozen(config), _frozen(SimulateConfig())
    changed = sorted(n for n in wanted if before.get(n, usual[n]) != wanted[n])
    if known != FORMAT or changed:
        what = f"another {changed[0]}" if changed else "another version of LandLoop"
        raise ConfigError(
            f"{folder} holds a simulation with {what.replace('_', ' ')}; choose another folder, or "
            "the same options to go on with it."
        )
    if kept.get("fingerprint") != mark:
        raise ConfigError(
            f"The images or labels have changed since the simulation in {folder} was begun; choose "
            "another folder."
        )


def _check_numbers(config: SimulateConfig) -> None:
    least = {
        "initial": 1,
        "batch": 1,
        "rounds": 0,
        "steps": 0,
        "minutes": 0,
        "split_seed": 0,
        "alpha": 0,
        "jobs": 0,
        "pool_tiles": 0,
        "validation_tiles": 0,
        "loss_margin": 0,
        "loss_weight": 0,
        "loss_stop": 0,
    }
    for name, lowest in least.items():
        value = getattr(config, name)
        if not (math.isfinite(value) and value >= lowest):
            raise ConfigError(f"--{name.replace('_', '-')} is {value:g}; choose {lowest} or more.")
    if config.dropout is not None and not 0 <= config.dropout < 1:
        raise ConfigError(f"--dropout is {config.dropout:g}; choose 0 or more and less than 1.")
    if not math.isfinite(config.gamma):
        raise ConfigError(f"--gamma is {config.gamma}; choose a number such as 0.5.")
    if not config.seeds or len(set(config.seeds)) != len(config.seeds) or min(config.seeds) < 0:
        raise ConfigError("Name each seed once, as whole numbers from 0 up, such as --seeds 0,1,2.")


def _absolute(config: SimulateConfig) -> SimulateConfig:
    """Return the config with whole paths, so that it means the same from everywhere."""

    def whole(path: str) -> str:
        return str(Path(path).resolve()) if path else ""

    return replace(
        config,
        images=tuple(map(whole, config.images)),
        labels=tuple(map(whole, config.labels)),
        images_folder=whole(config.images_folder),
        masks_folder=whole(config.masks_folder),
        openearthmap=whole(config.openearthmap),
        legend=whole(config.legend),
        table=whole(config.table),
        weights=_whole_weights(config.weights),
        test_images=tuple(
            whole(path) if Path(path).is_file() else path for path in config.test_images
        ),
    )


def _notes_on(setting: Setting) -> tuple[str, ...]:
    """Return what there is to say of strategies that will not have what they are made for."""
    config = setting.config
    if not config.rounds:
        return ()
    pool = min(len(setting.split_of(seed).pool) for seed in config.seeds)
    few = cluster_notes(setting.contestants, pool - budget(config) + config.batch)
    return (*few, *cold_notes(setting.contestants, config.start))


def _whole_weights(weights: str) -> str:
    """Return weights with a whole path; behind a “#” stand the bands that they are cut to."""
    file, mark, bands = weights.partition("#")
    return f"{Path(file).resolve()}{mark}{bands}" if Path(file).is_file() else weights


def _prepared(setting: Setting, progress: Progress) -> tuple[str, ...]:
    """Do what all rounds share, and return what there is to say of it."""
    return teacher_of(setting.place_of(setting.config.seeds[0])).prepare(progress)


def _check_classes(world: World) -> None:
    if world.can_teach(np.arange(len(world.counts))):
        return
    there = np.flatnonzero(world.counts.any(axis=0))
    if world.task is Task.MULTILABEL and there.size:
        raise LabelError(
            "Every tile shows the same classes, so there is nothing to tell apart. Choose tiles "
            "that differ."
        )
    found = f"only “{world.legend[int(there[0])].name}”" if there.size else "no class at all"
    raise LabelError(
        f"The labels hold {found}; there is nothing to tell apart. Choose labels of at least two "
        "classes."
    )


def _check_budget(setting: Setting) -> None:
    wanted, loose = budget(setting.config), setting.world.task.labels_tiles
    advice = "a smaller batch, or more tiles" if loose else "smaller tiles"
    for seed in setting.config.seeds:
        found = setting.split_of(seed)
        if wanted > len(found.pool):
            raise ConfigError(
                f"{setting.config.initial} tiles and {setting.config.rounds} rounds of "
                f"{setting.config.batch} are {wanted}, but the pool has {len(found.pool)}; take "
                f"fewer rounds{', ' if loose else ' or '}{advice}."
            )
        if not setting.world.can_teach(found.pool):
            raise LabelError(
                "The pool holds a single class once test and validation are set apart; choose "
                "other shares, another --split-seed, or more images."
            )


def _check_network(setting: Setting) -> None:
    needs = {item.label: item.strategy.needs for item in setting.contestants if item.query}
    teacher_of(setting.place_of(setting.config.seeds[0])).check(needs)
