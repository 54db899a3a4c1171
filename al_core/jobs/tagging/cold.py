"""A look at the tiles of a tagged project before its first round."""

from __future__ import annotations

import dataclasses
import time

import numpy as np

from ... import strategies
from ...config import ScanConfig, TrainConfig
from ...models import LOCAL, choose
from ...models.tagging import encoder_hash
from ...progress import Progress, checkpoint
from ...project import Project
from ...scoring import PoolStatistics
from .. import pool
from ..networks import OWN
from ..options import check_at_least
from ..picking import COLD_STATISTICS
from ..results import ScanResult
from ..scanning import COLD_NOTE, RANDOM_NOTE
from .beginning import fresh
from .looking import Eye


def scan_cold(project: Project, config: ScanConfig, progress: Progress) -> ScanResult:
    """Keep the features that an encoder without training on this project finds.

    A training that leaves the same encoder as it is finds them there.

    Raises:
        QueryError: There is no tile to pick, or no such strategy.
        TrainingError: The encoder or its weights cannot be used.
    """
    check_at_least(1, batch_size=config.batch_size)
    check_at_least(0, seed=config.seed)
    strategies.get(config.strategy)
    ids = pool.scanned_ids(project)
    checkpoint(progress, 0.0, "Loading the encoder")
    wanted = TrainConfig(encoder=config.encoder, weights=config.weights, seed=config.seed)
    begun = fresh(project, wanted, progress)
    network = begun.network.eval()
    eye = Eye.of(
        project,
        network,
        choose(config.device),
        scaling=OWN,
        encoder_hash=encoder_hash(network),
        model_hash=f"untrained {config.encoder}",
    )
    started = time.monotonic()
    rows = eye.pool(ids, progress, batch_size=config.batch_size)[:, 0]
    speed = len(ids) / max(time.monotonic() - started, 1e-9)
    found = dataclasses.replace(
        PoolStatistics.unscanned(ids, len(project.legend)),
        n=np.ones(len(ids), dtype=np.int64),
        features=rows[:, -network.features :],
        model_hash=eye.forward.model_hash,
    )
    found.save(project.folder / COLD_STATISTICS)
    is_random = not config.weights and config.encoder != LOCAL
    notes = (COLD_NOTE, RANDOM_NOTE) if is_random else (COLD_NOTE,)
    return ScanResult(len(ids), speed, (*begun.notes, *eye.forward.notes, *notes))
