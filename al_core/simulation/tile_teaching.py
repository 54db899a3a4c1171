"""Networks that label whole tiles, taught and looked at in a simulation."""

from __future__ import annotations

import dataclasses
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..config import Start, TrainConfig
from ..errors import QueryError
from ..inference.tag_validation import TagValidation, probabilities, validate_tags
from ..inference.tagging import Pooled, TagForward, pool_tiles
from ..models import LOCAL, TaggingNetwork, TaggingSpec, build_tagging, load_encoder, shrink_perturb
from ..models import checkpoint as checkpoints
from ..models.views import Views
from ..progress import Part, Progress, Silent
from ..scoring import PoolStatistics, TagLook, tagged_statistics
from ..strategies import Need
from ..training import FitResult
from ..training.tagging import PooledViews, TagLesson, fit_tags, tag_settings_of
from ..training.tagging.loop import planned_tag_steps
from .bank import Bank
from .journal import Choice
from .sheets import Sheet
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

PASSES = 10  # with dropout, as in MCFPS
MINUTE_S = 60

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TilesTaught:
    """A trained network that labels tiles, and what it knows; see Taught.

    `previous` is where the network of the round before lies, if it was kept.
    """

    teacher: TileTeacher
    network: TaggingNetwork
    forward: TagForward
    fitted: FitResult
    validation: TagValidation
    test: TagValidation
    fit_s: float
    evaluate_s: float
    previous: Path | None = None

    @property
    def temperature(self) -> float:
        """What the logits are divided by when the pool is scanned."""
        is_published = self.teacher.place.config.recipe.is_published
        return 1.0 if is_published else self.validation.temperature

    @property
    def accuracy(self) -> float:
        """The share of test tiles all of whose tags are right."""
        return self.test.scores["accuracy"]

    @property
    def can_tell(self) -> frozenset[Need]:
        """What a scan by this network can be asked for."""
        return frozenset(Need) - _lacking(self.network.spec)

    def scan(self, ids: Ids, needs: frozenset[Need], progress: Progress) -> PoolStatistics:  # noqa: ARG002 - all tiles get a row
        """Return a row for each tile of the pool."""
        place, teacher = self.teacher.place, self.teacher
        pool, task = place.split.pool, place.world.task
        rows = teacher.look(self.forward, pool, Part(progress, 0.0, 0.5))
        judged = self.forward.judge(rows)
        passes = None
        if needs & {Need.DROPOUT, Need.CERTAINTY}:
            passes = self.forward.passes(rows, PASSES, place.seed) / self.temperature
        before_hash, p_before = None, None
        if Need.BEFORE in needs:
            before_hash = "" if self.previous is None else self.previous.name
            p_before = self._before(pool, Part(progress, 0.5, 1.0))
        look = TagLook(
            p=probabilities(judged.logits, task, self.temperature),
            features=rows[:, -self.forward.features :],
            passes=passes,
            p_before=p_before,
            predicted_loss=judged.ranks,
            before_hash=before_hash,
        )
        return tagged_statistics(pool, look, task)

    def keep(self, folder: Path) -> None:
        """Keep the network for the round after this."""
        folder.mkdir(parents=True, exist_ok=True)
        checkpoints.save(folder, self.network, {})

    def picture(self, name: str, number: int, picks: tuple[Choice, ...]) -> None:
        """Keep the picked tiles as one picture, in some rounds of the first seed."""
        Sheet(self.teacher.place).write(name, number, picks)

    def _before(self, ids: Ids, progress: Progress) -> Floats | None:
        """Return what the network of the round before says, float64 (N, K)."""
        if self.previous is None:
            return None
        place = self.teacher.place
        network = checkpoints.load_tagging(self.previous, place.device.device).network
        forward = TagForward(network, place.device.device)
        judged = forward.judge(self.teacher.look(forward, ids, progress))
        return probabilities(judged.logits, place.world.task, self.temperature)


@dataclass(frozen=True, eq=False)
class TileTeacher:
    """Trains networks that label tiles; see Teacher."""

    place: Place

    def check(self, needs: dict[str, frozenset[Need]]) -> None:
        """Make sure that networks can be built and give what strategies need."""
        config = self._config(0)
        lacking = _lacking(self._fresh(config).spec) - {Need.LOSS}
        for label, wanted in needs.items():
            if wanted & lacking:
                raise QueryError(
                    f"“{label}” needs dropout before the last layer, and the networks have none; "
                    "choose another strategy, or a --dropout such as 0.5."
                )

    def prepare(self, progress: Progress) -> tuple[str, ...]:
        """Let an encoder that is not trained look at every tile, once for all rounds."""
        config, bank = self._config(0), self._bank
        if bank is None:
            return ()
        if not bank.is_full:
            self._fill(bank, config, progress)
        notes = [
            "The encoder is not trained: it looked at every tile once, before the first round, "
            "which is in none of the times."
        ]
        if not config.weights and config.encoder != LOCAL:
            notes.append(
                "The encoder has random weights, so its features say little; give pretrained "
                "--weights."
            )
        return tuple(notes)

    def teach(self, task: Assignment, progress: Progress) -> TilesTaught:
        """Train on labelled tiles, then look at validation and test."""
        place, started = self.place, time.monotonic()
        plain = dataclasses.replace(self._config(task.number), learn_loss=Need.LOSS in task.needs)
        network = self._start(plain, task.previous)
        config = self._planned(plain, len(task.ids))
        lesson, device = self._lesson(network, config, task.ids), place.device.device
        fitted = fit_tags(lesson, network, config, device, Part(progress, 0.0, FIT_SHARE))
        trained = time.monotonic()
        forward = TagForward(network, device)
        middle = (FIT_SHARE + LOOK_SHARE) / 2
        split = place.split
        validation = self._examine(forward, split.validation, Part(progress, FIT_SHARE, middle))
        test = self._examine(forward, split.test, Part(progress, middle, LOOK_SHARE))
        return TilesTaught(
            self,
            network,
            forward,
            fitted,
            validation,
            test,
            fit_s=trained - started,
            evaluate_s=time.monotonic() - trained,
            previous=task.previous,
        )

    def inherit_picture(self, first: str, name: str, picks: tuple[Choice, ...]) -> None:  # noqa: ARG002 - it had none
        """Keep the tiles that were picked after the round that all strategies share."""
        Sheet(self.place).write(name, 0, picks)

    def look(self, forward: TagForward, ids: Ids, progress: Progress) -> Pooled:
        """Return what the encoder makes of tiles, float16 (N, L)."""
        if self._bank is not None:
            return self._bank.first(ids)
        inputs, batch = self.place.world.inputs, self.place.look_batch
        return pool_tiles(forward, inputs, ids, batch, progress)[:, 0]

    @property
    def _bank(self) -> Bank | None:
        """Where the rows of an encoder lie that is not trained."""
        if tag_settings_of(self._config(0)).encoder_learning_rate:
            return None
        world = self.place.world
        return Bank(world.folder, len(world.valid_px))

    def _config(self, number: int) -> TrainConfig:
        return train_config(self.place.config, self.place.seed, number)

    def _fill(self, bank: Bank, config: TrainConfig, progress: Progress) -> None:
        place = self.place
        network = self._fresh(dataclasses.replace(config, learn_loss=True))
        forward = TagForward(network, place.device.device)
        views, inputs = tag_settings_of(config).views, place.world.inputs

        def look(ids: Ids, watched: Progress) -> Pooled:
            return pool_tiles(forward, inputs, ids, place.look_batch, watched, views=views)

        bank.fill(look, progress)

    def _lesson(self, network: TaggingNetwork, config: TrainConfig, ids: Ids) -> TagLesson:
        world = self.place.world
        states = world.counts[ids].astype(np.uint8)
        names, task = world.legend.names, world.task
        lesson = TagLesson(world.inputs, ids, states, names, task)
        if self._bank is None:
            return lesson
        views: Views = tag_settings_of(config).views
        rows = self._bank.rows(ids, network.pooled)
        return dataclasses.replace(lesson, pooled=PooledViews(rows, views))

    def _examine(self, forward: TagForward, ids: Ids, progress: Progress) -> TagValidation:
        world = self.place.world
        logits = forward.judge(self.look(forward, ids, progress)).logits
        return validate_tags(logits, world.counts[ids].astype(np.uint8), world.task)

    def _fresh(self, config: TrainConfig) -> TaggingNetwork:
        world = self.place.world
        spec = TaggingSpec(
            encoder=config.encoder,
            in_channels=len(world.settings.bands),
            classes=world.classes,
            task=world.task.value,
            dropout=tag_settings_of(config).dropout,
            learns_loss=config.learn_loss,
        )
        network = build_tagging(spec, self.place.seed)
        load_encoder(network, config.weights, Silent(), world.settings.normalisation)
        return network

    def _start(self, config: TrainConfig, previous: Path | None) -> TaggingNetwork:
        settings = tag_settings_of(config)
        if previous is None or settings.is_cold or config.start is Start.COLD:
            return self._fresh(config)
        network = checkpoints.load_tagging(previous, self.place.device.device).network
        if config.start is Start.SHRINK_PERTURB:
            fresh, whole = self._fresh(config), bool(settings.encoder_learning_rate)
            shrink_perturb(network if whole else network.head, fresh if whole else fresh.head)
        return network

    def _planned(self, config: TrainConfig, tiles: int) -> TrainConfig:
        """Return the config with the steps for so many tiles; see PixelTeacher.

        Where the recipe counts epochs and rounds go on from each other, full supervision gets as
        many looks at a tile as all rounds together.
        """
        contest, settings = self.place.config, tag_settings_of(config)
        most = budget(contest)
        is_cold = config.start is Start.COLD or settings.is_cold
        if tiles <= most:
            return config
        if config.steps:
            before = 1 if is_cold else contest.rounds + 1
            steps = round(config.steps * before * min(tiles / most, FULL_FACTOR))
            return dataclasses.replace(config, steps=steps)
        if not settings.epochs:
            longest = FULL_FACTOR * planned_tag_steps(config, most)
            return dataclasses.replace(config, steps=min(planned_tag_steps(config, tiles), longest))
        if is_cold:
            return config
        looks = sum(contest.initial + contest.batch * n for n in range(contest.rounds + 1))
        return dataclasses.replace(config, epochs=math.ceil(settings.epochs * looks / tiles))


def _lacking(spec: TaggingSpec) -> frozenset[Need]:
    """Return what a network cannot tell for want of dropout, or of a loss network."""
    dropout = frozenset() if spec.dropout > 0 else frozenset({Need.DROPOUT, Need.CERTAINTY})
    return dropout if spec.learns_loss else dropout | {Need.LOSS}
