"""The training loop: a network fitted to the labels within steps and time."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..config import TrainConfig
from ..errors import TrainingError
from ..geo.pipeline import Prefetcher
from ..models import OpenImages, SegmentationNetwork
from ..progress import Progress, checkpoint
from .chunks import ChunkReader
from .data import TrainingData
from .recipes import Settings, settings_of
from .sampling import Batch, Cutting, Draw, EpochDraw, TileDraw, batches
from .schedule import Budget, planned_steps
from .stepping import Stepper
from .stopping import stoppable

_CHECKED_EVERY = 10  # steps; looking at the loss makes a GPU wait


@dataclass(frozen=True)
class FitResult:
    """What training did; `notes` are sentences for the user."""

    steps: int
    seconds: float
    images_per_s: float
    loss: float
    batch_size: int
    notes: tuple[str, ...] = ()


def fit(
    data: TrainingData,
    network: SegmentationNetwork,
    config: TrainConfig,
    device: torch.device,
    progress: Progress,
    *,
    anchor: SegmentationNetwork | None = None,
) -> FitResult:
    """Train a network in place; afterwards it holds the averaged weights, in eval mode.

    With the same seed on a CPU the weights are the same, unless the time ran out.

    Args:
        data: Labels of at least two classes.
        network: Random, pretrained, or that of the previous round.
        config: Recipe, steps, time, seed.
        device: Where to train; the network stays there.
        progress: Hears of every step.
        anchor: The network whose map the analyst knows; where nothing is labelled the new
            one is held near it, as far as the recipe has a stability term. It may be the
            network itself before training: a copy is made.

    Raises:
        TrainingError: There is nothing to learn, the loss is no longer a number, or the
            memory does not even hold one window.
        RasterError: An image is gone.
        Cancelled: The user cancelled; the network is then half trained.
    """
    data.check()
    if data.inputs.bands != network.spec.in_channels or data.classes != network.spec.classes:
        raise TrainingError(
            f"The network is made for {network.spec.in_channels} bands and "
            f"{network.spec.classes} classes, the project has {data.inputs.bands} and "
            f"{data.classes}. Train with a cold start."
        )
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(config.seed)
        settings = settings_of(config)
        run = _Run(data, config, settings, Stepper(network, settings, device, anchor), progress)
        return run.finish(run.through())


@dataclass
class _Run:
    """The state of one training."""

    data: TrainingData
    config: TrainConfig
    settings: Settings
    stepper: Stepper
    progress: Progress
    step: int = 0
    images: int = 0
    loss: float = math.nan
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        steps = planned_steps(self.config, len(self.data.labels.ids))
        seconds = self.config.minutes * 60 if self.settings.is_timed else math.inf
        self.budget = Budget(steps, seconds)
        self.batch_size = self.config.batch_size

    def through(self) -> float:
        """Take all steps; return the seconds they took."""
        started = time.monotonic()
        while self.budget.position(self.step) < 1:
            self._go_on()
        return time.monotonic() - started

    def _go_on(self) -> None:
        """Take steps until the end, or until batches have to be smaller."""
        try:
            with (
                Prefetcher(self._batches()) as ahead,
                stoppable(self.stepper.network, self.progress),
            ):
                self._take_steps(ahead)
        except torch.cuda.OutOfMemoryError as error:
            self._halve(error)

    def _batches(self) -> Iterator[Batch]:
        seed, is_augmented = self.config.seed, self.settings.is_augmented
        cutting = Cutting(self._tile_size_px, self.batch_size, seed, is_augmented)
        labels = self.data.labels
        draw: Draw = TileDraw(labels) if is_augmented else EpochDraw(labels, seed)
        with OpenImages(self.data.inputs) as images:
            chunks = ChunkReader(self.data, images)
            yield from batches(draw, chunks, cutting, self.step)

    @property
    def _tile_size_px(self) -> int:
        return self.data.inputs.settings.tile_size_px

    def _take_steps(self, ahead: Prefetcher[Batch]) -> None:
        for batch in ahead:
            position = self.budget.position(self.step)
            if position >= 1:
                return
            checkpoint(self.progress, position, self._message())
            loss = self.stepper.step(batch, self._tile_size_px, position)
            if loss is not None and self.step % _CHECKED_EVERY == 0:
                self._look_at(loss)
            self.step += 1
            self.images += len(batch.pixels)

    def _message(self) -> str:
        shown = "" if math.isnan(self.loss) else f", loss {self.loss:.2f}"
        return f"Training, step {self.step + 1} of {self.budget.steps}{shown}"

    def _look_at(self, loss: Tensor) -> None:
        self.loss = float(loss)
        if not math.isfinite(self.loss):
            raise TrainingError(
                f"The loss is no longer a number after {self.step + 1} steps. Lower the learning "
                "rates, or look for extreme values in the bands, and train again."
            )

    def _halve(self, error: torch.cuda.OutOfMemoryError) -> None:
        if self.batch_size == 1:
            raise TrainingError(
                "The memory of the GPU does not hold a single window. Choose a smaller encoder "
                "or train on the CPU."
            ) from error
        self.batch_size //= 2
        torch.cuda.empty_cache()
        self.notes.append(f"The GPU ran out of memory; went on with batches of {self.batch_size}.")

    def finish(self, seconds: float) -> FitResult:
        """Put the averaged weights in force and tell what was done."""
        if self.step < self.budget.steps:
            self.notes.append(
                f"Stopped after {self.step} of {self.budget.steps} steps, because the "
                f"{self.config.minutes:.3g} minutes were over."
            )
        self.stepper.finish()
        return FitResult(
            steps=self.step,
            seconds=seconds,
            images_per_s=self.images / seconds if seconds > 0 else 0.0,
            loss=self.loss,
            batch_size=self.batch_size,
            notes=tuple(self.notes),
        )
