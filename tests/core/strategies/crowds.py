"""Pools of tiles, put together by hand, and what a strategy picks of them."""

import numpy as np

from al_core import strategies
from al_core.config import QueryConfig
from al_core.scoring import PoolStatistics

NAMES = ("Water", "Road")


def pool_of(shares, features, **columns):
    """Tiles 0, 1, … of 100 pixels with the given s_k (N, 2) and features (N, d)."""
    sums = 100.0 * np.array(shares, dtype=float)
    ones = np.ones(len(sums))
    base = {
        "tile_ids": np.arange(len(sums)),
        "n": 100 * ones,
        "sum_entropy": sums.sum(axis=1),
        "sum_entropy_p": sums,
        "sum_p": sums,
        "histogram": sums,
        "sum_margin": ones,
        "sum_least_confidence": ones,
        "top20_entropy": ones,
        "features": np.array(features, dtype=float),
    }
    return PoolStatistics(**{**base, **columns})


def state_of(pool, labelled=(), weights=(0.5, 0.5), **facts):
    counts = np.zeros((len(pool), 2), dtype=np.int64)
    counts[list(labelled)] = 50
    eligible = counts.sum(axis=1) == 0
    return strategies.LoopState(
        NAMES, np.array(weights), eligible, 1, 100, label_counts=counts, **facts
    )


def choose(strategy, pool, state, seed=0, **options):
    config = QueryConfig(strategy=strategy, **options)
    return strategies.get(strategy).select(pool, state, config, np.random.default_rng(seed))


def ids(picks):
    return [pick.tile_id for pick in picks]
