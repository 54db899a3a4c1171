"""Train a network that labels whole tiles: a new round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...config import GapSource, QueryConfig, TrainConfig, to_json
from ...inference.tag_validation import TagValidation, validate_tags
from ...models import ChosenDevice, choose
from ...models import checkpoint as checkpoints
from ...models.tagging import encoder_hash
from ...progress import Part, Progress, checkpoint
from ...project import NewRound, Project, Role, RoundMetrics
from ...training import FitResult
from ...training.tagging import PooledViews, TagLesson, fit_tags, tag_settings_of
from .. import gaps
from ..health import present_versions
from ..learning import Draft, unfinished_round
from ..networks import SCALING, network_inputs, scaling_of
from ..options import check_training
from ..results import TrainResult
from .assessing import Findings, cross_validate, describe, prequential
from .beginning import Beginning, begin
from .looking import ENCODER, Eye

MEASURE = "macro F1"
LOOK_SHARE = 0.5  # of the progress, where the encoder is not trained: fitting takes seconds
VALIDATION_SHARE = 0.05
VALIDATION_BATCH = 8

_RANDOM_NOTE = (
    "The encoder has random weights and is not trained, so its features say little; give "
    "pretrained weights, or pre-train on these tiles."
)
_UNKNOWN = (
    "No validation tile is tagged, so the accuracy is unknown; tag some of the validation tiles."
)


@dataclass(frozen=True, eq=False)
class Tagged:
    """What is learned from, as it was when training was asked for, and where.

    `ids` is int64 (M,) tagged tiles of any role, `states` uint8 (M, K).
    """

    config: TrainConfig
    lesson: TagLesson
    device: ChosenDevice
    ids: NDArray[np.int64]
    states: NDArray[np.uint8]

    def of_role(self, tiles_role: NDArray[np.uint8], role: Role) -> NDArray[np.bool_]:
        """Return bool (M,), the tagged tiles of a role."""
        return np.asarray(tiles_role[self.ids] == role)


def train_round(project: Project, config: TrainConfig, progress: Progress) -> TrainResult:
    """Train and commit a new round."""
    tagged = prepare(project, config, progress)
    with unfinished_round(project) as folder:
        draft = train_into(folder, project, tagged, QueryConfig(), progress)
        checkpoint(progress, 1.0, "Keeping the new round")
        return draft.result(project.rounds.commit(folder, draft.facts).number)


def prepare(project: Project, config: TrainConfig, progress: Progress) -> Tagged:
    """Read the tags once and choose the device; the project is not changed.

    Raises:
        TrainingError: There is nothing to learn from.
        DeviceError: The device asked for is not usable.
        ConfigError: An option makes no sense.
    """
    check_training(config)
    checkpoint(progress, 0.0, "Reading the tags")
    ids, states = project.tags.table()
    known = np.isin(ids, project.tags.counts()[0])
    ids, states = ids[known], states[known]
    in_pool = project.tiles.role[ids] == Role.POOL
    inputs = network_inputs(project, scaling_of(project, config.recipe))
    names, task = project.legend.names, project.settings.task
    lesson = TagLesson(inputs, ids[in_pool], states[in_pool], names, task)
    lesson.check()
    return Tagged(config, lesson, choose(config.device), ids, states)


def train_into(
    folder: Path, project: Project, tagged: Tagged, weighing: QueryConfig, progress: Progress
) -> Draft:
    """Train, validate and write the model into a folder; the project is not changed.

    Args:
        folder: From `unfinished_round`.
        project: Where the network of a warm start is.
        tagged: What to learn.
        weighing: How the validation becomes class weights.
        progress: The watcher.

    Raises:
        TrainingError: The weights do not fit, or training failed.
    """
    config, device = tagged.config, tagged.device
    begun = begin(project, config, device, progress)
    scaling = scaling_of(project, config.recipe)
    is_held = not tag_settings_of(config).encoder_learning_rate
    frozen = encoder_hash(begun.network) if is_held else ""
    since = prequential(project.rounds.current(), tagged.lesson)
    eye = Eye.of(project, begun.network, device, scaling=scaling, encoder_hash=frozen)
    end = LOOK_SHARE if is_held else 0.0
    lesson = _seen(tagged, eye, Part(progress, 0.0, end)) if is_held else tagged.lesson
    middle = 1 - VALIDATION_SHARE
    fitting, looking = Part(progress, end, middle), Part(progress, middle, 1.0)
    crossed, shared = _crossed(tagged, lesson, begun, weighing.gap_source, since, fitting)
    fitted = fit_tags(lesson, begun.network, shared, device.device, fitting)
    trained = Eye.of(project, begun.network, device, scaling=scaling, encoder_hash=frozen)
    validation = _validated(project, tagged, trained, looking)
    label_px = lesson.seen()
    found = Findings(validation, crossed, since, label_px, config.seed)
    insight = describe(project, found, weighing)
    metrics = gaps.measured(
        validation.confusion, insight, (tagged.states == 1).sum(axis=0), weighing
    )
    about = {
        "classes": list(project.legend.names),
        "bands": list(project.settings.bands),
        "seed": config.seed,
        SCALING: scaling,
        ENCODER: frozen,
    }
    facts = NewRound(
        device=device.text,
        seed=config.seed,
        model_hash=checkpoints.save(folder, begun.network, about),
        labelled_tiles=len(tagged.ids),
        labelled_pixels=int((tagged.states == 1).sum()),
        metrics=metrics,
        config=_record(config, lesson, fitted),
        versions=present_versions(),
        insight=insight,
    )
    notes = (*begun.notes, *fitted.notes, *_notes(lesson, metrics, config))
    return Draft(folder, facts, fitted, notes, MEASURE)


def _seen(tagged: Tagged, eye: Eye, progress: Progress) -> TagLesson:
    """Return the lesson with what the encoder makes of its tiles."""
    config, lesson = tagged.config, tagged.lesson
    views = tag_settings_of(config).views
    rows = eye.pool(
        lesson.ids, progress, batch_size=config.batch_size, views=views, seed=config.seed
    )
    return replace(lesson, pooled=PooledViews(rows, views))


def _validated(project: Project, tagged: Tagged, eye: Eye, progress: Progress) -> TagValidation:
    """Look at the tagged validation tiles."""
    held = tagged.of_role(project.tiles.role, Role.VALIDATION)
    ids, task = tagged.ids[held], project.settings.task
    if not ids.size:
        nothing = np.zeros((0, len(project.legend)))
        return validate_tags(nothing, tagged.states[held], task)
    judgement, _ = eye.judge(ids, progress, VALIDATION_BATCH)
    return validate_tags(judgement.logits, tagged.states[held], task)


def _crossed(
    tagged: Tagged,
    lesson: TagLesson,
    begun: Beginning,
    source: GapSource,
    since: NDArray[np.int64],
    progress: Progress,
) -> tuple[TagValidation | None, TrainConfig]:
    """Cross-validate where that is asked for; return also what is left of the time to train."""
    config = tagged.config
    if source is not GapSource.CROSS_VALIDATION and (since.any() or lesson.pooled is None):
        return None, config
    third = replace(config, minutes=config.minutes / 3)
    found = cross_validate(lesson, begun.network, third, tagged.device, progress)
    return found, replace(config, minutes=2 * third.minutes)


def _record(config: TrainConfig, lesson: TagLesson, fitted: FitResult) -> dict[str, Any]:
    """Return what is worth knowing about a training, for round.json."""
    return {
        "train": to_json(config),
        "steps": fitted.steps,
        "seconds": round(fitted.seconds, 1),
        "batch_size": fitted.batch_size,
        "loss": fitted.loss,
        "tiles_trained_on": lesson.ids.tolist(),
    }


def _notes(lesson: TagLesson, metrics: RoundMetrics, config: TrainConfig) -> Iterator[str]:
    names = np.array(lesson.class_names)
    unseen = names[lesson.seen() == 0]
    if unseen.size:
        yield f"On no tagged tile: {', '.join(unseen)}; the network will not find them."
    if lesson.pooled is not None and not config.weights and not _is_local(config):
        yield _RANDOM_NOTE
    if not metrics.confusion.any():
        yield _UNKNOWN


def _is_local(config: TrainConfig) -> bool:
    return config.encoder == "local"
