"""Networks that map pixels, taught and looked at in a simulation."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..config import Recipe, SimulateConfig, Start, TrainConfig
from ..errors import QueryError
from ..inference import Before, Forward, ScanOptions, scan_tiles
from ..inference.validation import Validation, validate
from ..models import SegmentationNetwork, build, load_encoder, shrink_perturb
from ..models import checkpoint as checkpoints
from ..progress import Part, Progress
from ..scoring import PoolStatistics
from ..strategies import Need
from ..training import FitResult, fit
from ..training.schedule import planned_steps
from .journal import Choice
from .preview import Preview
from .teaching import (
    FIT_SHARE,
    FULL_FACTOR,
    LOOK_SHARE,
    Assignment,
    Ids,
    Place,
    budget,
    train_config,
)
from .world import World

_THINNED = frozenset({Need.DROPOUT, Need.CERTAINTY})  # from passes with dropout


@dataclass(frozen=True, eq=False)
class PixelsTaught:
    """A trained network that maps pixels, and what it knows; see Taught.

    `previous` is where the network of the round before lies, if it was kept.
    """

    place: Place
    network: SegmentationNetwork
    forward: Forward
    fitted: FitResult
    validation: Validation
    test: Validation
    fit_s: float
    evaluate_s: float
    accuracy: float = math.nan
    previous: Path | None = None

    @property
    def temperature(self) -> float:
        """What the logits are divided by when the pool is scanned."""
        return self.validation.temperature

    @property
    def can_tell(self) -> frozenset[Need]:
        """What a scan by this network can be asked for."""
        needs = frozenset(Need) if has_dropout(self.network) else frozenset(Need) - _THINNED
        return needs if self.network.spec.learns_loss else needs - {Need.LOSS}

    def scan(self, ids: Ids, needs: frozenset[Need], progress: Progress) -> PoolStatistics:
        """Return a row for each tile of the pool."""
        place = self.place
        labelled = np.zeros(len(place.world.valid_px), dtype=np.bool_)
        labelled[ids] = True
        options = ScanOptions(
            needs=needs,
            temperature=self.temperature,
            seed=place.seed,
            before=self._before() if Need.BEFORE in needs else None,
        )
        return scan_tiles(
            self.forward,
            place.world.inputs,
            place.split.pool,
            place.world.oracle(labelled),
            place.look_batch,
            progress,
            options=options,
        )

    def keep(self, folder: Path) -> None:
        """Keep the network for the round after this."""
        folder.mkdir(parents=True, exist_ok=True)
        checkpoints.save(folder, self.network, {})

    def picture(self, name: str, number: int, picks: tuple[Choice, ...]) -> None:  # noqa: ARG002 - of tiles
        """Keep what the network sees of an area, in some rounds of the first seed."""
        if not self.place.is_pictured:
            return
        preview = Preview.of(self.place)
        if number in preview.rounds:
            preview.write(self.forward, name, self.place.seed, number)

    def _before(self) -> Before | None:
        """Return the network of the round before."""
        if self.previous is None:
            return None
        world, device = self.place.world, self.place.device.device
        found = checkpoints.load(self.previous, device)
        names = world.legend.names
        forward = Forward(found.network, device, found.model_hash)
        return Before.of(forward, world.inputs, names, names)


@dataclass(frozen=True, eq=False)
class PixelTeacher:
    """Trains networks that map pixels; see Teacher."""

    place: Place

    def check(self, needs: dict[str, frozenset[Need]]) -> None:
        """Make sure that networks can be built and give what strategies need."""
        place = self.place
        network = fresh_network(place.world, place.config, place.seed)
        if has_dropout(network):
            return
        for label, wanted in needs.items():
            if wanted & _THINNED:
                raise QueryError(
                    f"“{label}” needs dropout before the head of the network, and this one has "
                    "none; choose another strategy."
                )

    def prepare(self, progress: Progress) -> tuple[str, ...]:  # noqa: ARG002 - quick
        """Keep the image and the truth of the area that is pictured."""
        Preview.of(self.place).write_truth()
        return ()

    def teach(self, task: Assignment, progress: Progress) -> PixelsTaught:
        """Train on labelled tiles, then look at validation and test."""
        place, started = self.place, time.monotonic()
        plain = train_config(place.config, place.seed, task.number)
        config = replace(plain, learn_loss=Need.LOSS in task.needs)
        network = self._start(config, task.previous)
        config = replace(config, steps=self._steps(config, len(task.ids)))
        data, device = place.world.lesson(task.ids), place.device.device
        fitted = fit(data, network, config, device, Part(progress, 0.0, FIT_SHARE))
        trained = time.monotonic()
        forward = Forward(network, device)
        middle = (FIT_SHARE + LOOK_SHARE) / 2
        validation = self._look(forward, place.split.validation, Part(progress, FIT_SHARE, middle))
        test = self._look(forward, place.split.test, Part(progress, middle, LOOK_SHARE))
        if place.config.recipe is Recipe.PAPER:
            validation = replace(validation, temperature=1.0)
        return PixelsTaught(
            place,
            network,
            forward,
            fitted,
            validation,
            test,
            fit_s=trained - started,
            evaluate_s=time.monotonic() - trained,
            previous=task.previous,
        )

    def inherit_picture(self, first: str, name: str, picks: tuple[Choice, ...]) -> None:  # noqa: ARG002 - of tiles
        """Take over the map of the round that all strategies of a seed share."""
        Preview.of(self.place).inherit(first, name, self.place.seed)

    def _start(self, config: TrainConfig, previous: Path | None) -> SegmentationNetwork:
        place = self.place
        if previous is None or config.start is Start.COLD:
            return self._fresh(config)
        device = place.device.device
        network = checkpoints.load(previous, device).network
        if config.start is Start.SHRINK_PERTURB:
            shrink_perturb(network, self._fresh(config).to(device))
        return network

    def _fresh(self, config: TrainConfig) -> SegmentationNetwork:
        place = self.place
        learns_loss = config.learn_loss
        return fresh_network(place.world, place.config, place.seed, learns_loss=learns_loss)

    def _steps(self, config: TrainConfig, tiles: int) -> int:
        """Return the steps for so many tiles: more than a run's last round has only for `full`.

        Full supervision starts cold. Where rounds go on from each other, the steps of all of
        them add up, and it gets as many to begin with.
        """
        most = budget(self.place.config)
        if tiles <= most:
            return config.steps
        if config.steps:
            before = 1 if config.start is Start.COLD else self.place.config.rounds + 1
            return round(config.steps * before * min(tiles / most, FULL_FACTOR))
        if config.recipe is Recipe.PAPER:
            return 0
        return min(planned_steps(config, tiles), FULL_FACTOR * planned_steps(config, most))

    def _look(self, forward: Forward, ids: Ids, progress: Progress) -> Validation:
        world, batch = self.place.world, self.place.look_batch
        return validate(forward, world.inputs, ids, world.truth, batch, progress)


def fresh_network(
    world: World, config: SimulateConfig, seed: int, *, learns_loss: bool = False
) -> SegmentationNetwork:
    """Return the untrained network of a seed, with or without a loss network.

    Raises:
        TrainingError: There is no such encoder, or the weights do not fit it.
    """
    bands = len(world.settings.bands)
    network = build(
        config.encoder, bands, world.classes, seed, config.decoder.value, learns_loss=learns_loss
    )
    load_encoder(network, config.weights, scaling=world.settings.normalisation)
    return network


def has_dropout(network: SegmentationNetwork) -> bool:
    """Tell whether the head of a network has any dropout."""
    return any(getattr(module, "p", 0) for module in network.head.modules())
