"""The lie of the land: hills, a valley, the river in it, its streams and its lake."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .lines import Cell, Line, Spread, directions, imprint, line_through, resampled, spread
from .noise import Field, enlarged, fractal

CELL_PX = 8
REACH_PX = 48
FAR = np.float32(1e6)
MAX_LAKE_SHARE = 0.045
PUDDLE_M = 0.05


@dataclass(frozen=True)
class Terrain:
    """The land before anything grows or is built on it.

    Attributes:
        height: float32 (H, W) metres above the lowest point, without water.
        coarse: float64 (n, n) the same, by cells of CELL_PX.
        lake: bool (H, W).
        river: float32 (H, W) pixels to the bank, negative in the water, FAR elsewhere.
        bend: float32 (H, W) how much the inside of a bend the bank is, around 0.
    """

    height: Field
    coarse: NDArray[np.float64]
    lake: NDArray[np.bool_]
    river: Field
    bend: Field

    @property
    def water(self) -> NDArray[np.bool_]:
        """Where the ground is under water."""
        return self.lake | (self.river < 0)

    def slope(self) -> Field:
        """Return the steepness, metres a metre."""
        down, right = np.gradient(self.coarse, CELL_PX)
        return enlarged(np.hypot(down, right), len(self.height))


def make_terrain(size: int, rng: np.random.Generator) -> Terrain:
    """Make hills, let water run down them and stand where it cannot."""
    side = size // CELL_PX
    land = _hills(side, rng)
    drained = _drain(land)
    depth = drained.price - land
    lake_depth = _lake_depth(depth)
    wiggle = fractal(size, rng, 2.5, size / 16, 6)
    lake = enlarged(lake_depth, size) + 0.25 * wiggle > 0
    river, bend = np.full((size, size), FAR), np.zeros((size, size), np.float32)
    for line, half_width in _rivers(land, drained, size, rng):
        _carve(river, bend, line, half_width)
    river += np.where(river < FAR, 0.5 * wiggle, 0).astype(np.float32)
    height = enlarged(drained.price, size)
    return Terrain(height - height.min(), drained.price, lake, river, bend)


def _hills(side: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return (side, side) metres: fractal hills cut by a valley that holds a basin."""
    relief = 0.2 * side  # metres of relief keep the slopes alike at every size
    hills = fractal(side, rng, 4.4, 0.6 * side, 5).astype(float)
    rows, cols = np.arange(side)[:, None] / side, np.arange(side)[None, :] / side
    sway = rng.uniform(0.08, 0.16) * np.sin(
        2 * np.pi * (rng.uniform(0.7, 1.1) * rows + rng.random())
    )
    course = rng.uniform(0.38, 0.62) + sway + rng.uniform(-0.3, 0.3) * (rows - 0.5)
    valley = np.exp(-(((cols - course) / 0.13) ** 2)) * (1 - 0.15 * hills)
    at = rng.uniform(0.35, 0.65)
    middle = float(course[int(at * side), 0])
    basin = np.exp(-(((rows - at) / 0.085) ** 2) - ((cols - middle) / 0.06) ** 2)
    return np.asarray(relief * (0.25 * hills - 0.9 * valley - 0.5 * basin - 0.55 * rows))


def _drain(land: NDArray[np.float64]) -> Spread:
    """Flood the land from every border but the upper: the price is the water level."""
    side = len(land)
    border = [(side - 1, col) for col in range(side)]
    border += [(row, col) for row in range(side // 4, side - 1) for col in (0, side - 1)]
    levels: list[list[float]] = land.tolist()

    def rise(level: float, _: Cell, to: Cell) -> float:
        ground = levels[to[0]][to[1]]
        shallow = 1e-5 + 1e-3 * math.exp(-max(level - ground, 0.0) / (0.015 * side))
        return max(level + shallow, ground)  # so that the current keeps to the deep

    return spread(side, [(cell, levels[cell[0]][cell[1]]) for cell in border], rise)


def _lake_depth(depth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return metres below the shore, negative on land; the deepest hollows hold water."""
    shore = max(0.4, float(np.quantile(depth, 1 - MAX_LAKE_SHARE)))
    return np.where(depth > PUDDLE_M, depth - shore, -2.0).clip(-2.0, 3.0)


def _rivers(
    land: NDArray[np.float64], drained: Spread, size: int, rng: np.random.Generator
) -> list[tuple[Line, NDArray[np.float64]]]:
    """Return the river and its larger streams: line and half width at each point."""
    side = len(land)
    middle = slice(side // 5, side - side // 5)
    source: Cell = (0, int(np.argmin(land[0, middle])) + side // 5)
    main = drained.path_from(source)
    width = 3.0 + 9.5 * np.sqrt(size / 2048)
    rivers = [_course(main, (0.75 * width, width), rng)]
    taken = set(main)
    flow = _flow(drained, side)
    for _ in range(4):
        stream = _longest_stream(drained, flow, taken)
        if len(stream) < side // 6:
            break
        taken.update(stream)
        rivers.append(_course(stream, (1.7, 2.4 + 0.1 * width), rng))
    return rivers


def _flow(drained: Spread, side: int) -> NDArray[np.float64]:
    """Return (side, side) how many cells drain through each."""
    flow = np.ones((side, side))
    for cell in reversed(drained.order):
        if cell in drained.parent:
            flow[drained.parent[cell]] += flow[cell]
    return flow


def _longest_stream(drained: Spread, flow: NDArray[np.float64], taken: set[Cell]) -> list[Cell]:
    """Return the cells of the longest course that ends in water already there."""
    start = 0.002 * flow.size
    beside = {cell for row, col in taken for cell in _square(row, col)}
    heads = [
        cell for cell in drained.order if start < flow[cell] < 1.5 * start and cell not in beside
    ]
    best: list[Cell] = []
    for head in heads:
        path = drained.path_from(head)
        meets = next((place for place, cell in enumerate(path) if cell in taken), len(path))
        if meets < len(path) and meets > len(best):
            best = path[: meets + 1]
    return best


def _square(row: int, col: int) -> list[Cell]:
    return [(row + down, col + right) for down in range(-5, 6) for right in range(-5, 6)]


def _course(
    cells: list[Cell], half_widths: tuple[float, float], rng: np.random.Generator
) -> tuple[Line, NDArray[np.float64]]:
    """Return a meandering line through the cells, and its half width at each point."""
    line = line_through(cells, CELL_PX, 5.0)
    widths = np.linspace(*half_widths, len(line))
    at = np.arange(len(line)) * 2.0
    wave = 13 * widths.mean() + 40
    phase = 2 * np.pi * (at / wave + 0.35 * np.sin(at / (2.3 * wave) + rng.random() * 6))
    swing = (2.0 * widths.mean() + 5) * (0.55 + 0.45 * np.sin(at / (3.7 * wave) + rng.random() * 6))
    fade = np.minimum(1, np.minimum(at, at[::-1]) / wave)
    tangent = directions(line)
    across = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
    line = resampled(line + across * (swing * fade * np.sin(phase))[:, None], 2.0)
    return line, np.linspace(*half_widths, len(line))


def _carve(river: Field, bend: Field, line: Line, half_width: NDArray[np.float64]) -> None:
    """Put a river into the fields, and say where its bank is the inside of a bend."""
    imprint(river, line, half_width, REACH_PX)
    tangent = directions(line)
    turn = np.gradient(tangent, axis=0)  # points to the inside of the bend
    for place in range(0, len(line), 2):
        row, col = line[place]
        reach = int(half_width[place]) + 4
        top, left = max(int(row) - reach, 0), max(int(col) - reach, 0)
        part = bend[top : int(row) + reach + 1, left : int(col) + reach + 1]
        if not part.size or row < 0 or col < 0:
            continue
        down = np.arange(part.shape[0])[:, None] + top - row
        right = np.arange(part.shape[1])[None, :] + left - col
        inside = (down * turn[place, 0] + right * turn[place, 1]).astype(np.float32)
        np.copyto(part, inside, where=np.abs(inside) > np.abs(part))
