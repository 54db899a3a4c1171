"""Where the loop of a project stands, as strategies want to know it; numpy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..config import QueryConfig
from ..project import Answers, Project, Role, RoundRecord
from ..scoring import PoolStatistics
from .base import LoopState, PastRound, eligible_tiles
from .gaps import evidence, numbers, weighed


@dataclass(frozen=True, eq=False)
class Standing:
    """What a project says about its loop, read once; every query is answered from it.

    In a project whose tiles are tagged each tile counts as one, in place of its pixels.

    Attributes:
        class_names: K names by class index.
        seed: The project's.
        tile_px: Pixels of a whole tile's core, or 1.
        open: bool (T,) by tile id: what a query may pick.
        labelled: int64 (M,) pool tiles that hold labels.
        counts: int64 (M, K) their pixels of each class, or 1 where a class is tagged.
        class_px: int64 (K,) pixels, or tiles, of each class labelled anywhere.
        rounds: All rounds, the current one last.
    """

    class_names: tuple[str, ...]
    seed: int
    tile_px: int
    open: NDArray[np.bool_]
    labelled: NDArray[np.int64]
    counts: NDArray[np.int64]
    class_px: NDArray[np.int64]
    rounds: tuple[RoundRecord, ...]

    @property
    def current(self) -> RoundRecord | None:
        """The round in force."""
        return self.rounds[-1] if self.rounds else None

    def state(self, statistics: PoolStatistics, config: QueryConfig) -> LoopState:
        """Return the state of the loop for N scanned tiles."""
        gaps, errors, weights = self._gaps(config)
        counts, answered = self._labels_of(statistics.tile_ids)
        return LoopState(
            class_names=self.class_names,
            weights=weights,
            eligible=self.open[statistics.tile_ids],
            round=self.current.number if self.current else 0,
            tile_px=self.tile_px,
            gaps=gaps,
            gap_errors=errors,
            label_counts=counts,
            history=tuple(_past(record) for record in self.rounds),
            answered=answered,
        )

    def generator(self, config: QueryConfig) -> np.random.Generator:
        """Return what chance a query has: the same for the same seeds and round."""
        number = self.current.number if self.current else 0
        return np.random.default_rng([self.seed, config.seed, number])

    def missing(self) -> tuple[str, ...]:
        """Return the classes without a label that a network could learn from."""
        found = self.counts.sum(axis=0) > 0
        return tuple(name for name, there in zip(self.class_names, found, strict=True) if not there)

    def _gaps(
        self, config: QueryConfig
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        classes = len(self.class_names)
        unknown = np.full(classes, np.nan)
        if self.current is None:
            return unknown, unknown, np.full(classes, 1 / classes)
        found = evidence(self.current.metrics.confusion, self.current.insight, config.gap_source)
        gaps, weights = weighed(found.confusion, self.class_px, config)
        return gaps, found.errors, weights

    def _labels_of(
        self, tile_ids: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return int64 (N, K) counts of N tiles, and bool (N,) whether they hold labels."""
        row_of = np.full(self.open.size, -1)
        row_of[tile_ids] = np.arange(tile_ids.size)
        rows = row_of[self.labelled]
        counts = np.zeros((tile_ids.size, len(self.class_names)), dtype=np.int64)
        counts[rows[rows >= 0]] = self.counts[rows >= 0]
        answered = np.zeros(tile_ids.size, dtype=bool)
        answered[rows[rows >= 0]] = True
        return counts, answered


def read_standing(project: Project) -> Standing:
    """Read where the loop stands; nothing is written."""
    labelled, counts = project.answers.counts()
    in_pool = project.tiles.role[labelled] == Role.POOL
    return Standing(
        class_names=project.legend.names,
        seed=project.settings.seed,
        tile_px=1 if project.settings.task.labels_tiles else tile_area(project),
        open=open_tiles(project),
        labelled=labelled[in_pool],
        counts=counts[in_pool],
        class_px=counts.sum(axis=0, dtype=np.int64),
        rounds=project.rounds.list(),
    )


def tile_area(project: Project) -> int:
    """Return the pixels of a whole tile's core."""
    settings = project.settings
    return (settings.tile_size_px - 2 * settings.halo_px) ** 2


def open_tiles(project: Project, answers: Answers | None = None) -> NDArray[np.bool_]:
    """Return bool (T,) by tile id: whether a query may pick the tile.

    What the analyst cannot tell counts as answered: asking again would not help.

    Args:
        project: Gives the tiles.
        answers: What has been said so far, if not that which the project's task asks for.
    """
    return eligible_tiles(
        project.tiles.valid_px,
        (answers or project.answers).judged_px(),
        project.tiles.role != Role.POOL,
        tile_area(project),
    )


def _past(record: RoundRecord) -> PastRound:
    iou = numbers(record.metrics.iou)
    pixels = record.insight.get("label_px", [0] * iou.size)
    return PastRound(record.labelled_tiles, np.array(pixels, dtype=np.int64), iou)
