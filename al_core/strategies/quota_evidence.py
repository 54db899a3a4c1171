"""What speaks for labelling more of a class; each function weighs the K classes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..config import QuotaRule
from ..diversity import unit_rows
from ..scoring import PoolStatistics, class_shares
from .base import Floats, LoopState

LIKELY_TILES = 10  # tiles by which a class is judged to be within reach
LEAST_IOU = 0.02  # so that a class at 0 keeps some headroom: it may only lack labels
HOLDS = 0.01  # share of a tile's labels from which the tile holds a class
MAPPED = 0.05  # share of a tile's map from which the tile shows a class
ALIKE = 0.5  # cosine from which a tile looks like a labelled one
BLOCK = 8192  # tiles compared at a time
PRIOR_DOUBLINGS = 2.0  # of labels, for which the mean slope of all classes stands in

Evidence = Callable[[PoolStatistics, LoopState], Floats]


def by_gap(_: PoolStatistics, state: LoopState) -> Floats:
    """Return the class weights of DCAU."""
    return state.weights


def by_certain_gap(_: PoolStatistics, state: LoopState) -> Floats:
    """Return the gaps, each pulled to their mean as far as its distance may be chance."""
    gaps = _gaps(state)
    if state.gap_errors is None or not np.isfinite(state.gap_errors).any():
        return np.ones(gaps.size)
    noise = np.where(np.isfinite(state.gap_errors), state.gap_errors, np.inf) ** 2
    spread = float(gaps.var() - noise[np.isfinite(noise)].mean())
    trust = spread / (spread + noise) if spread > 0 else np.zeros(gaps.size)
    return np.asarray(gaps.mean() + trust * (gaps - gaps.mean()))


def by_headroom(_: PoolStatistics, state: LoopState) -> Floats:
    """Return gap times IoU: the slope of a logistic learning curve.

    A wide gap alone does not mean that labels help; a class that the image does not show
    has one too.
    """
    gaps = _gaps(state)
    return np.asarray(gaps * (1.0 - gaps))


def by_growth(statistics: PoolStatistics, state: LoopState) -> Floats:
    """Return the headroom times how much a seat would add to the labels of the class.

    With IoU logistic in the logarithm of the n labelled pixels of a class, m more of them
    gain about gap·IoU·ln(1 + m/n). The m of a seat is the mean predicted area of the class
    in the LIKELY_TILES tiles that are most unsure about it: rare classes count for more, but
    only where the pool seems to hold them.
    """
    gaps = _gaps(state)
    headroom = gaps * (1.0 - gaps + LEAST_IOU)
    if state.label_counts is None or not state.eligible.any():
        return headroom
    area = statistics.sum_p[state.eligible]  # (M, K)
    unsure = class_shares(statistics.sum_entropy_p[state.eligible], statistics.n[state.eligible])
    unsure = np.nan_to_num(unsure)
    last = max(len(area) - LIKELY_TILES, 0)
    likely = unsure >= np.partition(unsure, last, axis=0)[last]  # ties count, so ≥ LIKELY_TILES
    seat = (area * likely).sum(axis=0) / likely.sum(axis=0)
    return np.asarray(headroom * np.log1p(seat / np.maximum(state.label_counts.sum(axis=0), 1)))


def by_progress(statistics: PoolStatistics, state: LoopState) -> Floats:
    """Return the IoU gained so far per doubling of a class's labels, for the next tile.

    The slope over all rounds starts from that of all classes together, and one more tile is
    the smaller a part of a doubling the more tiles there are.
    """
    if len(state.history) <= 1:
        return np.ones(len(state.class_names))
    iou = np.stack([np.nan_to_num(past.iou) for past in state.history])  # (T, K)
    labels = np.log2(1.0 + np.stack([past.labelled_px for past in state.history]))
    moved = labels - labels.mean(axis=0)
    along, across = (moved**2).sum(axis=0), (moved * iou).sum(axis=0)
    common = max(across.sum(), 0.0) / max(along.sum(), 1e-9)
    slope = (across + PRIOR_DOUBLINGS * common) / (along + PRIOR_DOUBLINGS)
    return np.asarray(np.maximum(slope, 0.0) * by_scarcity(statistics, state))


def by_scarcity(_: PoolStatistics, state: LoopState) -> Floats:
    """Return 1/√(1 + number of labelled tiles that hold the class)."""
    return np.asarray(1.0 / np.sqrt(1.0 + _holds(state).sum(axis=0)))


def by_scarce_gap(statistics: PoolStatistics, state: LoopState) -> Floats:
    """Return the gap times the scarcity."""
    return np.asarray(_gaps(state) * by_scarcity(statistics, state))


def by_area(statistics: PoolStatistics, state: LoopState) -> Floats:
    """Return the gap times √(area on the map / labelled pixels)."""
    mapped = statistics.sum_p[state.eligible].sum(axis=0)
    labels = np.ones(mapped.size) if state.label_counts is None else state.label_counts.sum(axis=0)
    return np.asarray(_gaps(state) * np.sqrt(mapped / np.maximum(labels, 1)))


def by_likeness(statistics: PoolStatistics, state: LoopState) -> Floats:
    """Return √(tiles that look like labelled ones with the class but are mapped without)."""
    rows = state.labelled_rows()
    if state.label_counts is None or not rows.size or not statistics.features.shape[1]:
        return np.ones(len(state.class_names))
    open_ = np.flatnonzero(state.eligible)
    points = np.nan_to_num(unit_rows(statistics.features))
    holds = _holds(state)[rows].astype(np.float32)  # (L, K)
    missed = np.zeros(statistics.classes)
    for start in range(0, open_.size, BLOCK):
        part = open_[start : start + BLOCK]
        near = (points[part] @ points[rows].T > ALIKE) @ holds > 0  # (B, K)
        unseen = statistics.sum_p[part] < MAPPED * statistics.n[part, np.newaxis]
        missed += (near & unseen).sum(axis=0)
    return np.asarray(np.sqrt(missed))


def by_rarity(_: PoolStatistics, state: LoopState) -> Floats:
    """Return 1 for a class with less than an equal share of the labels, else 0.

    The common classes come with every tile; a seat adds little to what is known of them.
    """
    if state.label_counts is None:
        return np.ones(len(state.class_names))
    labels = state.label_counts.sum(axis=0)
    return np.asarray(labels * np.count_nonzero(labels) < labels.sum(), dtype=np.float64)


EVIDENCE: dict[QuotaRule, Evidence] = {
    QuotaRule.GAP: by_gap,
    QuotaRule.CERTAIN_GAP: by_certain_gap,
    QuotaRule.HEADROOM: by_headroom,
    QuotaRule.GROWTH: by_growth,
    QuotaRule.PROGRESS: by_progress,
    QuotaRule.SCARCITY: by_scarcity,
    QuotaRule.SCARCE_GAP: by_scarce_gap,
    QuotaRule.AREA: by_area,
    QuotaRule.LIKENESS: by_likeness,
    QuotaRule.RARE: by_rarity,
}


def _gaps(state: LoopState) -> Floats:
    """Return the gaps; an unknown one is the mean of the others, or 1 if all are unknown."""
    gaps = np.full(len(state.class_names), np.nan) if state.gaps is None else state.gaps
    known = gaps[np.isfinite(gaps)]
    filled = np.where(np.isfinite(gaps), gaps, known.mean() if known.size else 1.0)
    return np.asarray(filled, dtype=np.float64)


def _holds(state: LoopState) -> NDArray[np.bool_]:
    """Tell which tile's labels hold which class: bool (N, K)."""
    if state.label_counts is None:
        return np.zeros((state.eligible.size, len(state.class_names)), dtype=np.bool_)
    counts = state.label_counts
    return np.asarray(counts > HOLDS * np.maximum(counts.sum(axis=1, keepdims=True), 1))
