"""What a query strategy is given, what it returns, and what all of them share."""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..config import QueryConfig
from ..errors import QueryError
from ..scoring import PoolStatistics

MIN_VALID_SHARE = 0.30
MAX_LABELLED_SHARE = 0.50

Floats = NDArray[np.float64]

_LOG = logging.getLogger(__name__)


class Need(enum.Enum):
    """What a strategy cannot do without."""

    STATISTICS = "statistics"  # a scan by the current network
    WEIGHTS = "weights"  # class weights from the class gaps
    FEATURES = "features"  # the feature vector of every tile, labelled ones too
    DROPOUT = "dropout"  # BALD: passes of the head with its dropout on
    GRADIENTS = "gradients"  # BADGE, MGE: the mean gradient of the head's weights
    CERTAINTY = "certainty"  # MCFPS: the mean over passes of the head with its dropout on
    BEFORE = "before"  # TPD: what the network of the round before says
    LOSS = "loss"  # LL: a network that learnt beside the other which tiles have the higher loss


@dataclass(frozen=True, eq=False)
class PastRound:
    """What a round had learned from, and how good it was.

    `labelled_px` is int64 (K,), pixels of each class outside the validation tiles; `iou` is
    float64 (K,), NaN where undefined.
    """

    labelled_tiles: int
    labelled_px: NDArray[np.int64]
    iou: Floats


@dataclass(frozen=True, eq=False)
class LoopState:
    """Where the loop stands; what is None is not known, and strategies do without.

    Attributes:
        class_names: K names by class index.
        weights: float64 (K,) class weights.
        eligible: bool (N,), aligned with the statistics; see `eligible_tiles`.
        round: Number of the current round; 0 before the first.
        tile_px: Pixels of a whole tile's core, 1 where tiles are tagged; 0 takes the largest
            `n` of the pool.
        gaps: float64 (K,) 1 - IoU, NaN where unknown.
        gap_errors: float64 (K,) one standard error of each gap, NaN where unknown.
        label_counts: int64 (N, K), aligned with the statistics: labelled pixels of each
            class in each tile, or 1 where it is tagged with the class. Rows that are not
            eligible but hold labels are what the new tiles should differ from.
        history: All rounds so far, the current one last.
        answered: bool (N,), aligned with the statistics: the tiles that the network learns
            from, those that show none of the classes too; None takes the rows of
            `label_counts` that hold any.
    """

    class_names: tuple[str, ...]
    weights: Floats
    eligible: NDArray[np.bool_]
    round: int
    tile_px: int = 0
    gaps: Floats | None = None
    gap_errors: Floats | None = None
    label_counts: NDArray[np.int64] | None = None
    history: tuple[PastRound, ...] = ()
    answered: NDArray[np.bool_] | None = None

    @property
    def queries(self) -> int:
        """How many batches were chosen from a scan before this one."""
        return max(self.round - 1, 0)

    def labelled_rows(self) -> NDArray[np.int64]:
        """Return the positions, in the statistics, of the tiles that hold labels."""
        if self.answered is not None:
            return np.flatnonzero(self.answered)
        if self.label_counts is None:
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(self.label_counts.sum(axis=1))


@dataclass(frozen=True)
class Reason:
    """Why a tile was picked: the class that counts most, its term, and a sentence.

    `share` is the term's part of the score, 0 to 1; `class_name` is None where no class
    had a say; `terms` are w_k·s_k by class index, empty where nothing was scanned.
    """

    class_name: str | None
    term: str
    value: float
    share: float
    text: str
    terms: tuple[float, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the reason as plain JSON values."""
        return {
            "class": self.class_name,
            "term": self.term,
            "value": self.value,
            "share": self.share,
            "text": self.text,
            "terms": list(self.terms),
        }


@dataclass(frozen=True)
class Pick:
    """A chosen tile; rank 1 is labelled first."""

    tile_id: int
    score: float
    rank: int
    reason: Reason


class Strategy(Protocol):
    """Chooses the tiles to label next."""

    @property
    def name(self) -> str:
        """The name it is asked for by."""

    @property
    def title(self) -> str:
        """A few words for a list to choose from."""

    @property
    def promise(self) -> str:
        """What it does, when to use it and when not: one sentence for the analyst."""

    @property
    def needs(self) -> frozenset[Need]:
        """What has to be there before it can choose."""

    def select(
        self,
        statistics: PoolStatistics,
        state: LoopState,
        config: QueryConfig,
        rng: np.random.Generator,
    ) -> list[Pick]:
        """Return at most `config.count` eligible tiles, best first, each once.

        The same arguments and seed give the same picks; the order of the rows in
        `statistics` does not matter. Fewer than `count` come back only where fewer are
        eligible, or where the threshold policy is strict.
        """


def eligible_tiles(
    valid_px: ArrayLike, labelled_px: ArrayLike, locked: ArrayLike, tile_px: int
) -> NDArray[np.bool_]:
    """Tell which tiles a query may pick.

    Args:
        valid_px: int (N,) pixels with data in each tile's core.
        labelled_px: int (N,) of these, already labelled.
        locked: bool (N,), True for validation tiles and whatever else is reserved.
        tile_px: Pixels of the largest core in the project.

    Returns:
        bool (N,): not locked, at least 30 % of a whole tile has data, and less than
        half of that is labelled.
    """
    valid, labelled = np.asarray(valid_px), np.asarray(labelled_px)
    whole_enough = (valid > 0) & (valid >= MIN_VALID_SHARE * tile_px)
    open_enough = labelled < MAX_LABELLED_SHARE * valid
    return ~np.asarray(locked, dtype=bool) & whole_enough & open_enough


def candidates(statistics: PoolStatistics, state: LoopState) -> NDArray[np.int64]:
    """Return the eligible rows by ascending tile id, so that ties break the same way.

    Args:
        statistics: The scan of N tiles.
        state: Says which of them are eligible.

    Returns:
        int64 (M,) positions in the statistics.

    Raises:
        QueryError: The statistics belong to another legend.
    """
    if statistics.classes != len(state.class_names):
        raise QueryError(
            f"The scan knows {statistics.classes} classes but the legend has "
            f"{len(state.class_names)}; retrain before you query."
        )
    rows = np.flatnonzero(state.eligible)
    ids = statistics.tile_ids[rows]
    in_order = bool((ids[1:] > ids[:-1]).all())  # as a scan leaves them, mostly
    return rows if in_order else rows[np.argsort(ids, kind="stable")]


def picks_at(
    order: NDArray[np.int64],
    tile_ids: NDArray[np.int64],
    scores: Floats,
    explain: Callable[[int], Reason],
) -> list[Pick]:
    """Return the picks for the chosen candidates, in order, each with its reason.

    Args:
        order: int64 (≤ M,) positions among the candidates, best first.
        tile_ids: int64 (M,).
        scores: float64 (M,).
        explain: Gives the reason for one position.
    """
    passed_over = int((~np.isfinite(scores)).sum())
    if passed_over:
        _LOG.warning("%d tiles have no finite score and were passed over.", passed_over)
    return [
        Pick(int(tile_ids[place]), float(scores[place]), rank, explain(int(place)))
        for rank, place in enumerate(order, start=1)
    ]


def leading_class(terms: Floats) -> tuple[int, float]:
    """Return the class with the largest term and its share of their sum.

    Args:
        terms: float64 (K,), none negative.

    Returns:
        The class index, ties to the lowest, and the share, 0 to 1; 0 if all terms are 0.
    """
    top, total = int(terms.argmax()), float(terms.sum())
    return top, float(terms[top]) / total if total > 0 else 0.0
