"""Pre-train an encoder on a project's own tiles, and tell whether that paid off."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import IMAGENET, PretrainConfig, Task, to_json
from ..errors import ConfigError, TrainingError, explain_disk_errors
from ..inference.tagging import TagForward, pool_tiles
from ..models import (
    LOCAL,
    ChosenDevice,
    TaggingNetwork,
    TaggingSpec,
    build_tagging,
    choose,
    load_encoder,
    save_encoder,
)
from ..progress import Part, Progress, checkpoint
from ..project import Project, Role
from ..strategies.base import eligible_tiles
from ..strategies.standing import tile_area
from ..training.contrast import PauseFile, Pretrained, Tiles, pretrain, settle
from ..training.contrast.plan import check_tiles
from ..training.probe import linear_probe, probed_classes
from .health import present_versions
from .networks import network_inputs
from .options import SHORTEST_MINUTES, check_at_least
from .results import PretrainResult, ProbeFigures

FOLDER = "encoders"
PAUSED = "paused.state"
LOOK = 0.03  # of the progress is a probe
_PROBED_TILES = 2000
_BATCH = 8
_SMALLEST_BATCH, _SMALLEST_VIEW_PX = 4, 32
_NAME = re.compile(r"[\w][\w .+-]*")

States = NDArray[np.uint8]


def pretrain_encoder(
    project: Project, config: PretrainConfig, progress: Progress
) -> PretrainResult:
    """Pre-train, probe before and after, and write the encoder into the project's folder."""
    _check(config)
    folder = project.folder / FOLDER
    name, tiles, device = _free_name(folder, config), _tiles(project, config), choose(config.device)
    with explain_disk_errors(folder):
        folder.mkdir(exist_ok=True)
    work = _Work(project, config, tiles, device, PauseFile(folder / PAUSED))
    begun = work.begin(Part(progress, 0.0, LOOK))
    done = pretrain(
        tiles,
        begun.network,
        config,
        device.device,
        Part(progress, LOOK, 1 - LOOK),
        pause=work.pause,
        about={"before": begun.before and dataclasses.asdict(begun.before)},
    )
    after, _ = work.probe(begun.network, Part(progress, 1 - LOOK, 1.0))
    checkpoint(progress, 1.0, "Keeping the encoder")
    notes = (*begun.notes, *done.notes, *_verdict(begun.before, after, config))
    result = PretrainResult(
        name=name,
        path=folder / f"{name}.safetensors",
        encoder=config.encoder,
        tiles=done.tiles,
        steps=done.steps,
        seconds=done.seconds,
        images_per_s=done.images_per_s,
        loss=done.loss,
        spread=done.spread,
        before=begun.before,
        after=after,
        device=device.text,
        notes=notes,
    )
    save_encoder(result.path, begun.network.encoder, _about(project, config, done, result))
    work.pause.remove()
    return result


@dataclass(frozen=True, eq=False)
class _Begun:
    """The network that pre-training starts from, and what it is worth."""

    network: TaggingNetwork
    before: ProbeFigures | None
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Work:
    """One pre-training of a project."""

    project: Project
    config: PretrainConfig
    tiles: Tiles
    device: ChosenDevice
    pause: PauseFile

    def begin(self, progress: Progress) -> _Begun:
        """Build the network and probe it, or remember what the probe found before a pause."""
        config = self.config
        task = self.project.settings.task.value
        spec = TaggingSpec(config.encoder, self.tiles.inputs.bands, len(self.project.legend), task)
        network = build_tagging(spec, config.seed)
        if not config.resume:
            self.pause.remove()
        paused = self.pause.facts()
        if paused is not None:
            before = paused["about"]["before"]
            note = f"Went on after {paused['step']} steps, where it was paused."
            return _Begun(network, before and ProbeFigures(**before), (note,))
        if config.weights == IMAGENET:
            checkpoint(progress, 0.0, "Downloading the ImageNet weights, unless they are here")
        scaling = self.project.settings.normalisation
        report = load_encoder(network, config.weights, progress, scaling)
        start = network if config.weights else self._settled(network, progress)
        found, notes = self.probe(start, progress)
        return _Begun(network, found, (*report.notes, *notes))

    def _settled(self, network: TaggingNetwork, progress: Progress) -> TaggingNetwork:
        """Return a copy whose normalisations know the tiles: random layers say nothing before."""
        start = copy.deepcopy(network).to(self.device.device)
        settle(start, self.tiles, self.device.device, self.config.seed, progress)
        return start

    def probe(
        self, network: TaggingNetwork, progress: Progress
    ) -> tuple[ProbeFigures | None, tuple[str, ...]]:
        """Return how well the labelled tiles of the pool can be told apart, or why not."""
        ids, states, is_scene = _labelled(self.project, self.config.seed)
        try:
            probed_classes(states, is_scene=is_scene)
        except TrainingError as error:
            return None, (f"Whether it pays off is not known. {error}",)
        forward = TagForward(network, self.device.device)
        pooled = pool_tiles(forward, self.tiles.inputs, ids, _BATCH, progress)
        found = linear_probe(pooled[:, 0], states, is_scene=is_scene, seed=self.config.seed)
        figures = dataclasses.asdict(found)
        del figures["splits"]
        return ProbeFigures(**figures), tuple(forward.notes)


def _check(config: PretrainConfig) -> None:
    check_at_least(0, seed=config.seed, number_of_tiles=config.tiles, queue=config.queue)
    check_at_least(1, number_of_epochs=config.epochs)
    check_at_least(_SMALLEST_BATCH, batch_size=config.batch_size)
    check_at_least(SHORTEST_MINUTES, number_of_minutes=config.minutes)
    check_at_least(1e-9, temperature=config.temperature, learning_rate=config.learning_rate)
    if config.crop_px:
        check_at_least(_SMALLEST_VIEW_PX, side_of_the_views=config.crop_px)
    if not 0 <= config.momentum < 1:
        raise ConfigError(
            f"The momentum is {config.momentum:g}; choose 0 (by the number of steps) or less than "
            "1, such as 0.99."
        )
    if config.encoder == LOCAL:
        raise TrainingError(
            "The local network has no encoder to pre-train; choose another encoder, such as "
            "mobilenet_v2."
        )


def _free_name(folder: Path, config: PretrainConfig) -> str:
    """Return the name of the encoder to come: what is asked for, or one with a new number."""
    if not config.name:
        number = 1
        while (folder / f"{config.encoder}-{number}.safetensors").exists():
            number += 1
        return f"{config.encoder}-{number}"
    if not _NAME.fullmatch(config.name):
        raise ConfigError(
            f"“{config.name}” cannot be the name of a file; choose letters, digits, - and _."
        )
    if (folder / f"{config.name}.safetensors").exists():
        raise ConfigError(
            f"The project has an encoder “{config.name}” already; choose another name."
        )
    return config.name


def _tiles(project: Project, config: PretrainConfig) -> Tiles:
    """Return the tiles of the pool with data, labelled or not: no label is looked at."""
    table = project.tiles
    nothing = np.zeros(len(table), dtype=np.int64)
    wanted = eligible_tiles(table.valid_px, nothing, table.role != Role.POOL, tile_area(project))
    ids = table.ids[wanted]
    if config.tiles and config.tiles < len(ids):
        rng = np.random.default_rng(config.seed)
        ids = np.sort(rng.choice(ids, config.tiles, replace=False))
    check_tiles(len(ids), config.batch_size)
    return Tiles(network_inputs(project), ids)


def _labelled(project: Project, seed: int) -> tuple[NDArray[np.int64], States, bool]:
    """Return int64 (M,) labelled tiles of the pool, uint8 (M, K), and whether they are scenes.

    A painted tile is taken for its largest class; where nothing is painted, its tags count.
    """
    is_scene = project.settings.task is not Task.MULTILABEL
    ids, states = project.tags.table()
    if not project.settings.task.labels_tiles:
        painted, counts = project.labels.counts()
        if painted.size or not ids.size:
            largest = np.eye(len(project.legend), dtype=np.uint8)[counts.argmax(axis=1)]
            ids, states = painted, largest
        else:
            is_scene = False
    in_pool = np.flatnonzero(project.tiles.role[ids] == Role.POOL)
    if len(in_pool) > _PROBED_TILES:
        rng = np.random.default_rng(seed)
        in_pool = np.sort(rng.choice(in_pool, _PROBED_TILES, replace=False))
    return ids[in_pool], states[in_pool], is_scene


def _verdict(
    before: ProbeFigures | None, after: ProbeFigures | None, config: PretrainConfig
) -> Iterator[str]:
    if before is None or after is None or after.accuracy >= before.accuracy:
        return
    start = f"the weights {Path(config.weights).name}" if config.weights else "random weights"
    yield (
        f"It did not pay off: {start}, which it started from, tell the labelled tiles better apart."
    )


def _about(
    project: Project, config: PretrainConfig, done: Pretrained, result: PretrainResult
) -> dict[str, Any]:
    """Return what is worth knowing about an encoder, for the page beside it."""
    return {
        "encoder": config.encoder,
        "bands": list(project.settings.bands),
        "created": dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
        "method": "momentum contrast (MoCo v2)",
        "config": to_json(config),
        "trained": dataclasses.asdict(done),
        "probe": {
            "before": result.before and dataclasses.asdict(result.before),
            "after": result.after and dataclasses.asdict(result.after),
        },
        "device": result.device,
        "versions": present_versions(),
    }
