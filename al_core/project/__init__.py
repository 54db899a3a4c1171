"""The project folder: database, labels, painting on arrays, journal, rounds, picks."""

from .journal import Journal
from .labels import LabelStore
from .lock import Access
from .painting import capsule_mask
from .picks import PickStore
from .project import Project
from .records import (
    ImageRecord,
    Mask,
    NewProject,
    NewRound,
    Normalisation,
    Patch,
    PickRecord,
    ProjectSettings,
    Role,
    RoundMetrics,
    RoundRecord,
    Stroke,
)
from .rounds import RoundStore
from .surface import PaintSurface
from .tiles import TileTable

__all__ = [
    "Access",
    "ImageRecord",
    "Journal",
    "LabelStore",
    "Mask",
    "NewProject",
    "NewRound",
    "Normalisation",
    "PaintSurface",
    "Patch",
    "PickRecord",
    "PickStore",
    "Project",
    "ProjectSettings",
    "Role",
    "RoundMetrics",
    "RoundRecord",
    "RoundStore",
    "Stroke",
    "TileTable",
    "capsule_mask",
]
