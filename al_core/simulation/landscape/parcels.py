"""Fields: blocks of farmland cut into strips, strips cut into parcels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .lines import Line, directions
from .noise import Field, enlarged, fractal, scatter

BLOCK_PX = 330
ROADSIDE_PX = 300  # so far from a road the fields follow it


@dataclass(frozen=True)
class Parcels:
    """The field each pixel lies in.

    Attributes:
        parcel: int32 (H, W) number of the parcel, 0 to count - 1.
        count: Number of parcels.
        across: float32 (H, W) position across the rows, in pixels.
        along: float32 (H, W) position along the rows, in pixels.
        end: float32 (H, W) pixels to the end of the rows.
        edge: float32 (H, W) pixels to the nearest border of the parcel.
        border: int32 (H, W) number of that border, the same from both sides.
    """

    parcel: NDArray[np.int32]
    count: int
    across: Field
    along: Field
    end: Field
    edge: Field
    border: NDArray[np.int32]


def make_parcels(size: int, roads: tuple[Line, ...], rng: np.random.Generator) -> Parcels:
    """Divide the whole scene into parcels, aligned to the nearest road.

    Args:
        size: Side of the scene in pixels.
        roads: Centre lines.
        rng: Where the randomness comes from.
    """
    block, block_edge, block_border, angles = _blocks(size, roads, rng)
    bow = [7 * fractal(size // 8, rng, 3, size / 8, 30) for _ in range(2)]
    y = np.arange(size, dtype=np.float32)[:, None] + enlarged(bow[0], size)
    x = np.arange(size, dtype=np.float32)[None, :] + enlarged(bow[1], size)
    cos, sin = np.cos(angles).astype(np.float32)[block], np.sin(angles).astype(np.float32)[block]
    across, along = x * cos + y * sin, y * cos - x * sin
    strip, strip_edge, strip_border = _cut(block, len(angles), across, (55, 150), rng)
    parcel, end, end_border = _cut(strip, int(strip.max()) + 1, along, (150, 380), rng)
    edges = np.stack([block_edge, strip_edge, end])
    nearest = edges.argmin(axis=0)
    border = np.choose(nearest, [block_border, strip_border * 3 + 1, end_border * 3 + 2])
    return Parcels(
        parcel.astype(np.int32),
        int(parcel.max()) + 1,
        across,
        along,
        np.minimum(end, block_edge),
        edges.min(axis=0),
        border.astype(np.int32),
    )


def _blocks(
    size: int, roads: tuple[Line, ...], rng: np.random.Generator
) -> tuple[NDArray[np.int32], Field, NDArray[np.int32], NDArray[np.float64]]:
    """Return the block of each pixel, pixels to its edge, the edge's number, and angles."""
    sites = scatter(size, BLOCK_PX, 0.75, rng)
    warp = [28 * fractal(size // 8, rng, 3.2, size / 8, 16) for _ in range(2)]
    y = np.arange(size, dtype=np.float32)[:, None] + enlarged(warp[0], size)
    x = np.arange(size, dtype=np.float32)[None, :] + enlarged(warp[1], size)
    cell = (np.arange(size) / sites.spacing + 1).astype(np.int32)
    first, second = np.full((2, size, size), np.inf, np.float32)
    block, other = np.zeros((2, size, size), np.int32)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            number = (cell + down)[:, None] * sites.count + (cell + right)[None, :]
            squared = (y - sites.rows[number]) ** 2 + (x - sites.cols[number]) ** 2
            nearer, next_nearer = squared < first, squared < second
            other = np.where(nearer, block, np.where(next_nearer, number, other))
            second = np.where(nearer, first, np.where(next_nearer, squared, second))
            block, first = np.where(nearer, number, block), np.where(nearer, squared, first)
    gap = np.hypot(sites.rows[block] - sites.rows[other], sites.cols[block] - sites.cols[other])
    edge = (second - first) / (2 * np.maximum(gap, 1))
    border = np.minimum(block, other) * len(sites.rows) + np.maximum(block, other)
    return block, edge, border, _angles(sites.rows, sites.cols, roads, rng)


def _angles(
    rows: Field, cols: Field, roads: tuple[Line, ...], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the direction of the rows of each block: along a road that is near."""
    points = np.concatenate(roads)[::4]
    tangents = np.concatenate([directions(line) for line in roads])[::4]
    away = np.hypot(rows[:, None] - points[:, 0], cols[:, None] - points[:, 1])
    nearest = away.argmin(axis=1)
    angles = np.arctan2(-tangents[nearest, 1], tangents[nearest, 0])
    angles += np.where(away.min(axis=1) > ROADSIDE_PX, rng.normal(0, 0.5, len(rows)), 0.0)
    return np.asarray(angles + rng.choice([0.0, np.pi / 2], len(rows)))


def _cut(
    parent: NDArray[np.integer],
    count: int,
    position: Field,
    widths: tuple[float, float],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], Field, NDArray[np.int64]]:
    """Cut each parent across a position into pieces of random width.

    Returns:
        The piece of each pixel, pixels to the nearest cut, and the number of that cut.
    """
    span = 4.0 * len(position)
    steps = rng.uniform(*widths, (count, int(span / widths[0]) + 1))
    steps *= rng.uniform(0.7, 1.3, (count, 1))
    cuts = np.cumsum(steps, axis=1) - steps  # each parent starts with a cut at 0
    keys = (cuts + span * np.arange(count)[:, None])[cuts < span]
    key = parent * span + position + span / 2
    piece = np.searchsorted(keys, key, side="right") - 1
    before, after = key - keys[piece], keys[np.minimum(piece + 1, len(keys) - 1)] - key
    nearest = np.where(before <= after, piece, piece + 1)
    used = np.bincount(piece.ravel(), minlength=len(keys)) > 0
    numbers = np.cumsum(used) - 1
    return numbers[piece], np.minimum(before, after).astype(np.float32), nearest
