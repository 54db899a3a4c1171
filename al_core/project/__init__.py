"""The project folder: database, labels, tags, painting on arrays, journal, rounds, picks."""

from .answers import Answers
from .coverage import tags_from_counts
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
from .tag_rows import ABSENT, PRESENT, States
from .tags import TagStore
from .tiles import TileTable

__all__ = [
    "ABSENT",
    "PRESENT",
    "Access",
    "Answers",
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
    "States",
    "Stroke",
    "TagStore",
    "TileTable",
    "capsule_mask",
    "tags_from_counts",
]
