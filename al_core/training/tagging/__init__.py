"""Training of networks that label whole tiles."""

from ..ranking import pair_loss
from .lesson import PooledViews, TagLesson
from .loop import fit_tags
from .loss import tag_losses
from .recipes import TagSettings, tag_settings_of

__all__ = [
    "PooledViews",
    "TagLesson",
    "TagSettings",
    "fit_tags",
    "pair_loss",
    "tag_losses",
    "tag_settings_of",
]
