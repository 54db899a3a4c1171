"""Which tiles the gallery shows, and in which order; numpy only."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...al_core.project import Role, TileTable
from ..overlays.tile_states import NOBODY, Kind, TileStates

Ids = NDArray[np.int64]
ANY = -1  # as a label: whatever the class
DOUBTED = 0.9  # in order by class: more than any known doubt, less than the next class


class Show(enum.Enum):
    """Which tiles are shown."""

    ALL = "all"
    OPEN = "open"  # without tags, predicted or not
    TAGGED = "tagged"
    UNSURE = "unsure"
    QUEUE = "queue"
    VALIDATION = "validation"


class Sort(enum.Enum):
    """What comes first."""

    QUEUE = "queue"
    UNCERTAIN = "uncertain"
    CERTAIN = "certain"
    CLASS = "class"
    LIKENESS = "likeness"
    POSITION = "position"


@dataclass(frozen=True)
class Listing:
    """What to list: which tiles, of which class (ANY: all), in which order."""

    show: Show = Show.ALL
    label: int = ANY
    sort: Sort = Sort.QUEUE


def listed(
    listing: Listing,
    states: TileStates,
    tiles: TileTable,
    picks: Sequence[int],
    likeness: NDArray[np.float32] | None = None,
) -> Ids:
    """Return the tiles to show, in order; ties go to the lowest id.

    Args:
        listing: What to list.
        states: What is known of the tiles.
        tiles: The table of all T tiles; those without data are never listed.
        picks: The queue, best first.
        likeness: (T,) likeness to the tile that was pointed at, NaN where not known.
    """
    queue = np.array(picks, dtype=np.int64)
    ids = np.flatnonzero(fitting(listing, states, tiles, picks))
    keys = _keys(listing.sort, states, queue, likeness)
    return ids[np.lexsort([key[ids] for key in reversed(keys)])] if keys else ids  # stable


def sure_ones(states: TileStates, share: float) -> NDArray[np.int64]:
    """Return int64 (K,): tiles without tags in which a class is predicted, surer than `share`."""
    sure = (states.kind == Kind.PREDICTED) & (states.outlook.certainty >= share)
    result: NDArray[np.int64] = states.shown[sure].sum(axis=0, dtype=np.int64)
    return result


def fitting(
    listing: Listing, states: TileStates, tiles: TileTable, picks: Sequence[int]
) -> NDArray[np.bool_]:
    """Return which tiles belong to a list, bool (T,)."""
    in_queue = np.zeros(len(tiles), dtype=bool)
    in_queue[list(picks)] = True
    chosen: NDArray[np.bool_] = {
        Show.ALL: np.ones(len(tiles), dtype=bool),
        Show.OPEN: ~states.judged,
        Show.TAGGED: states.kind == Kind.TAGGED,
        Show.UNSURE: states.kind == Kind.UNSURE,
        Show.QUEUE: in_queue,
        Show.VALIDATION: tiles.role == Role.VALIDATION,
    }[listing.show]
    if listing.label != ANY:
        chosen = chosen & states.shown[:, listing.label]
    return chosen & (tiles.valid_px > 0)


def _keys(
    sort: Sort, states: TileStates, queue: Ids, likeness: NDArray[np.float32] | None
) -> list[NDArray[np.float64]]:
    """Return what to sort by, rising, the most important first."""
    if sort is Sort.POSITION:
        return []
    if sort is Sort.UNCERTAIN:
        return [_falling(states.outlook.uncertainty)]
    if sort is Sort.CERTAIN:
        return [_falling(states.outlook.certainty)]
    if sort is Sort.CLASS:
        lead = np.where(states.lead == NOBODY, np.inf, 2.0 * states.lead + states.judged)
        doubt = (1 - states.outlook.certainty) / 2
        return [lead + np.where(np.isnan(doubt), DOUBTED, doubt)]  # one key: two take twice as long
    if sort is Sort.LIKENESS and likeness is not None:
        return [_falling(likeness)]
    rank = np.full(len(states), np.inf)
    rank[queue] = np.arange(len(queue))
    return [rank, _falling(states.outlook.uncertainty)]


def _falling(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return what sorts the highest first, and the unknown last."""
    return np.where(np.isnan(values), np.inf, -values.astype(np.float64))
