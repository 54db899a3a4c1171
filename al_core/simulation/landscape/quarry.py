"""Quarries: pits on slopes, apart from all else, each with a track to a road."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .lines import Line, imprint, resampled
from .noise import Field, box_mean, fractal, reduced
from .settlement import Settlement
from .terrain import FAR, Terrain

PIT_SHARES = (0.0050, 0.0032, 0.0020)  # of the scene
TRACK_HALF_PX = 1.9
WATER_MARGIN_PX = 25
ROAD_MARGIN_PX = 12
_STEP = 16


def open_quarries(terrain: Terrain, settlement: Settlement, rng: np.random.Generator) -> Field:
    """Return (H, W) pixels inside the edge of a pit or a track, negative outside."""
    size = len(terrain.height)
    ragged = 0.17 * fractal(size, rng, 3.0, 0.12 * size, 22)
    crumbled = 1.3 * fractal(size, rng, 1.5, 20, 3)
    roads = np.concatenate(settlement.lines)
    roads = roads[((roads > 0) & (roads < size)).all(axis=1)]
    y, x = np.ogrid[0:size, 0:size]
    pit = np.full((size, size), -FAR)
    track = np.full((size, size), FAR)
    for row, col, reach in _places(terrain, settlement, rng):
        stretch = rng.uniform(0.75, 1.3)
        away = np.sqrt(((y - row) * stretch) ** 2 + ((x - col) / stretch) ** 2)
        np.maximum(pit, (reach * (1 + ragged) - away + crumbled).astype(np.float32), out=pit)
        line = _way(np.array([row, col]), roads, rng)
        if not _crosses(line, terrain.water):
            imprint(track, line, TRACK_HALF_PX, 6)
    pit = np.maximum(pit, -track)
    pit[terrain.water | (settlement.road < 0) | (settlement.roof >= 0)] = -1
    return pit


def _places(
    terrain: Terrain, settlement: Settlement, rng: np.random.Generator
) -> list[tuple[float, float, float]]:
    """Return row, col and radius of each pit: steep, dry, far from the others."""
    size = len(terrain.height)
    rows, cols = np.mgrid[0:size:_STEP, 0:size:_STEP]
    quality = terrain.slope()[::_STEP, ::_STEP] + 0.1 * rng.random(rows.shape)
    middle = np.minimum(np.minimum(rows, cols), size - np.maximum(rows, cols)) > 0.06 * size
    wet = (terrain.river < WATER_MARGIN_PX) | terrain.lake
    built = (settlement.road < ROAD_MARGIN_PX) | (settlement.roof >= 0)
    taken = reduced(wet | built, _STEP)
    places = []
    for share in PIT_SHARES:
        reach = size * np.sqrt(share / np.pi)
        best = np.where(middle, quality, quality - 20)
        best -= 10 * box_mean(taken, int(1.1 * reach / _STEP) + 1)
        row, col = rows.flat[best.argmax()], cols.flat[best.argmax()]
        places.append((float(row), float(col), float(reach)))
        quality -= 2.0 * (np.hypot(rows - row, cols - col) < 0.3 * size)
    return places


def _way(centre: NDArray[np.float64], roads: Line, rng: np.random.Generator) -> Line:
    """Return a bowed line from a pit to the nearest road."""
    goal = roads[np.hypot(*(roads - centre).T).argmin()]
    at = np.linspace(0, 1, 40)[:, None]
    bow = rng.uniform(-0.2, 0.2) * np.array([goal[1] - centre[1], centre[0] - goal[0]])
    return resampled(centre + at * (goal - centre) + bow * np.sin(np.pi * at), 2.0)


def _crosses(line: Line, water: NDArray[np.bool_]) -> bool:
    rows, cols = np.clip(line, 0, len(water) - 1).astype(int).T
    return bool(water[rows, cols].any())
