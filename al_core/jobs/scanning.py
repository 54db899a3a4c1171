"""Let the network look at the pool once."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import numpy as np

from .. import strategies
from ..config import ScanConfig, TrainConfig
from ..inference import Forward, ScanOptions, scan_tiles
from ..models import choose
from ..progress import Progress, checkpoint
from ..project import Project, RoundRecord
from ..scoring import PoolStatistics
from ..strategies import Need
from . import pool
from .before import network_before
from .beginning import fresh
from .insight import applied_temperature
from .networks import Working, load_working, network_inputs
from .options import check_at_least
from .picking import COLD_STATISTICS, STATISTICS
from .results import ScanResult

COLD_NOTE = (
    "No network is trained yet: only the features of the tiles were kept, for strategies that "
    "compare tiles, such as “fps”, “herding” and “similar”."
)
RANDOM_NOTE = "The encoder has random weights, so the features say little; give pretrained weights."


def scan_round(project: Project, config: ScanConfig, progress: Progress) -> ScanResult:
    """Scan with the current round's network; before the first, with an untrained one."""
    current = project.rounds.current()
    if current is None:
        return _scan_cold(project, config, progress)
    temperature = applied_temperature(current.insight, current.config.get("train", {}))
    return scan_into(current.folder, project, config, temperature, current, progress)


def scan_into(
    folder: Path,
    project: Project,
    config: ScanConfig,
    temperature: float,
    of_round: RoundRecord | None,
    progress: Progress,
) -> ScanResult:
    """Scan with the network in a folder and keep the statistics beside it.

    Args:
        folder: Holds the network.
        project: Gives tiles and labels.
        config: Says for which strategy.
        temperature: Divides the logits.
        of_round: The round of the network, None if it is not one yet.
        progress: The watcher.

    Raises:
        QueryError: There is no tile to look at, no such strategy, or it needs dropout that
            the network does not have, or what it did not learn.
        ProjectError: The network is damaged.
    """
    check_at_least(1, batch_size=config.batch_size, number_of_passes=config.passes)
    check_at_least(0, seed=config.seed)
    needs = strategies.get(config.strategy).needs
    pool.eligible_ids(project)
    checkpoint(progress, 0.0, "Loading the network")
    working = load_working(project, folder, config.device)
    wanted = Need.BEFORE in needs
    before, notes = network_before(project, of_round, working) if wanted else (None, ())
    options = ScanOptions(needs, temperature, config.seed, config.passes, config.average, before)
    statistics, speed = _scanned(project, working, config, options, progress)
    statistics.save(folder / STATISTICS)
    return ScanResult(len(statistics), speed, (*working.forward.notes, *notes))


def _scan_cold(project: Project, config: ScanConfig, progress: Progress) -> ScanResult:
    """Keep the features that an encoder without training on this project finds."""
    check_at_least(1, batch_size=config.batch_size)
    check_at_least(0, seed=config.seed)
    strategies.get(config.strategy)
    pool.eligible_ids(project)
    checkpoint(progress, 0.0, "Loading the encoder")
    wanted = TrainConfig(encoder=config.encoder, weights=config.weights, seed=config.seed)
    begun = fresh(project, wanted, progress)
    device = choose(config.device).device
    forward = Forward(begun.network.eval(), device, f"untrained {config.encoder}")
    working = Working(forward, network_inputs(project))
    found, speed = _scanned(project, working, config, ScanOptions(), progress)
    _features_alone(found).save(project.folder / COLD_STATISTICS)
    notes = (COLD_NOTE,) if config.weights else (COLD_NOTE, RANDOM_NOTE)
    return ScanResult(len(found), speed, (*begun.notes, *forward.notes, *notes))


def _scanned(
    project: Project,
    working: Working,
    config: ScanConfig,
    options: ScanOptions,
    progress: Progress,
) -> tuple[PoolStatistics, float]:
    """Return the statistics, and how many tiles were scanned in a second."""
    ids = pool.scanned_ids(project)
    started = time.monotonic()
    statistics = scan_tiles(
        working.forward,
        working.inputs,
        ids,
        project.labels.read,
        config.batch_size,
        progress,
        options=options,
    )
    return statistics, len(ids) / max(time.monotonic() - started, 1e-9)


def _features_alone(found: PoolStatistics) -> PoolStatistics:
    """Return the statistics without what a head of random weights made up."""
    empty = PoolStatistics.unscanned(found.tile_ids, found.classes)
    return dataclasses.replace(
        empty, n=np.array(found.n), features=found.features, model_hash=found.model_hash
    )
