"""Let query strategies compete on labelled imagery."""

from __future__ import annotations

from pathlib import Path

from ..config import SimulateConfig
from ..progress import Progress
from ..simulation.running import simulate
from .health import present_versions
from .results import SimulateResult


def run(
    folder: Path, config: SimulateConfig, command: tuple[str, ...], progress: Progress
) -> SimulateResult:
    """Simulate, and tell what came of it."""
    about = {"command": " ".join(command), "versions": present_versions()}
    found = simulate(folder, config, about, progress)
    return SimulateResult(found.folder, found.runs, found.rounds, found.report, found.notes)
