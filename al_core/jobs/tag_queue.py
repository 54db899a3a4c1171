"""The tiles to paint first, where tags tell which classes they show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..project import PRESENT, PickRecord, Project
from ..strategies.standing import open_tiles

TAGGED = "tagged"  # in place of a strategy's name

Shown = NDArray[np.bool_]


def tile_queue(project: Project, count: int, rng: np.random.Generator) -> tuple[PickRecord, ...]:
    """Choose tagged tiles so that every class gets its share, the rarest one first.

    Each place goes to the class that the tiles chosen so far show least, of equals to the
    one that the fewest tagged tiles show; chance draws one of its tiles. Tiles without a
    certain class are never chosen.

    Args:
        project: With tags; of its tiles those in the pool that are not yet painted.
        count: At most so many.
        rng: Draws among the tiles of a class.
    """
    ids, states = project.tags.table()
    usable = open_tiles(project, project.labels)[ids]
    ids, shown = ids[usable], states[usable] == PRESENT  # (M,), (M, K)
    tiles_of = shown.sum(axis=0)
    order = rng.permutation(len(ids))
    return tuple(
        _record(rank, int(ids[row]), index, tiles_of, project.legend.names)
        for rank, (row, index) in enumerate(_turns(shown[order], order, count), start=1)
    )


def missing_note(project: Project) -> Iterator[str]:
    """Name the classes that no tagged tile shows."""
    names = project.legend.names
    absent = [
        name for name, tiles in zip(names, project.tags.class_pixels(), strict=True) if not tiles
    ]
    if absent:
        yield f"No tagged tile shows {', '.join(absent)}; look for one, or leave the class out."


def _turns(shown: Shown, order: NDArray[np.int64], count: int) -> Iterator[tuple[int, int]]:
    """Yield row and class of each choice; the rows of `shown` are in the order of `order`."""
    free = shown.copy()
    chosen = np.zeros(shown.shape[1], dtype=np.int64)
    rarity = shown.sum(axis=0)
    for _ in range(count):
        left = np.flatnonzero(free.any(axis=0))
        if not left.size:
            return
        index = int(left[np.lexsort((left, rarity[left], chosen[left]))[0]])
        place = int(free[:, index].argmax())
        free[place] = False
        chosen += shown[place]
        yield int(order[place]), index


def _record(
    rank: int, tile: int, index: int, tiles_of: NDArray[np.int64], names: Sequence[str]
) -> PickRecord:
    there = int(tiles_of[index])
    few = there * np.count_nonzero(tiles_of) < tiles_of.sum()  # less than an equal share
    how_many = "few tiles show" if few else f"{there} tile{'s show' if there > 1 else ' shows'}"
    reason = {
        "class": names[index],
        "term": "tag",
        "value": there,
        "share": 0.0,
        "text": f"Tagged {names[index]}; {how_many} it",
        "terms": [],
    }
    return PickRecord(rank, tile, math.nan, reason, None, TAGGED)
