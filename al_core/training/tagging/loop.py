"""The training loop of networks that label whole tiles."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

import torch

from ...config import TrainConfig
from ...errors import TrainingError
from ...geo.pipeline import Prefetcher
from ...models import TaggingNetwork
from ...progress import Part, Progress, checkpoint
from ..loop import FitResult
from ..schedule import Budget
from ..stopping import stoppable
from .batches import TagBatch, batches, steps_of
from .held_out import FEWEST, FOLDS, learn_ranks
from .lesson import TagLesson
from .recipes import TagSettings, tag_settings_of
from .stepping import TagStepper

MIN_STEPS, STEPS_PER_TILE = 400, 20  # where the recipe counts no epochs
MIN_HEAD_STEPS, HEAD_STEPS_PER_TILE = 300, 3  # of batches four times as large

MAIN_SHARE = 0.3  # of the progress, where four more trainings follow

_REPORTED_EVERY_S = 0.1
_TOO_FEW_TO_LEAVE_OUT = (
    f"Fewer than {FEWEST} tiles to learn from: too few to leave some out, so the ranks of the "
    "losses say little."
)


def fit_tags(
    lesson: TagLesson,
    network: TaggingNetwork,
    config: TrainConfig,
    device: torch.device,
    progress: Progress,
) -> FitResult:
    """Train a network in place; afterwards it is in eval mode.

    With the same seed on a CPU the weights are the same, unless the time ran out. Where the
    lesson brings what the encoder made of the tiles, only what is above it is trained.

    Args:
        lesson: Tiles and tags, of which not all say the same.
        network: Random, pretrained, or that of the previous round.
        config: Recipe, epochs or steps, time, seed.
        device: Where to train; the network stays there.
        progress: Hears of the steps.

    Raises:
        TrainingError: There is nothing to learn, the loss is no longer a number, or the
            memory does not even hold one tile.
        RasterError: An image is gone.
        Cancelled: The user cancelled; the network is then half trained.
    """
    lesson.check()
    _check_fit(lesson, network)
    settings = tag_settings_of(config)
    if lesson.pooled is None and not settings.encoder_learning_rate:
        raise ValueError("an encoder that stays as it is needs a lesson with pooled views")
    ranks_later = settings.ranks_held_out and lesson.pooled is not None
    ranks_later = ranks_later and network.loss_network is not None
    end = MAIN_SHARE if ranks_later else 1.0
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(config.seed)
        stepper = TagStepper(network, settings, config, device, learns_ranks=not ranks_later)
        run = _Run(lesson, config, settings, stepper, Part(progress, 0.0, end))
        result = run.through()
    if ranks_later and not _ranked(lesson, network, config, device, Part(progress, end, 1.0)):
        return replace(result, notes=(*result.notes, _TOO_FEW_TO_LEAVE_OUT))
    return result


def _ranked(
    lesson: TagLesson,
    network: TaggingNetwork,
    config: TrainConfig,
    device: torch.device,
    progress: Progress,
) -> bool:
    """Learn the ranks; the trainings without some of the tiles take half of the minutes."""

    def fit(rest: TagLesson, student: TaggingNetwork, its: TrainConfig, part: Progress) -> object:
        return fit_tags(rest, student, its, device, part)

    short = replace(config, minutes=config.minutes / (2 * FOLDS))
    return learn_ranks(lesson, network, short, fit, progress)


def planned_tag_steps(config: TrainConfig, tiles: int) -> int:
    """Return the steps asked for, or as many as the recipe plans for the tags."""
    settings = tag_settings_of(config)
    if config.steps:
        return config.steps
    if settings.epochs:
        size = settings.batch_size or config.batch_size
        return settings.epochs * steps_of(tiles, size, whole=settings.drops_last)
    if not settings.encoder_learning_rate:
        return max(MIN_HEAD_STEPS, HEAD_STEPS_PER_TILE * tiles)
    return max(MIN_STEPS, STEPS_PER_TILE * tiles)


@dataclass
class _Run:
    """The state of one training."""

    lesson: TagLesson
    config: TrainConfig
    settings: TagSettings
    stepper: TagStepper
    progress: Progress
    step: int = 0
    tiles: int = 0
    loss: float = math.nan
    reported: float = 0.0
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        seconds = self.config.minutes * 60 if self.settings.is_timed else math.inf
        self.budget = Budget(planned_tag_steps(self.config, len(self.lesson.ids)), seconds)
        self.batch_size = self.settings.batch_size or self.config.batch_size

    def through(self) -> FitResult:
        """Take all steps, and tell what was done."""
        started = time.monotonic()
        while self.budget.position(self.step) < 1:
            self._go_on()
        seconds = time.monotonic() - started
        self.stepper.finish()
        if self.step < self.budget.steps:
            self.notes.append(
                f"Stopped after {self.step} of {self.budget.steps} steps, because the "
                f"{self.config.minutes:.3g} minutes were over."
            )
        speed = self.tiles / seconds if seconds > 0 else 0.0
        return FitResult(self.step, seconds, speed, self.loss, self.batch_size, tuple(self.notes))

    def _go_on(self) -> None:
        """Take steps until the end, or until batches have to be smaller."""
        try:
            if self.lesson.pooled is not None:
                self._take(self._batches())
                return
            with Prefetcher(self._batches()) as ahead, self._watched():
                self._take(iter(ahead))
        except torch.cuda.OutOfMemoryError as error:
            self._halve(error)

    def _watched(self) -> AbstractContextManager[None]:
        cuda = self.stepper.device.type == "cuda"
        return nullcontext() if cuda else stoppable(self.stepper.network, self.progress)

    def _batches(self) -> Iterator[TagBatch]:
        return batches(
            self.lesson,
            self.settings.views,
            self.batch_size,
            divmod(self.step, self._epoch),
            self.config.seed,
            whole=self.settings.drops_last,
        )

    @property
    def _epoch(self) -> int:
        """The steps of an epoch."""
        return steps_of(len(self.lesson.ids), self.batch_size, whole=self.settings.drops_last)

    def _take(self, ahead: Iterator[TagBatch]) -> None:
        epochs = max(self.budget.steps // self._epoch, 1)
        while (position := self.budget.position(self.step)) < 1:
            self._report(position)
            is_stopped = self.step // self._epoch >= math.floor(self.config.loss_stop * epochs)
            batch = next(ahead)
            self.loss = self.stepper.step(
                batch, self.settings.annealing.factor(position), is_stopped=is_stopped
            )
            self._check_loss()
            self.step += 1
            self.tiles += len(batch.states)

    def _report(self, position: float) -> None:
        now = time.monotonic()
        if now - self.reported > _REPORTED_EVERY_S:
            self.reported = now
            checkpoint(self.progress, position, f"Training, step {self.step + 1}")

    def _check_loss(self) -> None:
        if not math.isfinite(self.loss):
            raise TrainingError(
                f"The loss is no longer a number after {self.step + 1} steps. Lower the learning "
                "rates, or look for extreme values in the bands, and train again."
            )

    def _halve(self, error: torch.cuda.OutOfMemoryError) -> None:
        if self.batch_size == 1:
            raise TrainingError(
                "The memory of the GPU does not hold a single tile. Choose a smaller encoder or "
                "train on the CPU."
            ) from error
        self.batch_size //= 2
        torch.cuda.empty_cache()
        self.notes.append(f"The GPU ran out of memory; went on with batches of {self.batch_size}.")


def _check_fit(lesson: TagLesson, network: TaggingNetwork) -> None:
    spec = network.spec
    if (lesson.inputs.bands, lesson.classes) == (spec.in_channels, spec.classes):
        return
    raise TrainingError(
        f"The network is made for {spec.in_channels} bands and {spec.classes} classes, the "
        f"project has {lesson.inputs.bands} and {lesson.classes}. Train with a cold start."
    )
