"""One round: train on what is labelled, and see how good that is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..config import Recipe, SimulateConfig, TrainConfig
from ..models import ChosenDevice
from ..progress import Progress
from ..scoring import PoolStatistics
from ..strategies import Need
from ..training import FitResult
from .journal import Choice
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
Counts = NDArray[np.int64]


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

    @property
    def is_pictured(self) -> bool:
        """Whether pictures are kept of this seed: of the first one only."""
        return self.seed == self.config.seeds[0]


@dataclass(frozen=True, eq=False)
class Assignment:
    """What a round is to learn.

    Attributes:
        ids: int64 (M,) labelled tiles, ascending.
        number: Of the round; with the seed it decides everything that is left to chance.
        previous: Where the network of the round before lies, if it was kept.
        needs: What the strategy will ask of the network.
    """

    ids: Ids
    number: int
    previous: Path | None = None
    needs: frozenset[Need] = frozenset()


class Findings(Protocol):
    """How good a network is on some tiles, as its confusion tells."""

    @property
    def confusion(self) -> Counts:
        """Int64 (K, K) pixels, or (K, 2, 2) tiles, rows truth."""

    @property
    def tile_confusions(self) -> Counts:
        """The same tile by tile."""

    @property
    def ece(self) -> float:
        """The expected calibration error."""


class Taught(Protocol):
    """A trained network and what it knows; times are in seconds."""

    @property
    def fitted(self) -> FitResult:
        """What training did."""

    @property
    def validation(self) -> Findings:
        """How good it is on the validation tiles."""

    @property
    def test(self) -> Findings:
        """How good it is on the test tiles."""

    @property
    def temperature(self) -> float:
        """What the logits are divided by when the pool is scanned."""

    @property
    def fit_s(self) -> float:
        """How long training took."""

    @property
    def evaluate_s(self) -> float:
        """How long validation and test took."""

    @property
    def accuracy(self) -> float:
        """The share of test tiles all of whose tags are right; NaN where pixels are labelled."""

    @property
    def can_tell(self) -> frozenset[Need]:
        """What a scan by this network can be asked for."""

    def scan(self, ids: Ids, needs: frozenset[Need], progress: Progress) -> PoolStatistics:
        """Return a row for each tile of the pool.

        Args:
            ids: int64 (M,) labelled tiles; they get a row too.
            needs: What has to be known.
            progress: Hears of every batch.
        """

    def keep(self, folder: Path) -> None:
        """Keep the network for the round after this.

        Raises:
            StorageError: The disk is full.
        """

    def picture(self, name: str, number: int, picks: tuple[Choice, ...]) -> None:
        """Keep something to look at, in the rounds that are pictured.

        Args:
            name: Whose round it is, as part of a file name.
            number: The round.
            picks: The tiles that were chosen after it.

        Raises:
            StorageError: The disk is full.
        """


class Teacher(Protocol):
    """Trains the networks of a world, of its kind."""

    def check(self, needs: dict[str, frozenset[Need]]) -> None:
        """Make sure that networks can be built and give what strategies need.

        Args:
            needs: By the label of each strategy.

        Raises:
            TrainingError: There is no such encoder, or the weights do not fit it.
            QueryError: A strategy needs what the network cannot tell.
        """

    def prepare(self, progress: Progress) -> tuple[str, ...]:
        """Do once what all rounds of all seeds share; return what there is to say of it.

        Raises:
            StorageError: The disk is full.
            Cancelled: The user cancelled.
        """

    def teach(self, task: Assignment, progress: Progress) -> Taught:
        """Train on labelled tiles, then look at validation and test.

        Raises:
            TrainingError: Training failed.
            Cancelled: The user cancelled.
        """

    def inherit_picture(self, first: str, name: str, picks: tuple[Choice, ...]) -> None:
        """Take over the picture of the round that all strategies of a seed share."""


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
        dropout=config.dropout,
        loss_margin=config.loss_margin,
        loss_weight=config.loss_weight,
        loss_stop=config.loss_stop,
        seed=int(np.random.SeedSequence([seed, number]).generate_state(1)[0] >> 1),
    )


def budget(config: SimulateConfig) -> int:
    """Return the tiles that are labelled in the end."""
    return config.initial + config.batch * config.rounds
