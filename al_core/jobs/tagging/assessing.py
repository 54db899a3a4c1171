"""How good a network that labels whole tiles is, as the JSON that its round keeps."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...config import QueryConfig, Task, TrainConfig
from ...errors import ProjectError
from ...inference.tag_validation import TagValidation, validate_tags
from ...inference.tagging import TagForward, pool_tiles
from ...models import ChosenDevice, TaggingNetwork, build_tagging
from ...progress import Part, Progress
from ...project import Project, RoundRecord
from ...scoring import (
    TagPredictions,
    iou_errors,
    miou_error,
    predicted_tags,
    tag_confusion,
    truth_counts,
)
from ...strategies.gaps import evidence
from ...training.tagging import TagLesson, fit_tags
from ...training.tagging.held_out import part_of
from ...training.tagging.loop import planned_tag_steps
from ..insight import known, label_next, with_change

PREDICTIONS = "tags.npz"
FOLDS = 3
FEWEST_CROSSED = 3 * FOLDS  # tiles; with fewer, what is left out tells little

Counts = NDArray[np.int64]

_BATCH = 8


@dataclasses.dataclass(frozen=True, eq=False)
class Findings:
    """What a training found out.

    `validation` is over the validation tiles, `crossed` over pool tiles by networks that had
    not seen them, or None; `prequential` is int64 (K, 2, 2); `label_px` is int64 (K,) tagged
    pool tiles that show each class.
    """

    validation: TagValidation
    crossed: TagValidation | None
    prequential: Counts
    label_px: Counts
    seed: int


def describe(project: Project, found: Findings, weighing: QueryConfig) -> dict[str, Any]:
    """Return the insight of a round, but for what changed on the map.

    Args:
        project: Gives classes, validation tiles and earlier rounds.
        found: By the training.
        weighing: Says which source of gaps is wanted.
    """
    rng = np.random.default_rng(found.seed)
    validation = found.validation
    shown = truth_counts(validation.confusion)
    scores = dict(zip(validation.scores, known(validation.scores.values()), strict=True))
    insight: dict[str, Any] = {
        **scores,
        "iou_error": known(iou_errors(validation.tile_confusions, rng)),
        "miou_error": known([miou_error(validation.tile_confusions, rng)])[0],
        "validation_px": shown.tolist(),
        "scenes": validation.scenes.tolist(),
        "temperature": validation.temperature,
        "ece_before": known([validation.ece_before])[0],
        "ece": known([validation.ece])[0],
        "reliability": [list(row) for row in validation.bins],
        "change": None,
        "prequential": found.prequential.tolist(),
        "label_px": found.label_px.tolist(),
        "label_next": label_next(project, shown, found.label_px),
    }
    if found.crossed is not None:
        insight["cross_validation"] = found.crossed.confusion.tolist()
        insight["cross_validation_error"] = known(iou_errors(found.crossed.tile_confusions, rng))
    source = evidence(validation.confusion, insight, weighing.gap_source).source
    macro = insight["macro_f1"]
    return with_change(
        insight | {"gap_source": source},
        math.nan if macro is None else macro,
        project.rounds.list(),
        None,
    )


def prequential(current: RoundRecord | None, lesson: TagLesson) -> Counts:
    """Compare tiles tagged since a round with what its network had said about them.

    Args:
        current: The round in force when the tags were made.
        lesson: All tags to learn from.

    Returns:
        int64 (K, 2, 2), rows truth, added to what the round itself had found.
    """
    nothing = np.zeros((lesson.classes, 2, 2), dtype=np.int64)
    if current is None:
        return nothing
    earlier = np.array(current.insight.get("prequential", nothing), dtype=np.int64)
    try:
        said = TagPredictions.load(current.folder / PREDICTIONS)
    except ProjectError:
        return earlier
    fresh = np.setdiff1d(lesson.ids, current.config.get("tiles_trained_on", ()))
    rows = np.flatnonzero(np.isin(said.tile_ids, fresh))
    at = np.searchsorted(lesson.ids, said.tile_ids[rows])
    return earlier + tag_confusion(lesson.states[at], predicted_tags(said.p[rows], lesson.task))


def share_changed(before: RoundRecord | None, now: TagPredictions, task: Task) -> float | None:
    """Return the share of tiles that a round's network tags otherwise than the one before."""
    if before is None:
        return None
    try:
        old = TagPredictions.load(before.folder / PREDICTIONS)
    except ProjectError:
        return None
    if old.p.shape != now.p.shape or not np.array_equal(old.tile_ids, now.tile_ids) or not len(now):
        return None
    was, is_ = (predicted_tags(item.p, task) for item in (old, now))
    return float((was != is_).any(axis=1).mean())


def cross_validate(
    lesson: TagLesson,
    network: TaggingNetwork,
    config: TrainConfig,
    device: ChosenDevice,
    progress: Progress,
) -> TagValidation | None:
    """Train three times, each without one third of the tiles, and look at that third.

    Args:
        lesson: All that may be learned from.
        network: What the training of the round starts from; it is left as it is.
        config: Its steps and minutes are shared by the three.
        device: Where to train.
        progress: Hears of every step.

    Returns:
        The tables of all tiles that were left out once; None if no third can be left out.
    """
    if len(lesson.ids) < FEWEST_CROSSED:
        return None
    steps = max(planned_tag_steps(config, len(lesson.ids)) // FOLDS, 1)
    share = dataclasses.replace(config, steps=steps, minutes=config.minutes / FOLDS)
    logits = np.full((len(lesson.ids), lesson.classes), np.nan)
    for number, (kept, held) in enumerate(_folds(lesson, config.seed)):
        part = Part(progress, number / FOLDS, (number + 1) / FOLDS)
        spec = dataclasses.replace(network.spec, learns_loss=False)
        student = build_tagging(spec, config.seed)
        student.encoder.load_state_dict(network.encoder.state_dict())
        fit_tags(kept, student, share, device.device, part)
        logits[held] = _look(lesson, held, student, device, part)
    seen = np.isfinite(logits).all(axis=1)
    if not seen.any():
        return None
    return validate_tags(logits[seen], lesson.states[seen], lesson.task)


def _look(
    lesson: TagLesson,
    rows: NDArray[np.int64],
    student: TaggingNetwork,
    device: ChosenDevice,
    progress: Progress,
) -> NDArray[np.float64]:
    forward = TagForward(student, device.device)
    if lesson.pooled is not None:
        return forward.judge(lesson.pooled.rows[rows, 0]).logits
    pooled = pool_tiles(forward, lesson.inputs, lesson.ids[rows], _BATCH, Part(progress, 1.0, 1.0))
    return forward.judge(pooled[:, 0]).logits


def _folds(lesson: TagLesson, seed: int) -> Iterator[tuple[TagLesson, NDArray[np.int64]]]:
    """Yield what is learned from and the rows held back, where there is enough of both."""
    turn = np.random.default_rng(seed).permutation(len(lesson.ids)) % FOLDS
    for number in range(FOLDS):
        kept, held = np.flatnonzero(turn != number), np.flatnonzero(turn == number)
        rest = part_of(lesson, kept)
        if rest.can_be_learnt:
            yield rest, held
