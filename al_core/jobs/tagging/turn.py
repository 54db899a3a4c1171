"""Scan, maps, and one turn of the loop, of a project whose tiles are labelled as a whole.

One look at every tile serves the query, the maps and the gallery.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from ...config import PredictConfig, RetrainConfig, ScanConfig, to_json
from ...errors import ProjectError, QueryError, explain_disk_errors
from ...progress import Part, Progress, checkpoint
from ...project import Project, RoundRecord
from ...scoring import TagPredictions
from ...strategies import Need
from ...strategies import get as strategy_of
from ...strategies.ll import NOT_LEARNT
from ...strategies.standing import open_tiles
from .. import pool
from ..before import NOTHING_TO_COMPARE, earlier_rounds
from ..insight import applied_temperature, with_change
from ..learning import needed, unfinished_round
from ..mapping import beside, result_of
from ..networks import current_round
from ..options import check_at_least
from ..picking import STATISTICS, check_options, refill
from ..results import PredictResult, RetrainResult, ScanResult
from .assessing import PREDICTIONS, share_changed
from .cold import scan_cold
from .learning import prepare, train_into
from .looking import Eye, look_around
from .mapping import write_maps

TRAIN_SHARE = 0.6
MAP_SHARE = 0.02


def scan_round(project: Project, config: ScanConfig, progress: Progress) -> ScanResult:
    """Let the current round's network look at every tile; before the first an untrained one."""
    current = project.rounds.current()
    if current is None:
        return scan_cold(project, config, progress)
    pool.eligible_ids(project)
    return scan_into(current.folder, project, config, current, progress)


def scan_into(
    folder: Path,
    project: Project,
    config: ScanConfig,
    of_round: RoundRecord | None,
    progress: Progress,
    temperature: float | None = None,
) -> ScanResult:
    """Look with the network in a folder and keep statistics and predictions beside it.

    Args:
        folder: Holds the network.
        project: Gives tiles and tags.
        config: Says for which strategy.
        of_round: The round of the network, None if it is not one yet.
        progress: The watcher.
        temperature: Divides the logits; None takes the round's.

    Raises:
        QueryError: There is no such strategy, or it needs dropout that the network does not
            have, or what it did not learn.
        ProjectError: The network is damaged.
    """
    check_at_least(1, batch_size=config.batch_size, number_of_passes=config.passes)
    check_at_least(0, seed=config.seed)
    needs = strategy_of(config.strategy).needs
    if temperature is None:
        temperature = _temperature(of_round)
    checkpoint(progress, 0.0, "Loading the network")
    eye = Eye.load(project, folder, config.device)
    if Need.LOSS in needs and not eye.forward.spec.learns_loss:
        raise QueryError(NOT_LEARNT)
    started = time.monotonic()
    seen = look_around(eye, project, temperature, config.batch_size, Part(progress, 0.0, 0.9))
    speed = len(seen.rows) / max(time.monotonic() - started, 1e-9)
    notes: tuple[str, ...] = ()
    if open_tiles(project).any():
        before, notes = _before(project, of_round, config)
        wanted, rest = pool.scanned_ids(project), Part(progress, 0.9, 1.0)
        statistics = seen.statistics(wanted, config, before, rest)
        statistics.save(folder / STATISTICS)
    seen.predictions.save(folder / PREDICTIONS)
    return ScanResult(len(seen.rows), speed, (*eye.forward.notes, *notes))


def predict_round(project: Project, config: PredictConfig, progress: Progress) -> PredictResult:
    """Make the maps of the current round; the old ones stay until all are whole."""
    current = current_round(project)
    with beside(current.folder) as temporary:
        found = _predictions(project, current, config, progress)
        made = write_maps(temporary, project, found, Part(progress, 0.9, 1.0))
        *before, _ = project.rounds.list()
        change = share_changed(before[-1] if before else None, found, project.settings.task)
        checkpoint(progress, 1.0, "Keeping the maps")
        with explain_disk_errors(current.folder):
            for path in sorted(temporary.iterdir()):
                path.replace(current.folder / path.name)
    insight = with_change(current.insight, current.metrics.miou, before, change)
    project.rounds.set_insight(current.number, insight)
    return result_of(project, current.folder, current.number, made)


def retrain_round(project: Project, config: RetrainConfig, progress: Progress) -> RetrainResult:
    """Do everything in a folder that becomes the new round only when all of it is whole."""
    strategy = check_options(config.query)
    scan = replace(config.scan, strategy=strategy.name)
    before = project.rounds.current()
    tagged = prepare(project, needed(config.train, config.query), progress)
    last = 1 - MAP_SHARE
    with unfinished_round(project) as folder:
        training = Part(progress, 0.0, TRAIN_SHARE)
        draft = train_into(folder, project, tagged, config.query, training)
        temperature = applied_temperature(draft.facts.insight, to_json(config.train))
        looking = Part(progress, TRAIN_SHARE, last)
        scanned = scan_into(folder, project, scan, None, looking, temperature)
        found = TagPredictions.load(folder / PREDICTIONS)
        made = write_maps(folder, project, found, Part(progress, last, 1.0))
        checkpoint(progress, 1.0, "Keeping the new round")
        change = share_changed(before, found, project.settings.task)
        earlier = project.rounds.list()
        facts = draft.facts
        insight = with_change(facts.insight, facts.metrics.miou, earlier, change)
        record = project.rounds.commit(folder, replace(facts, insight=insight))
    return RetrainResult(
        train=draft.result(record.number),
        scan=scanned if (record.folder / STATISTICS).is_file() else None,
        query=refill(project, config.query),
        predict=result_of(project, record.folder, record.number, made),
    )


def _predictions(
    project: Project, current: RoundRecord, config: PredictConfig, progress: Progress
) -> TagPredictions:
    """Return what the round's network says of every tile, as kept by a scan if there was one."""
    path = current.folder / PREDICTIONS
    if path.is_file():
        kept = TagPredictions.load(path)
        if kept.model_hash == current.model_hash:
            return kept
    check_at_least(1, batch_size=config.batch_size)
    eye = Eye.load(project, current.folder, config.device)
    part = Part(progress, 0.0, 0.9)
    seen = look_around(eye, project, _temperature(current), config.batch_size, part)
    seen.predictions.save(path)
    return seen.predictions


def _temperature(of_round: RoundRecord | None) -> float:
    if of_round is None:
        return 1.0
    return applied_temperature(of_round.insight, of_round.config.get("train", {}))


def _before(
    project: Project, of_round: RoundRecord | None, config: ScanConfig
) -> tuple[Eye | None, tuple[str, ...]]:
    """Return the network of the round before, and a note if it is there but cannot be read."""
    if Need.BEFORE not in strategy_of(config.strategy).needs:
        return None, ()
    earlier = earlier_rounds(project, of_round)
    if not earlier:
        return None, ()
    try:
        return Eye.load(project, earlier[-1].folder, config.device), ()
    except ProjectError as error:
        return None, (NOTHING_TO_COMPARE.format(reason=error),)
