"""Which tiles are for the pool, for validation and for the test: spatial blocks (METHODS 1.4)."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..config import SimulateConfig
from ..errors import ConfigError
from ..strategies import eligible_tiles
from ..training.chunks import chunk_px
from .world import World

MIN_BLOCK_TILES = 4  # a side
BLOCKS_WANTED = 48
TRIES = 200
MIN_TRUTH_SHARE = 0.25  # of a tile's valid pixels: less is no answer worth asking for
OPENEARTHMAP_HELD = 250  # images for validation, and as many for the test
OPENEARTHMAP_IMAGES = 4300

Ids = NDArray[np.int64]


class Use(enum.IntEnum):
    """What a tile is for; BUFFER tiles are for nothing."""

    POOL = 0
    VALIDATION = 1
    TEST = 2
    BUFFER = 3


@dataclass(frozen=True, eq=False)
class Split:
    """The tiles of each use, ascending; `use` is uint8 (N,), `block` int32 (N,)."""

    use: NDArray[np.uint8]
    block: NDArray[np.int32]
    pool: Ids
    validation: Ids
    test: Ids


@dataclass(frozen=True)
class Shares:
    """What part of the tiles is for the test and for validation; 0 where tests are named."""

    test: float
    validation: float


def split(world: World, config: SimulateConfig, seed: int) -> Split:
    """Return the split of a seed.

    Of TRIES random assignments of blocks the best is taken: every class in test and
    validation if the blocks allow it, the shares asked for, few tiles lost to the buffer.
    A pool tile whose window, or whatever training cuts around it, reaches into a test or
    validation tile is dropped from everything.

    Raises:
        ConfigError: The shares make no sense, a test image is unknown, or there are too few
            blocks.
    """
    blocks = _blocks(world)
    fixed = fixed_test(world, config)
    wanted = shares_of(config, fixed)
    rng = np.random.default_rng([seed, 20])
    free = np.unique(blocks.astype(np.int64)[~np.isin(world.tiles.image, np.flatnonzero(fixed))])
    _check_blocks(world, blocks, free, wanted)
    if config.openearthmap:
        use = _drawn_images(world, rng)
    else:
        use = _best(world, blocks, free, wanted, rng)
    use[fixed[world.tiles.image]] = Use.TEST
    use[_touched(world, use)] = Use.BUFFER
    found = _checked(_split(world, use, blocks))
    return replace(
        found,
        pool=some(found.pool, config.pool_tiles, rng),
        validation=some(found.validation, config.validation_tiles, rng),
    )


def some(ids: Ids, wanted: int, rng: np.random.Generator) -> Ids:
    """Return so many of the tiles at random, ascending; all of them for 0."""
    if not 0 < wanted < len(ids):
        return ids
    return np.sort(rng.choice(ids, wanted, replace=False))


def _split(world: World, use: NDArray[np.uint8], blocks: NDArray[np.int32]) -> Split:
    """Leave out tiles that hold too little; what is left is answered whole by the oracle."""
    truth = world.counts.sum(axis=1)
    nobody = np.zeros(len(use), dtype=np.bool_)
    enough = eligible_tiles(world.valid_px, np.zeros(len(use)), nobody, world.tile_px)
    enough |= (world.settings.halo_px == 0) & (world.valid_px > 0)
    answered = enough & (truth >= MIN_TRUTH_SHARE * np.maximum(world.valid_px, 1))
    return Split(
        use,
        blocks,
        np.flatnonzero((use == Use.POOL) & answered),
        np.flatnonzero((use == Use.VALIDATION) & (truth > 0)),
        np.flatnonzero((use == Use.TEST) & (truth > 0)),
    )


def _checked(found: Split) -> Split:
    for name, ids in (("pool", found.pool), ("test", found.test), ("validation", found.validation)):
        if not ids.size:
            raise ConfigError(
                f"No tile with labels is left for the {name}; choose smaller tiles, other shares "
                "of --test and --validation, or more images."
            )
    return found


def _blocks(world: World) -> NDArray[np.int32]:
    """Return int32 (N,), the block of each tile: pieces of images, none smaller than 4 x 4.

    An image too small to be cut is one block.
    """
    total = len(world.valid_px)
    side = max(MIN_BLOCK_TILES, round((total / BLOCKS_WANTED) ** 0.5))
    result = np.empty(total, dtype=np.int32)
    first = 0
    for image in world.images:
        grid = image.grid(world.settings.tile_size_px, world.settings.halo_px)
        down, across = max(1, grid.rows // side), max(1, grid.cols // side)
        rows = np.arange(grid.rows) * down // grid.rows
        cols = np.arange(grid.cols) * across // grid.cols
        numbers = first + rows[:, None] * across + cols[None, :]
        result[image.first_tile : image.first_tile + image.tile_count] = numbers.ravel()
        first += down * across
    return result


def fixed_test(world: World, config: SimulateConfig) -> NDArray[np.bool_]:
    """Return bool (number of images,), True for those that were named as test.

    Raises:
        ConfigError: An image that was named is none.
    """
    fixed = np.zeros(len(world.images), dtype=np.bool_)
    for wanted in config.test_images:
        hits = [
            image.id
            for image in world.images
            if wanted in (image.name, image.path) or image.path.endswith(f"/{wanted}")
        ]
        if not hits:
            raise ConfigError(
                f"The test image {wanted} is none of the images; name one of them, such as "
                f"{world.images[0].name}."
            )
        fixed[hits] = True
    return fixed


def shares_of(config: SimulateConfig, fixed: NDArray[np.bool_]) -> Shares:
    """Return the shares that were asked for.

    Raises:
        ConfigError: They leave no pool, or every image is a test image.
    """
    test, validation = config.test_share, config.validation_share
    if not (0 < test < 1 and 0 < validation < 1 and test + validation < 1):
        raise ConfigError(
            f"A test share of {test:g} and a validation share of {validation:g} leave no pool; "
            "choose two numbers above 0 whose sum is below 1, such as 0.2 and 0.1."
        )
    if fixed.all():
        raise ConfigError("Every image is a test image; leave at least one for the pool.")
    return Shares(0.0 if fixed.any() else test, validation)


def _check_blocks(world: World, blocks: NDArray[np.int32], free: Ids, wanted: Shares) -> None:
    needed = 3 if wanted.test else 2
    if len(free) < needed:
        raise ConfigError(
            f"The images make {len(world.valid_px)} tiles in {len(np.unique(blocks))} block(s) of "
            f"{MIN_BLOCK_TILES} × {MIN_BLOCK_TILES} or more, too few to keep pool, validation and "
            "test apart; choose smaller tiles or more images."
        )


def _best(
    world: World,
    blocks: NDArray[np.int32],
    free: Ids,
    wanted: Shares,
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """Return the best of TRIES random assignments."""
    place = np.searchsorted(free, blocks)
    inside = (place < len(free)) & (free[np.minimum(place, len(free) - 1)] == blocks)
    tiles = np.bincount(place[inside], minlength=len(free)).astype(np.float64)
    pixels = np.stack(
        [
            np.bincount(place[inside], weights=world.counts[inside, k], minlength=len(free))
            for k in range(world.classes)
        ],
        axis=1,
    ).astype(np.float64)  # (blocks, K)
    best, lowest = np.zeros(len(free), dtype=np.uint8), np.inf
    for _ in range(TRIES):
        drawn = _assignment(tiles, wanted, rng)
        penalty = _penalty(drawn, tiles, pixels, wanted)
        if penalty >= lowest:
            continue
        use = np.where(inside, drawn[np.minimum(place, len(free) - 1)], Use.POOL).astype(np.uint8)
        penalty += float(_near(world, use).sum()) / len(use)
        if penalty < lowest:
            best, lowest = drawn, penalty
    return np.where(inside, best[np.minimum(place, len(free) - 1)], Use.POOL).astype(np.uint8)


def _assignment(
    tiles: NDArray[np.float64], wanted: Shares, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return the use of each block: in random order until test, then validation is full."""
    drawn = np.full(len(tiles), Use.POOL, dtype=np.uint8)
    order = rng.permutation(len(tiles)).tolist()
    for share, use in ((wanted.test, Use.TEST), (wanted.validation, Use.VALIDATION)):
        taken = 0.0
        while share and order[1:] and taken < share * tiles.sum():
            block = order[0]
            after = taken + tiles[block] - share * tiles.sum()
            if taken and after > share * tiles.sum() - taken:
                break  # the next block overshoots by more than what is missing
            drawn[block] = use
            taken += tiles[block]
            del order[0]
    return drawn


def _penalty(
    drawn: NDArray[np.uint8],
    tiles: NDArray[np.float64],
    pixels: NDArray[np.float64],
    wanted: Shares,
) -> float:
    """Return how bad an assignment is: missing classes count most, then the shares."""
    there = pixels.sum(axis=0) > 0
    totals = pixels.sum(axis=0)[there]
    result = 0.0
    for share, use in (
        (wanted.test, Use.TEST),
        (wanted.validation, Use.VALIDATION),
        (1 - wanted.test - wanted.validation, Use.POOL),
    ):
        if not share:
            continue
        found = pixels[drawn == use].sum(axis=0)[there]
        expected = 0.5 * share * totals
        result += 10.0 * int((found == 0).sum())
        result += float(np.clip(1 - found / expected, 0, 1).sum())
        result += 2.0 * abs(tiles[drawn == use].sum() / tiles.sum() - share) / share
    return result


def _drawn_images(world: World, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the paper's split: whole images at random, fewer where there are fewer."""
    held = np.flatnonzero(world.held_out)
    chosen = held if held.size else np.arange(len(world.images))
    count = (
        len(chosen) // 2
        if held.size
        else round(len(chosen) * OPENEARTHMAP_HELD / OPENEARTHMAP_IMAGES)
    )
    count = max(1, min(OPENEARTHMAP_HELD, count))
    order = chosen[rng.permutation(len(chosen))]
    of_image = np.full(len(world.images), Use.POOL, dtype=np.uint8)
    of_image[held] = Use.BUFFER
    of_image[order[:count]] = Use.TEST
    of_image[order[count : 2 * count]] = Use.VALIDATION
    return np.asarray(of_image[world.tiles.image])


def _near(world: World, use: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return bool (N,), pool tiles with a test or validation tile among their 8 neighbours."""
    result = np.zeros(len(use), dtype=np.bool_)
    for image in world.images:
        tiles = slice(image.first_tile, image.first_tile + image.tile_count)
        grid = image.grid(world.settings.tile_size_px, world.settings.halo_px)
        held = np.isin(use[tiles], (Use.VALIDATION, Use.TEST)).reshape(grid.rows, grid.cols)
        wide = np.pad(held, 1)
        near = np.zeros_like(held)
        for row in range(3):
            for col in range(3):
                near |= wide[row : row + grid.rows, col : col + grid.cols]
        result[tiles] = (near & ~held).ravel()
    found: NDArray[np.bool_] = result & (use == Use.POOL)
    return found


def _touched(world: World, use: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return bool (N,), pool tiles that must go: near a held tile, or able to see one.

    At the border of an image windows and training chunks are moved inwards, so that they
    reach further than one tile.
    """
    result = _near(world, use)
    settings = world.settings
    reach = chunk_px(settings.tile_size_px, settings.halo_px)
    for image in world.images:
        grid = image.grid(settings.tile_size_px, settings.halo_px)
        tiles = slice(image.first_tile, image.first_tile + image.tile_count)
        held = np.isin(use[tiles], (Use.VALIDATION, Use.TEST)).reshape(grid.rows, grid.cols)
        if not held.any():
            continue
        rows = [_seen(grid.core_px, image.height, reach, row) for row in range(grid.rows)]
        cols = [_seen(grid.core_px, image.width, reach, col) for col in range(grid.cols)]
        sums = np.pad(held.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
        top, bottom = np.array(rows).T
        left, right = np.array(cols).T
        seen = (
            sums[bottom[:, None], right[None, :]]
            - sums[top[:, None], right[None, :]]
            - sums[bottom[:, None], left[None, :]]
            + sums[top[:, None], left[None, :]]
        )
        result[tiles] |= (seen > 0).ravel()
    found: NDArray[np.bool_] = result & (use == Use.POOL)
    return found


def _seen(core_px: int, length: int, reach_px: int, place: int) -> tuple[int, int]:
    """Return the first and one past the last tile, along one side, of what training reads."""
    first = place * core_px
    size = min(core_px, length - first)
    start = min(max(first + (size - reach_px) // 2, 0), max(length - reach_px, 0))
    end = min(start + reach_px, length)
    return start // core_px, -(-end // core_px)
