"""A tile seen in other ways that do not change what it shows."""

from __future__ import annotations

import enum

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

TURNS = 8  # of a square: four rotations, each as it is and mirrored

_LEAST_AREA = 0.2
_LEAST_ASPECT = 3 / 4


class Views(enum.Enum):
    """Which views of a tile a network learns from; the first is always the tile as it is."""

    PLAIN = "plain"
    TURNED = "turned"  # all rotations by 90° and mirror images: imagery has no up
    CROPPED = "cropped"  # parts of 20 % of the area or more, enlarged, half of them mirrored

    @property
    def count(self) -> int:
        """The number of views of a tile."""
        return 1 if self is Views.PLAIN else TURNS


def turned(pixels: Tensor, number: int) -> Tensor:
    """Return tiles turned by number mod 4 times 90°, and mirrored from number 4 on.

    Args:
        pixels: (N, B, T, T).
        number: 0 (as they are) to 7.
    """
    rotated = torch.rot90(pixels, number % 4, dims=(2, 3))
    return rotated.flip(3) if number >= TURNS // 2 else rotated


def turned_each(pixels: Tensor, numbers: NDArray[np.int64]) -> Tensor:
    """Return tiles (N, B, T, T), each turned by its own number, int64 (N,)."""
    result = torch.empty_like(pixels)
    for number in np.unique(numbers).tolist():
        at = torch.from_numpy(np.flatnonzero(numbers == number)).to(pixels.device)
        result[at] = turned(pixels[at], number)
    return result


def cropped(pixels: Tensor, rng: np.random.Generator) -> Tensor:
    """Return a random part of each tile at its size, mirrored or not.

    Args:
        pixels: float (N, B, T, T).
        rng: Draws place, area (20 to 100 %), aspect (3:4 to 4:3) and mirror.
    """
    count = len(pixels)
    area = rng.uniform(_LEAST_AREA, 1.0, count)
    aspect = np.exp(rng.uniform(np.log(_LEAST_ASPECT), -np.log(_LEAST_ASPECT), count))
    width, height = (np.minimum(np.sqrt(area * factor), 1) for factor in (aspect, 1 / aspect))
    x, y = (rng.uniform(side - 1, 1 - side) for side in (width, height))
    mirror = rng.choice((-1.0, 1.0), count)
    nothing = np.zeros(count)
    rows = [[width * mirror, nothing, x], [nothing, height, y]]
    affine = np.stack([np.stack(row, axis=1) for row in rows], axis=1)  # (N, 2, 3)
    matrix = torch.from_numpy(affine.astype(np.float32)).to(pixels.device)
    grid = functional.affine_grid(matrix, list(pixels.shape), align_corners=False)
    return functional.grid_sample(pixels, grid, mode="bilinear", align_corners=False)


def view(pixels: Tensor, views: Views, number: int, ids: NDArray[np.int64], seed: int) -> Tensor:
    """Return one view of tiles.

    Args:
        pixels: float (N, B, T, T).
        views: Of which kind.
        number: 0 is the tile as it is.
        ids: int64 (N,); a crop depends on the tile and the seed, not on the batch.
        seed: Of the crops.
    """
    if not number:
        return pixels
    if views is Views.TURNED:
        return turned(pixels, number)
    parts = [
        cropped(pixels[[place]], np.random.default_rng((seed, number, tile)))
        for place, tile in enumerate(ids.tolist())
    ]
    return torch.cat(parts)
