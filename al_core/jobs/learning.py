"""Train the network on the labels of a project: a new round."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import GapSource, QueryConfig, TrainConfig, to_json
from ..inference import Forward, Validation, validate
from ..models import ChosenDevice, SegmentationNetwork, choose
from ..models import checkpoint as checkpoints
from ..progress import Part, Progress, checkpoint
from ..project import NewRound, Project, Role, RoundMetrics
from ..strategies import Need
from ..strategies import get as strategy_of
from ..strategies.gaps import evidence, is_enough
from ..training import FitResult, LabelSnapshot, TrainingData, fit
from ..training.schedule import planned_steps
from . import changes, gaps
from .beginning import Beginning, begin
from .crossing import FOLDS, cross_validate
from .health import present_versions
from .insight import Findings, describe, with_change
from .networks import SCALING, network_inputs, scaling_of
from .options import check_training
from .results import TrainResult

LOOK = 0.05  # of the progress is validation
FIT_SHARE = 1 - LOOK
CROSSED_FIT_SHARE = 0.48  # where a cross-validation takes as long again
VALIDATION_BATCH = 8
FEWEST_CROSSED = 3 * FOLDS  # tiles; with fewer, what is left out tells little

_WITHOUT_VALIDATION = {
    "none": (
        "No validation tile is labelled, so the accuracy is unknown and all classes weigh the "
        "same; label some validation tiles."
    ),
    "prequential": (
        "No validation tile is labelled, so the accuracy is unknown and the class gaps come from "
        "what the last maps said about tiles labelled since; label some validation tiles."
    ),
    "cross_validation": (
        "No validation tile is labelled, so the accuracy is unknown and the class gaps come from "
        "leaving labelled tiles out in turn; label some validation tiles."
    ),
}


@dataclass(frozen=True, eq=False)
class Draft:
    """A round in the making: its files are in a temporary folder, its facts are here."""

    folder: Path
    facts: NewRound
    fitted: FitResult
    notes: tuple[str, ...]
    measure: str = "mIoU"

    def result(self, number: int) -> TrainResult:
        """Return what the user is told once the round has a number."""
        metrics = self.facts.metrics
        return TrainResult(
            round=number,
            steps=self.fitted.steps,
            seconds=self.fitted.seconds,
            images_per_s=self.fitted.images_per_s,
            miou=_known(metrics.miou),
            iou=tuple(_known(value) for value in metrics.iou),
            device=self.facts.device,
            notes=self.notes,
            measure=self.measure,
        )


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is learned from, as it was when training was asked for, and where.

    `labelled` is int64 (M,) labelled tiles of any role, `counts` int64 (M, K) their pixels.
    """

    config: TrainConfig
    data: TrainingData
    device: ChosenDevice
    labelled: NDArray[np.int64]
    counts: NDArray[np.int64]


def train_round(project: Project, config: TrainConfig, progress: Progress) -> TrainResult:
    """Train and commit a new round."""
    lesson = prepare(project, config, progress)
    with unfinished_round(project) as folder:
        draft = train_into(folder, project, lesson, QueryConfig(), progress)
        checkpoint(progress, 1.0, "Keeping the new round")
        return draft.result(project.rounds.commit(folder, draft.facts).number)


def prepare(project: Project, config: TrainConfig, progress: Progress) -> Lesson:
    """Read the labels once and choose the device; the project is not changed.

    Raises:
        TrainingError: There is nothing to learn from.
        DeviceError: The device asked for is not usable.
        ConfigError: An option makes no sense.
    """
    check_training(config)
    checkpoint(progress, 0.0, "Reading the labels")
    labelled, counts = project.labels.counts()
    snapshot = LabelSnapshot.take(project.tiles, labelled, project.labels.read, len(project.legend))
    inputs = network_inputs(project, scaling_of(project, config.recipe))
    data = TrainingData(inputs, snapshot, project.legend.names)
    data.check()
    return Lesson(config, data, choose(config.device), labelled, counts)


def needed(config: TrainConfig, query: QueryConfig) -> TrainConfig:
    """Return the config with what the strategy of a query needs to have been learnt."""
    if Need.LOSS in strategy_of(query.strategy).needs:
        return replace(config, learn_loss=True)
    return config


@contextmanager
def unfinished_round(project: Project) -> Iterator[Path]:
    """Give a folder for a round to come; gone afterwards, unless the round was committed."""
    folder = project.rounds.begin()
    try:
        yield folder
    finally:
        project.rounds.discard(folder)


def train_into(
    folder: Path, project: Project, lesson: Lesson, weighing: QueryConfig, progress: Progress
) -> Draft:
    """Train, validate and write the model into a folder; the project is not changed.

    Args:
        folder: From `unfinished_round`.
        project: Where the validation labels and the network of a warm start are.
        lesson: What to learn.
        weighing: How the validation becomes class weights.
        progress: The watcher.

    Raises:
        TrainingError: The weights do not fit, or training failed.
    """
    config, device = lesson.config, lesson.device
    begun = begin(project, config, device, progress)
    fitted, found = _learnt(project, lesson, begun, weighing, progress)
    metrics, insight = _assessed(project, lesson, found, weighing)
    about = {
        "classes": list(project.legend.names),
        "bands": list(project.settings.bands),
        "seed": config.seed,
        SCALING: scaling_of(project, config.recipe),
    }
    facts = NewRound(
        device=device.text,
        seed=config.seed,
        model_hash=checkpoints.save(folder, begun.network, about),
        labelled_tiles=len(lesson.labelled),
        labelled_pixels=int(lesson.counts.sum()),
        metrics=metrics,
        config=_record(lesson, fitted),
        versions=present_versions(),
        insight=insight,
    )
    notes = (*begun.notes, *fitted.notes, *_notes(lesson.data, metrics, insight))
    return Draft(folder, facts, fitted, notes)


def _learnt(
    project: Project, lesson: Lesson, begun: Beginning, weighing: QueryConfig, progress: Progress
) -> tuple[FitResult, Findings]:
    """Fit the network in place, and find out how good it is."""
    data, device = lesson.data, lesson.device
    # The labels made since the last map are compared before anything is learnt from them.
    silent = Part(progress, 0.0, 0.0)
    since = changes.prequential(project, project.rounds.current(), data.labels.ids, silent)
    config, crossing = _shared(project, lesson, weighing.gap_source, since)
    end = CROSSED_FIT_SHARE if crossing else FIT_SHARE
    parts = [(0.0, end), (end, end + LOOK), (end + LOOK, 1.0)]
    fitting, looking, leaving = (Part(progress, start, stop) for start, stop in parts)
    fitted = fit(data, begun.network, config, device.device, fitting, anchor=begun.anchor)
    validation = _validate(project, begun.network, lesson, looking)
    crossed = cross_validate(project, data, crossing, device, leaving) if crossing else None
    label_px = data.labels.counts.sum(axis=0)
    return fitted, Findings(validation, crossed, since, label_px, config.seed)


def _shared(
    project: Project, lesson: Lesson, source: GapSource, since: NDArray[np.int64]
) -> tuple[TrainConfig, TrainConfig | None]:
    """Return how to train, and how to cross-validate if that is to be done.

    Where it was not asked for, but nothing else tells the class gaps, it takes a third of the
    time that the user gave, so that the limit holds.
    """
    config = lesson.config
    if source is GapSource.CROSS_VALIDATION:
        return config, config
    kept_apart = project.tiles.role[lesson.labelled] == Role.VALIDATION
    truth = lesson.counts[kept_apart].sum(axis=0)
    tiles = len(lesson.data.labels.ids)
    if source is not GapSource.AUTO or is_enough(np.diag(truth)) or since.any():
        return config, None
    if tiles < FEWEST_CROSSED:
        return config, None
    third = config.minutes / 3
    steps = max(planned_steps(config, tiles) // 2, FOLDS)
    return replace(config, minutes=2 * third), replace(config, minutes=third, steps=steps)


def _assessed(
    project: Project, lesson: Lesson, found: Findings, weighing: QueryConfig
) -> tuple[RoundMetrics, dict[str, Any]]:
    """Return accuracy, gaps and weights, and the insight that says where they come from."""
    insight = describe(project, found)
    confusion = found.validation.confusion
    source = evidence(confusion, insight, weighing.gap_source).source
    metrics = gaps.measured(confusion, insight, lesson.counts.sum(axis=0), weighing)
    before = project.rounds.list()
    return metrics, with_change(insight | {"gap_source": source}, metrics.miou, before, None)


def _validate(
    project: Project, network: SegmentationNetwork, lesson: Lesson, progress: Progress
) -> Validation:
    """Look at the labelled validation tiles."""
    ids = lesson.labelled[project.tiles.role[lesson.labelled] == Role.VALIDATION]
    forward = Forward(network, lesson.device.device)
    read, inputs = project.labels.read, lesson.data.inputs
    return validate(forward, inputs, ids, read, VALIDATION_BATCH, progress)


def _record(lesson: Lesson, fitted: FitResult) -> dict[str, Any]:
    """Return what is worth knowing about a training, for round.json."""
    return {
        "train": to_json(lesson.config),
        "steps": fitted.steps,
        "seconds": round(fitted.seconds, 1),
        "batch_size": fitted.batch_size,
        "loss": fitted.loss,
        "tiles_trained_on": lesson.data.labels.ids.tolist(),
    }


def _notes(data: TrainingData, metrics: RoundMetrics, insight: dict[str, Any]) -> Iterator[str]:
    names = np.array(data.class_names)
    unseen = names[data.labels.counts.sum(axis=0) == 0]
    if unseen.size:
        yield f"Without labels to learn from: {', '.join(unseen)}; the map will not show them."
    if not metrics.confusion.any():
        yield _WITHOUT_VALIDATION[insight["gap_source"]]
        return
    truth = metrics.confusion.sum(axis=1)
    rare = names[(truth > 0) & (truth < gaps.FEW_PX)]
    if rare.size:
        yield f"Fewer than {gaps.FEW_PX} validation pixels: {', '.join(rare)}; IoU is a guess."


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
