"""Train the network on the labels of a project: a new round."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..accuracy import tiles_confusion
from ..config import IMAGENET, QueryConfig, Start, TrainConfig, to_json
from ..inference import Forward, predict_tiles
from ..models import (
    ChosenDevice,
    SegmentationNetwork,
    build,
    choose,
    load_encoder,
)
from ..models import checkpoint as checkpoints
from ..progress import Part, Progress, checkpoint
from ..project import NewRound, Project, Role, RoundMetrics
from ..training import FitResult, LabelSnapshot, TrainingData, fit
from . import gaps
from .health import present_versions
from .networks import network_inputs
from .options import check_at_least
from .results import TrainResult

FIT_SHARE = 0.95  # of the progress; the rest is validation
VALIDATION_BATCH = 8
SHORTEST_MINUTES = 0.01


@dataclass(frozen=True, eq=False)
class Draft:
    """A round in the making: its files are in a temporary folder, its facts are here."""

    folder: Path
    facts: NewRound
    fitted: FitResult
    notes: tuple[str, ...]

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
    check_at_least(0, seed=config.seed, number_of_steps=config.steps)
    check_at_least(1, batch_size=config.batch_size)
    check_at_least(SHORTEST_MINUTES, number_of_minutes=config.minutes)
    checkpoint(progress, 0.0, "Reading the labels")
    labelled, counts = project.labels.counts()
    snapshot = LabelSnapshot.take(project.tiles, labelled, project.labels.read, len(project.legend))
    data = TrainingData(network_inputs(project), snapshot, project.legend.names)
    data.check()
    return Lesson(config, data, choose(config.device), labelled, counts)


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
    network, start_notes = _network(project, lesson, progress)
    fitted = fit(lesson.data, network, config, device.device, Part(progress, 0.0, FIT_SHARE))
    confusion = _validate(project, network, lesson, Part(progress, FIT_SHARE, 1.0))
    metrics = gaps.measured(confusion, lesson.counts.sum(axis=0), weighing)
    about = {
        "classes": list(project.legend.names),
        "bands": list(project.settings.bands),
        "seed": config.seed,
    }
    facts = NewRound(
        device=device.text,
        seed=config.seed,
        model_hash=checkpoints.save(folder, network, about),
        labelled_tiles=len(lesson.labelled),
        labelled_pixels=int(lesson.counts.sum()),
        metrics=metrics,
        config=_record(lesson, fitted),
        versions=present_versions(),
    )
    notes = (*start_notes, *fitted.notes, *_notes(lesson.data, metrics))
    return Draft(folder, facts, fitted, notes)


def _validate(
    project: Project, network: SegmentationNetwork, lesson: Lesson, progress: Progress
) -> NDArray[np.int64]:
    """Return the confusion over the labelled pixels of the validation tiles."""
    ids = lesson.labelled[project.tiles.role[lesson.labelled] == Role.VALIDATION]
    forward = Forward(network, lesson.device.device)
    predictions = predict_tiles(forward, lesson.data.inputs, ids, VALIDATION_BATCH, progress)
    return tiles_confusion(predictions, project.labels.read, len(project.legend))


def _network(
    project: Project, lesson: Lesson, progress: Progress
) -> tuple[SegmentationNetwork, tuple[str, ...]]:
    """Return what training starts from, and a note if it is not what was asked for."""
    config, current = lesson.config, project.rounds.current()
    notes: tuple[str, ...] = ()
    if config.start is Start.WARM and current is not None:
        checkpoint(progress, 0.0, f"Loading the network of round {current.number}")
        found = checkpoints.load(current.folder, lesson.device.device)
        misfit = _misfit(project, found, config)
        if not misfit:
            return found.network, ()
        notes = (f"Started cold, because round {current.number} has {misfit}.",)
    bands, classes = len(project.settings.bands), len(project.legend)
    network = build(config.encoder, bands, classes, config.seed)
    if config.weights == IMAGENET:
        checkpoint(progress, 0.0, "Downloading the ImageNet weights, unless they are here")
    load_encoder(network, config.weights, progress)
    return network, notes


def _misfit(project: Project, found: checkpoints.Checkpoint, config: TrainConfig) -> str:
    if found.network.spec.encoder != config.encoder:
        return f"the encoder {found.network.spec.encoder}"
    if found.about.get("classes") != list(project.legend.names):
        return "other classes"
    if found.about.get("bands") != list(project.settings.bands):
        return "other bands"
    return ""


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


def _notes(data: TrainingData, metrics: RoundMetrics) -> Iterator[str]:
    names = np.array(data.class_names)
    unseen = names[data.labels.counts.sum(axis=0) == 0]
    if unseen.size:
        yield f"Without labels to learn from: {', '.join(unseen)}; the map will not show them."
    if not metrics.confusion.any():
        yield (
            "No validation tile is labelled, so the accuracy is unknown and all classes weigh the "
            "same; label some validation tiles."
        )
        return
    truth = metrics.confusion.sum(axis=1)
    rare = names[(truth > 0) & (truth < gaps.FEW_PX)]
    if rare.size:
        yield f"Fewer than {gaps.FEW_PX} validation pixels: {', '.join(rare)}; IoU is a guess."


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
