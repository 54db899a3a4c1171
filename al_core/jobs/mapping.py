"""Make the maps of a round."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import __version__
from ..config import PredictConfig
from ..errors import explain_disk_errors
from ..export.style import write_legend_sidecars
from ..geo.writer import map_path
from ..inference import MapRequest, predict_image
from ..progress import Part, Progress, checkpoint
from ..project import ImageRecord, Project
from .changes import share_changed
from .insight import applied_temperature, with_change
from .networks import current_round, load_working
from .options import check_at_least
from .results import PredictResult

_TEMPORARY = ".maps-"
_KINDS = ("prediction", "uncertainty", "confidence")


@dataclass(frozen=True)
class Maps:
    """What was made, and what there is to say about it."""

    seconds: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """How probabilities are read: K class weights of the uncertainty, and the temperature."""

    weights: tuple[float, ...]
    temperature: float


def predict_round(project: Project, config: PredictConfig, progress: Progress) -> PredictResult:
    """Make the maps of the current round; the old ones stay until all are whole."""
    current = current_round(project)
    training = current.config.get("train", {})
    temperature = applied_temperature(current.insight, training)
    reading = Reading(current.metrics.weight, temperature)
    with beside(current.folder) as temporary:
        made = predict_into(temporary, current.folder, project, reading, config, progress)
        *before, _ = project.rounds.list()
        change = share_changed(
            project, before[-1] if before else None, temporary, Part(progress, 1.0, 1.0)
        )
        checkpoint(progress, 1.0, "Keeping the maps")
        with explain_disk_errors(current.folder):
            for path in sorted(temporary.iterdir()):
                path.replace(current.folder / path.name)
    insight = with_change(current.insight, current.metrics.miou, before, change)
    project.rounds.set_insight(current.number, insight)
    return result_of(project, current.folder, current.number, made)


def predict_into(
    target: Path,
    network_folder: Path,
    project: Project,
    reading: Reading,
    config: PredictConfig,
    progress: Progress,
) -> Maps:
    """Write prediction, uncertainty and confidence of each image into a folder.

    Args:
        target: Where the maps go.
        network_folder: Where the network is.
        project: Gives images and legend.
        reading: What the probabilities mean.
        config: Device, window and batch size.
        progress: The watcher.

    Raises:
        ConfigError: The window or batch size makes no sense.
        RasterError: An image is gone.
        StorageError: The disk is full.
    """
    check_at_least(1, batch_size=config.batch_size)
    checkpoint(progress, 0.0, "Loading the network")
    working = load_working(project, network_folder, config.device)
    forward, inputs = working.forward, working.inputs
    tags = {"LANDLOOP_VERSION": __version__, "LANDLOOP_MODEL_HASH": forward.model_hash}
    started = time.monotonic()
    for image, part in _parts(project.images, progress):
        paths = {kind: _path(target, project, kind, image) for kind in _KINDS}
        request = MapRequest(
            image,
            project.legend,
            np.array(reading.weights),
            tags=tags,
            temperature=reading.temperature,
            **paths,
        )
        predict_image(forward, inputs, request, config, part)
        write_legend_sidecars(paths["prediction"], project.legend)
    return Maps(time.monotonic() - started, tuple(forward.notes))


def result_of(project: Project, folder: Path, number: int, made: Maps) -> PredictResult:
    """Return where the maps of a round are."""
    prediction, uncertainty, confidence = (
        tuple(str(_path(folder, project, kind, image)) for image in project.images)
        for kind in _KINDS
    )
    return PredictResult(number, prediction, uncertainty, confidence, made.seconds, made.notes)


def _path(folder: Path, project: Project, kind: str, image: ImageRecord) -> Path:
    return map_path(folder, kind, image.id, len(project.images))


def _parts(
    images: tuple[ImageRecord, ...], progress: Progress
) -> Iterator[tuple[ImageRecord, Progress]]:
    """Give each image a stretch of the progress as long as its area."""
    total = sum(image.height * image.width for image in images)
    done = 0
    for image in images:
        area = image.height * image.width
        yield image, Part(progress, done / total, (done + area) / total)
        done += area


@contextmanager
def beside(folder: Path) -> Iterator[Path]:
    """Give a folder for half maps, on the same disk; what an earlier crash left is removed."""
    with explain_disk_errors(folder):
        for leftover in folder.glob(f"{_TEMPORARY}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=folder))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
