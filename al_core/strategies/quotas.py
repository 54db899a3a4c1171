"""How the class part of a batch is divided among the classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..config import QuotaRule
from ..scoring import PoolStatistics
from .base import Floats, LoopState
from .quota_evidence import EVIDENCE

EVEN_SHARE = 0.5  # of the pull, given to all labelled classes alike

_UNMIXED = (QuotaRule.GAP, QuotaRule.RARE)


def class_pull(rule: QuotaRule, statistics: PoolStatistics, state: LoopState) -> Floats:
    """Return how strongly each class pulls on the class part of a batch.

    The evidence of most rules is mixed with equal shares: it comes from few validation
    pixels and is often wrong, and a class that never gets a seat cannot show that it would
    improve. `gap` is as published, and `rare` follows the labels, which are certain.

    Args:
        rule: Which evidence counts.
        statistics: The scan of N tiles.
        state: Gaps, labels and history.

    Returns:
        float64 (K,), none negative, sums to 1; a class without any label has none: the
        network never learnt what its output means.
    """
    known = labelled_classes(state)
    if not known.any():
        return np.full(known.size, 1.0 / known.size)
    even = _shares(np.ones(known.size), known)
    if rule is QuotaRule.UNIFORM:
        return even
    evidence = _shares(EVIDENCE[rule](statistics, state), known)
    if rule in _UNMIXED:
        return evidence
    return EVEN_SHARE * even + (1 - EVEN_SHARE) * evidence


def labelled_classes(state: LoopState) -> NDArray[np.bool_]:
    """Tell which classes have labels in the pool, bool (K,); all, where nothing is known."""
    if state.label_counts is None:
        return np.ones(len(state.class_names), dtype=np.bool_)
    return np.asarray(state.label_counts.sum(axis=0) > 0)


def _shares(pull: Floats, known: NDArray[np.bool_]) -> Floats:
    """Return the pull of the labelled classes as shares; equal ones if there is none."""
    kept = np.where(known & np.isfinite(pull), np.maximum(pull, 0.0), 0.0)
    if kept.sum() <= 0:
        kept = known.astype(np.float64)
    return np.asarray(kept / kept.sum())
