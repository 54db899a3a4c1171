"""One round: train on what is labelled, and see how good that is."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..config import Recipe, SimulateConfig, Start, TrainConfig
from ..inference import Forward
from ..inference.validation import Validation, validate
from ..models import (
    ChosenDevice,
    SegmentationNetwork,
    build,
    load_encoder,
    shrink_perturb,
)
from ..models import checkpoint as checkpoints
from ..progress import Part, Progress
from ..training import FitResult, fit
from ..training.schedule import planned_steps
from .splits import Split
from .world import World

LOOK_PX = 1 << 22  # that the network looks at together
MOST_TILES = 128
FIT_SHARE = 0.8  # of a round's progress; validation and test share the next stretch
LOOK_SHARE = 0.9
NO_LIMIT_MINUTES = 60.0 * 24 * 365
QUICK_MINUTES = 10.0
FULL_FACTOR = 4  # full supervision takes at most so many times the steps of the last round

Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Place:
    """Where the rounds of a seed happen."""

    world: World
    split: Split
    config: SimulateConfig
    device: ChosenDevice
    folder: Path
    seed: int

    @property
    def look_batch(self) -> int:
        """The tiles that the network looks at together."""
        return max(1, min(MOST_TILES, LOOK_PX // self.world.settings.tile_size_px**2))


@dataclass(frozen=True, eq=False)
class Taught:
    """A trained network and what it knows; times are in seconds."""

    network: SegmentationNetwork
    forward: Forward
    fitted: FitResult
    validation: Validation
    test: Validation
    fit_s: float
    evaluate_s: float

    @property
    def temperature(self) -> float:
        """What the logits are divided by when the pool is scanned."""
        return self.validation.temperature


def teach(
    place: Place,
    ids: Ids,
    number: int,
    previous: SegmentationNetwork | None,
    progress: Progress,
) -> Taught:
    """Train on labelled tiles, then look at validation and test.

    Args:
        place: World, split, device and seed.
        ids: int64 (M,) labelled tiles.
        number: The round; with the seed it decides everything that is left to chance.
        previous: The network of the round before, for a start that is not cold.
        progress: Hears of every step and every batch.

    Raises:
        TrainingError: Training failed.
        Cancelled: The user cancelled.
    """
    started = time.monotonic()
    config = train_config(place.config, place.seed, number)
    network = _start(place, config, previous)
    data = place.world.lesson(ids)
    config = replace(config, steps=_steps(place, config, len(ids)))
    fitted = fit(data, network, config, place.device.device, Part(progress, 0.0, FIT_SHARE))
    trained = time.monotonic()
    forward = Forward(network, place.device.device)
    middle = (FIT_SHARE + LOOK_SHARE) / 2
    validation = _look(place, forward, place.split.validation, Part(progress, FIT_SHARE, middle))
    test = _look(place, forward, place.split.test, Part(progress, middle, LOOK_SHARE))
    if place.config.recipe is Recipe.PAPER:
        validation = replace(validation, temperature=1.0)
    ended = time.monotonic()
    return Taught(network, forward, fitted, validation, test, trained - started, ended - trained)


def train_config(config: SimulateConfig, seed: int, number: int) -> TrainConfig:
    """Return how the network of a round is trained; depends on nothing but seed and round."""
    limit = QUICK_MINUTES if config.recipe is Recipe.QUICK else NO_LIMIT_MINUTES
    return TrainConfig(
        recipe=config.recipe,
        encoder=config.encoder,
        decoder=config.decoder,
        weights=config.weights,
        start=config.start,
        device=config.device,
        steps=config.steps,
        minutes=config.minutes or limit,
        seed=int(np.random.SeedSequence([seed, number]).generate_state(1)[0] >> 1),
    )


def fresh_network(world: World, config: SimulateConfig, seed: int) -> SegmentationNetwork:
    """Return the untrained network of a seed.

    Raises:
        TrainingError: There is no such encoder, or the weights do not fit it.
    """
    bands = len(world.settings.bands)
    network = build(config.encoder, bands, world.classes, seed, config.decoder.value)
    load_encoder(network, config.weights)
    return network


def has_dropout(network: SegmentationNetwork) -> bool:
    """Tell whether the head of a network has any dropout."""
    return any(getattr(module, "p", 0) for module in network.head.modules())


def save_network(folder: Path, network: SegmentationNetwork) -> None:
    """Keep a network for a start that is not cold."""
    folder.mkdir(parents=True, exist_ok=True)
    checkpoints.save(folder, network, {})


def load_network(folder: Path, device: ChosenDevice) -> SegmentationNetwork:
    """Return the network that `save_network` kept."""
    return checkpoints.load(folder, device.device).network


def budget(config: SimulateConfig) -> int:
    """Return the tiles that are labelled in the end."""
    return config.initial + config.batch * config.rounds


def _start(
    place: Place, config: TrainConfig, previous: SegmentationNetwork | None
) -> SegmentationNetwork:
    if previous is not None and config.start is Start.WARM:
        return previous
    network = fresh_network(place.world, place.config, place.seed)
    if previous is not None and config.start is Start.SHRINK_PERTURB:
        shrink_perturb(previous, network.to(place.device.device))
        return previous
    return network


def _steps(place: Place, config: TrainConfig, tiles: int) -> int:
    """Return the steps for so many tiles: more than a run's last round has only for `full`.

    Full supervision starts cold. Where rounds go on from each other, the steps of all of them
    add up, and it gets as many to begin with.
    """
    most = budget(place.config)
    if tiles <= most:
        return config.steps
    if config.steps:
        before = 1 if config.start is Start.COLD else place.config.rounds + 1
        return round(config.steps * before * min(tiles / most, FULL_FACTOR))
    if config.recipe is Recipe.PAPER:
        return 0
    return min(planned_steps(config, tiles), FULL_FACTOR * planned_steps(config, most))


def _look(place: Place, forward: Forward, ids: Ids, progress: Progress) -> Validation:
    world = place.world
    return validate(forward, world.inputs, ids, world.truth, place.look_batch, progress)
