"""The results of the verbs as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import singledispatch
from typing import Any

from ..config import Task
from .results import (
    DemoResult,
    ExportResult,
    InitResult,
    LabelResult,
    PaintNextResult,
    PredictResult,
    PretrainResult,
    ProbeFigures,
    QueryResult,
    RetrainResult,
    ScanResult,
    SimulateResult,
    TagResult,
    TrainResult,
)

MINUTE_S = 60


def duration(seconds: float) -> str:
    """Return a length of time in the words of a progress line."""
    whole = max(round(seconds), 1)
    if whole < MINUTE_S:
        return f"{whole} s"
    return f"{whole // MINUTE_S} min {whole % MINUTE_S} s"


@singledispatch
def lines(result: object) -> Iterable[str]:
    """Return what a verb's result says, line by line."""
    return [str(result)]


@lines.register
def _(result: InitResult) -> Iterable[str]:
    yield (
        f"{result.folder}: {result.tiles} tiles on {result.images} image(s), "
        f"{result.validation_tiles} of them for validation."
    )
    yield from result.warnings


@lines.register
def _(result: LabelResult) -> Iterable[str]:
    yield f"{result.tiles} tiles, {result.pixels} pixels labelled."


@lines.register
def _(result: TagResult) -> Iterable[str]:
    classes = sum(result.class_tiles)
    yield f"{result.tiles} tiles tagged, with {classes} class{'es' if classes != 1 else ''} in all."
    yield from result.notes


@lines.register
def _(result: PaintNextResult) -> Iterable[str]:
    yield (
        f"{result.folder}: {result.tiles} tiles, {result.tagged_tiles} with tags, "
        f"{len(result.picks)} to paint first."
    )
    yield from (
        f"{pick.rank:4}  tile {pick.tile_id:6}  {pick.reason['text']}" for pick in result.picks
    )
    yield from result.notes


@lines.register
def _(result: TrainResult) -> Iterable[str]:
    yield (
        f"Round {result.round}: {result.measure} {_share(result.miou)} after {result.steps} steps "
        f"in {duration(result.seconds)} ({result.images_per_s:.1f} images/s) on {result.device}."
    )
    yield from result.notes


@lines.register
def _(result: PretrainResult) -> Iterable[str]:
    yield (
        f"{result.path}: {result.encoder}, pre-trained on {result.tiles} tiles in {result.steps} "
        f"steps and {duration(result.seconds)} ({result.images_per_s:.1f} images/s) on "
        f"{result.device}."
    )
    if result.before is not None and result.after is not None:
        yield (
            f"Linear probe on {result.after.tiles} labelled tiles: before {_probe(result.before)}; "
            f"after {_probe(result.after)}."
        )
    yield from result.notes


@lines.register
def _(result: ScanResult) -> Iterable[str]:
    yield f"{result.tiles} tiles scanned, {result.tiles_per_s:.1f} a second."
    yield from result.notes


@lines.register
def _(result: QueryResult) -> Iterable[str]:
    yield from (
        f"{pick.rank:4}  tile {pick.tile_id:6}  {pick.score:8.4f}  {pick.reason['text']}"
        for pick in result.picks
    )
    yield from result.notes


@lines.register
def _(result: PredictResult) -> Iterable[str]:
    yield f"Maps of round {result.round} in {duration(result.seconds)}:"
    yield from (*result.prediction, *result.uncertainty, *result.confidence)
    yield from result.notes


@lines.register
def _(result: ExportResult) -> Iterable[str]:
    yield from result.files


@lines.register
def _(result: RetrainResult) -> Iterable[str]:
    yield from lines(result.train)
    if result.scan is not None:
        yield from lines(result.scan)
    yield from lines(result.query)
    yield from lines(result.predict)


@lines.register
def _(result: DemoResult) -> Iterable[str]:
    yield from (str(result.scene), str(result.labels), str(result.legend))


@lines.register
def _(result: SimulateResult) -> Iterable[str]:
    yield f"{result.runs} runs with {result.rounds} rounds: {result.report}"
    yield from result.notes


@lines.register
def _(result: dict) -> Iterable[str]:  # type: ignore[type-arg]
    """Return the status of a project, or what the doctor found."""
    return _status_lines(result) if "classes" in result else _doctor_lines(result)


def _status_lines(status: Mapping[str, Any]) -> Iterable[str]:
    is_tagged = Task(status["task"]).labels_tiles
    done, unit, score = ("tagged", "tiles", "F1") if is_tagged else ("labelled", "pixels", "IoU")
    yield (
        f"{status['tiles']} tiles, {status['labelled_tiles']} {done}, "
        f"{status['validation_tiles']} for validation."
    )
    if is_tagged and status["unsure_tiles"]:
        yield f"Of {status['unsure_tiles']} more nobody can tell what they show."
    yield f"{'class':24}{unit:>12}{score:>8}{'±':>8}{'gap':>8}{'weight':>8}"
    for entry in status["classes"]:
        shares = "".join(
            f"{_share(entry[name]):>8}" for name in ("iou", "iou_error", "gap", "weight")
        )
        count = entry["tagged_tiles" if is_tagged else "labelled_px"]
        yield f"{entry['name']:24}{count:12}{shares}"
    for entry in status["rounds"]:
        yield (
            f"round {entry['number']}: {'macro F1' if is_tagged else 'mIoU'} "
            f"{_share(entry['miou'])}, {entry['labelled_tiles']} labelled tiles, {entry['device']}"
        )
    if status["rounds"]:
        yield f"Class gaps from: {status['gap_source'].replace('_', '-')}."
    if status["advice"]:
        yield status["advice"]["text"]
    if status["label_next"]:
        yield status["label_next"]


def _doctor_lines(found: Mapping[str, Any]) -> Iterable[str]:
    yield f"{found['device'].text} ({found['cores']} cores)"
    yield from (f"{name} {version or 'is missing'}" for name, version in found["versions"].items())


def _share(value: float | None) -> str:
    return "–" if value is None or value != value else f"{value:.3f}"  # noqa: PLR0124 - NaN


def _probe(found: ProbeFigures) -> str:
    return (
        f"accuracy {found.accuracy:.3f} ± {found.accuracy_spread:.3f}, "
        f"macro F1 {found.macro_f1:.3f} ± {found.macro_f1_spread:.3f}"
    )
