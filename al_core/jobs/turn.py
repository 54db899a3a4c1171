"""One turn of the loop: train, scan, predict, query."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, pairwise

from ..config import GapSource, RetrainConfig, to_json
from ..progress import Part, Progress, checkpoint
from ..project import NewRound, Project
from ..strategies.standing import open_tiles
from ..training.schedule import planned_steps
from .changes import share_changed
from .insight import applied_temperature, with_change
from .learning import Lesson, needed, prepare, train_into, unfinished_round
from .mapping import Reading, predict_into, result_of
from .picking import check_options, refill
from .results import RetrainResult
from .scanning import scan_into

_BACKWARD = 3.0  # a step of training costs about three looks
_OVERLAP = 1.8  # predicting looks at most pixels twice
_LEAST = 0.05


def retrain_round(project: Project, config: RetrainConfig, progress: Progress) -> RetrainResult:
    """Do everything in a folder that becomes the new round only when all of it is whole."""
    strategy = check_options(config.query)
    scan = replace(config.scan, strategy=strategy.name)
    before = project.rounds.current()
    config = replace(config, train=needed(config.train, config.query))
    lesson = prepare(project, config.train, progress)
    training, scanning, predicting = _stretches(project, config, lesson, progress)
    with unfinished_round(project) as folder:
        draft = train_into(folder, project, lesson, config.query, training)
        scanned = None
        temperature = applied_temperature(draft.facts.insight, to_json(config.train))
        if open_tiles(project).any():
            scanned = scan_into(folder, project, scan, temperature, None, scanning)
        reading = Reading(draft.facts.metrics.weight, temperature)
        made = predict_into(folder, folder, project, reading, config.predict, predicting)
        compared = Part(progress, 1.0, 1.0)
        change = share_changed(project, before, folder, compared)
        checkpoint(progress, 1.0, "Keeping the new round")
        record = project.rounds.commit(folder, _with_change(project, draft.facts, change))
    return RetrainResult(
        train=draft.result(record.number),
        scan=scanned,
        query=refill(project, config.query),
        predict=result_of(project, record.folder, record.number, made),
    )


def _with_change(project: Project, facts: NewRound, change: float | None) -> NewRound:
    earlier = project.rounds.list()
    return replace(facts, insight=with_change(facts.insight, facts.metrics.miou, earlier, change))


def _stretches(
    project: Project, config: RetrainConfig, lesson: Lesson, progress: Progress
) -> tuple[Progress, Progress, Progress]:
    """Divide the progress among training, scan and prediction as their work is divided."""
    window = project.settings.tile_size_px**2
    steps = planned_steps(config.train, len(lesson.data.labels.ids))
    if config.query.gap_source is GapSource.CROSS_VALIDATION:
        steps *= 2
    work = [
        _BACKWARD * steps * config.train.batch_size * window,
        float(open_tiles(project).sum() * window),
        _OVERLAP * sum(image.height * image.width for image in project.images),
    ]
    shares = [max(part / sum(work), _LEAST) for part in work]
    ends = [0.0, *accumulate(share / sum(shares) for share in shares)]
    training, scanning, predicting = (Part(progress, start, end) for start, end in pairwise(ends))
    return training, scanning, predicting
