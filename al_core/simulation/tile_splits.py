"""Which of a number of loose tiles are for the pool, for validation and for the test."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..balance import apportion
from ..config import Balance, SimulateConfig, Task
from ..errors import ConfigError
from .splits import Ids, Split, Use, fixed_test, shares_of, some
from .world import World

MOST_REMOVED = 0.8  # of the tiles of a class, in an unbalanced pool
TRIES = 100  # draws, until every class is everywhere


def split_tiles(world: World, config: SimulateConfig, seed: int, variant: int) -> Split:
    """Return the split of a seed: tiles at random, scenes class by class, no class left out.

    Test and validation follow from `seed`. In an unbalanced simulation `variant` decides what
    is left of each class in the pool, as in the four variants of MCFPS (METHODS 3.2); test and
    validation are as they were.

    Raises:
        ConfigError: The shares make no sense, a test image is unknown, or there are too few
            tiles.
    """
    fixed = fixed_test(world, config)
    wanted = shares_of(config, fixed)
    rng = np.random.default_rng([seed, 21])
    use = np.full(len(world.valid_px), Use.POOL, dtype=np.uint8)
    use[fixed] = Use.TEST
    use[world.valid_px == 0] = Use.BUFFER
    free = np.flatnonzero(use == Use.POOL)
    use[free] = _best(world, free, (wanted.test, wanted.validation), rng)
    if config.balance is Balance.UNBALANCED:
        use[_removed(world, np.flatnonzero(use == Use.POOL), variant)] = Use.BUFFER
    return Split(
        use,
        np.arange(len(use), dtype=np.int32),
        some(_of(use, Use.POOL), config.pool_tiles, rng),
        some(_of(use, Use.VALIDATION), config.validation_tiles, rng),
        _of(use, Use.TEST),
    )


def _of(use: NDArray[np.uint8], kind: Use) -> Ids:
    ids = np.flatnonzero(use == kind)
    if not ids.size:
        raise ConfigError(
            f"No tile is left for the {kind.name.lower()}; choose other shares of --test and "
            "--validation, or more tiles."
        )
    return ids


def _best(
    world: World, ids: Ids, shares: tuple[float, float], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return uint8 (M,), the first draw with every class in every part, or the nearest to it.

    The few tiles of a rare class may otherwise all be on one side.
    """
    strata, shown = _strata(world, ids), world.counts[ids] > 0
    known = shown.any(axis=0)
    best, fewest = np.zeros(0, dtype=np.uint8), np.inf
    for _ in range(TRIES):
        drawn = _drawn(strata, shares, rng)
        uses = [kind for kind in (Use.POOL, Use.VALIDATION, Use.TEST) if (drawn == kind).any()]
        missing = sum(int((known & ~shown[drawn == kind].any(axis=0)).sum()) for kind in uses)
        if missing < fewest:
            best, fewest = drawn, missing
        if not missing:
            break
    return best


def _strata(world: World, ids: Ids) -> NDArray[np.int64]:
    """Return int64 (M,), the class of scenes; all tiles with several classes are alike."""
    if world.task is Task.SCENE:
        return np.asarray(world.counts[ids].argmax(axis=1))
    return np.zeros(len(ids), dtype=np.int64)


def _drawn(
    strata: NDArray[np.int64], shares: tuple[float, float], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return the use of each tile, the shares the same in each stratum as far as they divide."""
    use = np.full(len(strata), Use.POOL, dtype=np.uint8)
    sizes = np.bincount(strata)
    seats = [apportion(sizes, round(share * len(strata))) for share in shares]
    for stratum in np.flatnonzero(sizes).tolist():
        order = rng.permutation(np.flatnonzero(strata == stratum))
        test, validation = (int(given[stratum]) for given in seats)
        use[order[:test]] = Use.TEST
        use[order[test : test + validation]] = Use.VALIDATION
    return use


def _removed(world: World, pool: Ids, variant: int) -> Ids:
    """Return the tiles that an unbalanced pool lacks: of each class 0 to 80 %.

    A tile with several classes counts for the one that fewest tiles of the pool show, so that
    at least a fifth of every class stays.
    """
    counts = world.counts[pool]
    frequency = counts.sum(axis=0)
    frequency = np.where(frequency > 0, frequency, np.iinfo(np.int64).max)
    rarest = np.where(counts > 0, frequency, np.iinfo(np.int64).max).argmin(axis=1)
    removed = []
    for index in range(world.classes):
        own = pool[(rarest == index) & counts.any(axis=1)]
        rng = np.random.default_rng([variant, 30, index])
        number = rng.integers(int(MOST_REMOVED * len(own)), endpoint=True)
        removed.append(rng.permutation(own)[:number])
    return np.concatenate(removed)
