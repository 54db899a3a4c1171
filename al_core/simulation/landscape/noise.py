"""Random fields and crowns, from which the demo landscape is made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def fractal(
    size: int, rng: np.random.Generator, beta: float, longest: float, shortest: float = 2
) -> Field:
    """Return a random field whose power falls as frequency to the minus beta.

    Args:
        size: Side in pixels.
        rng: Where the randomness comes from.
        beta: 0 is white, 2 is rough land, 4 is smooth hills.
        longest: Longest wavelength, in pixels.
        shortest: Shortest wavelength, in pixels.

    Returns:
        float32 (size, size), mean 0, standard deviation 1; opposite borders match.
    """
    spectrum = np.fft.rfft2(rng.standard_normal((size, size), dtype=np.float32))
    rows = np.fft.fftfreq(size)[:, None]
    cols = np.fft.rfftfreq(size)[None, :]
    squared = rows * rows + cols * cols
    band = (squared >= longest**-2.0) & (squared <= shortest**-2.0)
    gain = np.zeros(squared.shape)
    gain[band] = squared[band] ** (-beta / 4)
    field = np.fft.irfft2(spectrum * gain, s=(size, size))
    return np.asarray((field - field.mean()) / field.std(), dtype=np.float32)


def enlarged(field: NDArray[np.floating], size: int) -> Field:
    """Return a square field at another size, as a smooth cubic B-spline.

    Args:
        field: float (n, n).
        size: The side wanted.

    Returns:
        float32 (size, size).
    """
    weights = _stretched(np.eye(len(field), dtype=np.float32), size)
    return np.asarray(_stretched(field.astype(np.float32), size) @ weights.T)


def reduced(field: NDArray[np.generic], factor: int) -> Field:
    """Return the means of square blocks: float32 (H / factor, W / factor)."""
    side = len(field) // factor
    blocks = field.reshape(side, factor, side, factor)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float32))


def blurred(field: NDArray[np.generic], radius: int) -> Field:
    """Return a field, or a mask as 0 and 1, after two box means of 2·radius + 1 pixels.

    Args:
        field: (H, H), H a multiple of 4; worked on at a quarter of its size.
        radius: At least 3 pixels.

    Returns:
        float32 (H, H).
    """
    small = reduced(field, 4)
    for _ in range(2):
        small = box_mean(small, max(1, radius // 4))
    return enlarged(small, len(field))


def box_mean(field: Field, radius: int) -> Field:
    """Return the mean over the square of 2·radius + 1 pixels around each."""
    width = 2 * radius + 1
    for _ in range(2):  # once along the columns, once along the rows
        padded = np.pad(field, ((radius + 1, radius), (0, 0)), mode="edge")
        sums = padded.cumsum(axis=0, dtype=np.float64)
        field = ((sums[width:] - sums[:-width]) / width).astype(np.float32).T
    return field


def _stretched(field: Field, size: int) -> Field:
    """Return the rows of a field interpolated to another number of rows."""
    at = ((np.arange(size) + 0.5) * len(field) / size - 0.5).astype(np.float32)
    base = np.floor(at).astype(int)
    t = (at - base).astype(np.float32)[:, None]
    weights = (
        (1 - t) ** 3,
        3 * t**3 - 6 * t**2 + 4,
        -3 * t**3 + 3 * t**2 + 3 * t + 1,
        t**3,
    )
    result = np.zeros((size, field.shape[1]), np.float32)
    for step, weight in enumerate(weights, start=-1):
        result += field[np.clip(base + step, 0, len(field) - 1)] * (weight / 6)
    return result


@dataclass(frozen=True)
class Sites:
    """Points scattered one to a cell of a square lattice, numbered row by row.

    Attributes:
        spacing: Side of a cell in pixels.
        count: Cells along each side.
        rows: float32 (count²,) position in pixels.
        cols: float32 (count²,) position in pixels.
    """

    spacing: float
    count: int
    rows: Field
    cols: Field

    def pixels(self, size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the row and column of the pixel under each site, moved inside."""
        rows = np.clip(self.rows, 0, size - 1).astype(np.intp)
        cols = np.clip(self.cols, 0, size - 1).astype(np.intp)
        return rows, cols


def scatter(size: int, spacing: float, jitter: float, rng: np.random.Generator) -> Sites:
    """Scatter one point to a cell; jitter 0 is a lattice, 1 fills the cell.

    The lattice reaches one cell beyond each border.
    """
    count = int(np.ceil(size / spacing)) + 2
    centre = (np.arange(count) - 0.5) * spacing
    moved = rng.uniform(-0.5 * jitter * spacing, 0.5 * jitter * spacing, (2, count, count))
    rows, cols = centre[:, None] + moved[0], centre[None, :] + moved[1]
    return Sites(spacing, count, rows.ravel().astype(np.float32), cols.ravel().astype(np.float32))


@dataclass(frozen=True)
class Crowns:
    """The tree over each pixel.

    Attributes:
        tree: int32 (H, W) number of the tree.
        height: float32 (H, W) height of its dome above the pixel; 0 or less is a gap.
        facing: float32 (H, W) -1 on the lee of a crown to 1 towards the sun.
    """

    tree: NDArray[np.int32]
    height: Field
    facing: Field


def crowns(size: int, sites: Sites, radius: Field) -> Crowns:
    """Let domes stand on the sites and return the highest over each pixel.

    Args:
        size: Side of the scene in pixels.
        sites: Where trees may stand.
        radius: float32 (sites,) of each crown in pixels, below 1.4 cells; 0: no tree.
    """
    cell = np.arange(size) / sites.spacing + 1
    cell = cell.astype(np.intp)
    shape = (sites.count, sites.count)
    at_row, at_col = sites.rows.reshape(shape), sites.cols.reshape(shape)
    squares = np.where(radius > 0, radius**2, -1e6).astype(np.float32).reshape(shape)
    best = np.full((size, size), -1e6, np.float32)
    tree = np.zeros((size, size), np.int32)
    y, x = np.arange(size, dtype=np.float32)[:, None], np.arange(size, dtype=np.float32)[None, :]
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            near = np.ix_(cell + down, cell + right)
            rise = squares[near] - (y - at_row[near]) ** 2 - (x - at_col[near]) ** 2
            higher = rise > best
            np.copyto(best, rise, where=higher)
            number = (cell + down)[:, None] * sites.count + (cell + right)[None, :]
            np.copyto(tree, number.astype(np.int32), where=higher)
    lean = (sites.rows[tree] - y) + (sites.cols[tree] - x)
    facing = lean / (np.maximum(radius[tree], 1.0) * np.float32(1.41))
    return Crowns(tree, np.sqrt(np.maximum(best, 0.0)), np.clip(facing, -1, 1))


def chance(numbers: NDArray[np.integer], salt: int) -> Field:
    """Return the same random number, 0 to 1, wherever the same number stands.

    Args:
        numbers: Integers of any shape, such as numbers of parcels.
        salt: Tells apart the draws for different purposes.
    """
    mixed = numbers.astype(np.uint32) * np.uint32(2654435761) + np.uint32(salt * 40503 + 1)
    for shift, factor in ((16, 2246822519), (13, 3266489917)):
        mixed = (mixed ^ (mixed >> np.uint32(shift))) * np.uint32(factor)
    mixed ^= mixed >> np.uint32(16)
    return (mixed >> np.uint32(8)).astype(np.float32) / np.float32(2**24)
