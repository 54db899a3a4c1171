"""Write the finished map."""

from __future__ import annotations

from ..config import ExportConfig
from ..export.raster import export
from ..export.tags import export_tags
from ..progress import Progress
from ..project import Project
from .results import ExportResult


def export_map(project: Project, config: ExportConfig, progress: Progress) -> ExportResult:
    """Write the map of the current round."""
    write = export_tags if project.settings.task.labels_tiles else export
    files = write(project, project.rounds.current(), config, progress)
    return ExportResult(tuple(str(file) for file in files))
