"""Who teaches in a world: there is one for pixels and one for whole tiles."""

from __future__ import annotations

from .pixel_teaching import PixelTeacher
from .teaching import Place, Teacher
from .tile_teaching import TileTeacher


def teacher_of(place: Place) -> Teacher:
    """Return the teacher of a place, by what a label says there."""
    return TileTeacher(place) if place.world.task.labels_tiles else PixelTeacher(place)
