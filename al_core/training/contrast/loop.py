"""Self-supervised pre-training of an encoder on tiles without labels."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ...config import PretrainConfig
from ...errors import Cancelled, TrainingError
from ...geo.pipeline import Prefetcher
from ...models import TaggingNetwork
from ...progress import Part, Progress, checkpoint
from ..schedule import Budget
from ..stopping import stoppable
from .batches import ContrastBatch, Tiles, epoch_steps, pairs
from .losses import info_nce
from .pause import PauseFile
from .plan import check_plan, check_tiles, plan_of, view_px
from .queue import KeyQueue, queue_length
from .settling import settle
from .twins import WIDTH, Twins
from .views import views_of

SLOW_MOMENTUM, SLOW_FROM_STEPS = 0.999, 20_000  # as in MoCo, where there is time for it
MOMENTUM = 0.99
GRACE_STEPS = 200  # in which a fresh encoder may see all tiles alike
SAVED_EVERY_S = 60.0
COLLAPSED = 0.2  # of the spread of features that differ in every direction
_RATE_FOR = 256  # the batch that the learning rate is meant for
_SMALLEST_BATCH = 8
_CHECKED_EVERY = 10  # steps; looking at the loss makes a GPU wait
_SEEDS = 1_000_003
_KEPT = ("batch_size", "step", "images", "notes")


@dataclass(frozen=True)
class Pretrained:
    """What pre-training did; `spread` is 1 where features differ in every direction.

    `notes` are sentences for the user.
    """

    tiles: int
    steps: int
    seconds: float
    images_per_s: float
    loss: float
    spread: float
    batch_size: int
    queue: int
    notes: tuple[str, ...] = ()


def pretrain(  # noqa: PLR0913 - what is trained, on what, how, where, and who watches
    tiles: Tiles,
    network: TaggingNetwork,
    config: PretrainConfig,
    device: torch.device,
    progress: Progress,
    *,
    pause: PauseFile | None = None,
    about: dict[str, Any] | None = None,
) -> Pretrained:
    """Pre-train the encoder of a network in place by momentum contrast (MoCo v2).

    With the same seed on a CPU the weights are the same, whether or not it was paused in
    between, unless the time ran out.

    Args:
        tiles: At least 64, and twice the batch.
        network: Random or pretrained; afterwards in eval mode.
        config: Epochs, time, sizes, seed.
        device: Where to train; the network stays there.
        progress: Hears of every step, counted from where this call began.
        pause: Where the state is kept each minute and when the user cancels; what lies there
            is gone on from. It is removed by whoever keeps the result.
        about: Plain JSON values to keep beside the state.

    Raises:
        TrainingError: There are too few tiles, all look alike to the encoder, the loss is no
            longer a number, or the memory does not hold a small batch.
        RasterError: An image is gone.
        StorageError: The state cannot be kept.
        Cancelled: The user cancelled; the state is kept.
    """
    check_tiles(len(tiles), config.batch_size)
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        run = _Run(tiles, network, config, device, progress, pause, about or {})
        return run.through()


@dataclass
class _Run:
    """The state of one pre-training."""

    tiles: Tiles
    network: TaggingNetwork
    config: PretrainConfig
    device: torch.device
    progress: Progress
    pause: PauseFile | None
    about: dict[str, Any]
    batch_size: int = 0
    step: int = 0
    images: int = 0
    elapsed: float = 0.0  # seconds, before this call
    loss: float = math.nan
    spread: float = math.nan
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        config, self.batch_size = self.config, self.config.batch_size
        self.twins = Twins(self.network, self.device, config.seed)
        count = queue_length(len(self.tiles), self.batch_size, config.queue)
        self.queue = KeyQueue(count, WIDTH, config.seed, self.device)
        self.black = torch.from_numpy(self.tiles.black).to(self.device)
        self.side_px = view_px(config.crop_px, self.tiles.inputs.settings.tile_size_px, self.device)
        self.plan = plan_of(self.tiles, self.network, config)
        self._restore()
        self.saved = time.monotonic()
        self.budget = Budget(self._steps(), config.minutes * 60, self.saved - self.elapsed)
        self.began = self.budget.position(self.step)

    def through(self) -> Pretrained:
        """Take all steps, and tell what was done."""
        while self.budget.position(self.step) < 1:
            self._go_on()
        seconds = self.budget.elapsed
        self._keep()
        settle(self.network, self.tiles, self.device, self.config.seed, Part(self.progress, 1, 1))
        if self.step < self.budget.steps:
            self.notes.append(
                f"Stopped after {self.step} of {self.budget.steps} steps, because the "
                f"{self.config.minutes:.3g} minutes were over."
            )
        return Pretrained(
            tiles=len(self.tiles),
            steps=self.step,
            seconds=seconds,
            images_per_s=self.images / seconds if seconds > 0 else 0.0,
            loss=self.loss,
            spread=self.queue.spread(),
            batch_size=self.batch_size,
            queue=len(self.queue.keys),
            notes=tuple(self.notes),
        )

    def _steps(self) -> int:
        return self.config.epochs * epoch_steps(len(self.tiles), self.batch_size)

    def _go_on(self) -> None:
        """Take steps until the end, or until batches have to be smaller."""
        batches = pairs(self.tiles, self.batch_size, self.side_px, self.config.seed, self.step)
        try:
            with Prefetcher(batches) as ahead, self._watched():
                self._take_steps(iter(ahead))
        except torch.cuda.OutOfMemoryError as error:
            self._halve(error)
        except Cancelled:
            self._keep()
            raise

    def _watched(self) -> AbstractContextManager[None]:
        cuda = self.device.type == "cuda"  # where a step is short
        return nullcontext() if cuda else stoppable(self.twins.both, self.progress)

    def _take_steps(self, ahead: Iterator[ContrastBatch]) -> None:
        while (position := self.budget.position(self.step)) < 1:
            done = (position - self.began) / (1 - self.began)
            checkpoint(self.progress, done, self._message())
            loss = self._learn_from(next(ahead), position)
            if self.step % _CHECKED_EVERY == 0 or self.step == self.budget.steps:
                self._look_at(loss)
            if time.monotonic() - self.saved > SAVED_EVERY_S:
                self._keep()

    def _learn_from(self, batch: ContrastBatch, position: float) -> Tensor:
        """Take one step, whole or not at all, but for statistics that are taken anew in the end."""
        # Layers that leave something to chance then do the same after a pause.
        torch.manual_seed(self.config.seed * _SEEDS + self.step)
        pixels = torch.from_numpy(batch.pixels).to(self.device, non_blocking=True)
        first, second = (
            views_of(pixels, draw, self.side_px, self.black) for draw in (batch.first, batch.second)
        )
        order = torch.from_numpy(batch.order).to(self.device)
        queries, keys = self.twins.queries(first), self.twins.keys(second, order)
        loss = info_nce(queries, keys, self.queue.keys, self.config.temperature).mean()
        self.twins.learn(loss, self._rate(position), self._momentum())
        self.queue.push(keys)
        self.step += 1
        self.images += len(pixels)
        return loss.detach()

    def _rate(self, position: float) -> float:
        """Return the learning rate: half a cosine down from that of the batch size."""
        highest = self.config.learning_rate * self.batch_size / _RATE_FOR
        return highest * (1 + math.cos(math.pi * position)) / 2

    def _momentum(self) -> float:
        slow = self.budget.steps >= SLOW_FROM_STEPS
        return self.config.momentum or (SLOW_MOMENTUM if slow else MOMENTUM)

    def _message(self) -> str:
        epoch = self.step // epoch_steps(len(self.tiles), self.batch_size) + 1
        shown = "" if math.isnan(self.loss) else f", loss {self.loss:.2f}"
        return f"Pre-training, epoch {epoch} of {self.config.epochs}{shown}"

    def _look_at(self, loss: Tensor) -> None:
        self.loss = float(loss)
        if not math.isfinite(self.loss):
            raise TrainingError(
                f"The loss is no longer a number after {self.step} steps. Lower the learning "
                "rate, or look for extreme values in the bands, and start anew."
            )
        self.spread = self.queue.spread()
        filled = len(self.queue.keys) // self.batch_size
        if self.step > GRACE_STEPS + filled and self.spread < COLLAPSED:
            raise TrainingError(
                f"All tiles look alike to the encoder after {self.step} steps (a spread of "
                f"{self.spread:.2f}, where {COLLAPSED} is the least that makes sense). Lower the "
                "learning rate, start from pretrained weights, or use more varied imagery."
            )

    def _halve(self, error: torch.cuda.OutOfMemoryError) -> None:
        if self.batch_size // 2 < _SMALLEST_BATCH:
            raise TrainingError(
                "The memory of the GPU does not hold a batch that can be learnt from. Choose a "
                "smaller encoder or smaller views, or pre-train on the CPU."
            ) from error
        self.batch_size //= 2
        self.step *= 2
        self.budget.steps = self._steps()
        torch.cuda.empty_cache()
        self.notes.append(f"The GPU ran out of memory; went on with batches of {self.batch_size}.")

    def _keep(self) -> None:
        """Keep the state as it is between two steps."""
        self.saved = time.monotonic()
        if self.pause is None:
            return
        facts = {name: getattr(self, name) for name in _KEPT}
        facts |= {"elapsed": self.budget.elapsed, "place": self.queue.place}
        facts |= {"plan": self.plan, "about": self.about}
        facts["loss"] = self.loss if math.isfinite(self.loss) else None
        self.pause.save(self.twins.state() | {"queue": self.queue.keys}, facts)

    def _restore(self) -> None:
        """Go on from what was paused, if it was begun alike."""
        found = self.pause.load() if self.pause is not None else None
        if found is None:
            return
        check_plan(found.facts["plan"], self.plan)
        self.twins.restore(found.tensors)
        self.queue.keys = found.tensors["queue"].to(self.device)
        self.queue.place = found.facts["place"]
        for name in (*_KEPT, "elapsed"):
            setattr(self, name, found.facts[name])
        loss = found.facts["loss"]
        self.loss = math.nan if loss is None else loss
