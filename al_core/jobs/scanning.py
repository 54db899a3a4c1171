"""Let the network look at the pool once."""

from __future__ import annotations

import time
from pathlib import Path

from ..config import ScanConfig
from ..inference.scan import scan_tiles
from ..progress import Progress, checkpoint
from ..project import Project
from . import pool
from .networks import current_round, load_forward, network_inputs
from .options import check_at_least
from .picking import STATISTICS
from .results import ScanResult


def scan_round(project: Project, config: ScanConfig, progress: Progress) -> ScanResult:
    """Scan with the current round's network."""
    return scan_into(current_round(project).folder, project, config, progress)


def scan_into(folder: Path, project: Project, config: ScanConfig, progress: Progress) -> ScanResult:
    """Scan with the network in a folder and keep the statistics beside it.

    Raises:
        QueryError: There is no tile to look at.
        ProjectError: The network is damaged.
    """
    check_at_least(1, batch_size=config.batch_size)
    checkpoint(progress, 0.0, "Loading the network")
    ids = pool.eligible_ids(project)
    forward = load_forward(folder, config.device)
    started = time.monotonic()
    statistics = scan_tiles(
        forward, network_inputs(project), ids, project.labels.read, config.batch_size, progress
    )
    seconds = max(time.monotonic() - started, 1e-9)
    statistics.save(folder / STATISTICS)
    return ScanResult(len(ids), len(ids) / seconds, tuple(forward.notes))
