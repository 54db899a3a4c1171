"""Villages, and the roads and streets that join them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .lines import Cell, Line, Spread, directions, line_through, resampled, spread
from .terrain import CELL_PX, Terrain

ROAD_CELL_PX = 16
BRIDGE = 14.0  # a cell of water costs as much as so many of meadow
CLIMB = 0.9  # a metre of it costs as much as so many cells
REUSE = 0.25  # what a cell costs that already has a road
BANK_PX = 8
VILLAGE_PX = 110
STREETS = 8
STREET_GAP_PX = 22


def place_villages(terrain: Terrain, rng: np.random.Generator) -> list[Cell]:
    """Return up to three places, as road cells, that are flat, dry and apart."""
    size = len(terrain.height)
    side = size // ROAD_CELL_PX
    slope = terrain.slope()[::ROAD_CELL_PX, ::ROAD_CELL_PX]
    quality = 0.25 * rng.random((side, side)) - 2 * slope - 4 * _wet_cells(terrain)
    rows, cols = np.mgrid[0:side, 0:side]
    margin = np.minimum(np.minimum(rows, cols), side - 1 - np.maximum(rows, cols))
    quality -= np.where(margin < 0.12 * side, 5.0, 0.0)
    places: list[Cell] = []
    for _ in range(max(1, round(3.2 * size / 2048))):
        row, col = (int(place) for place in np.unravel_index(quality.argmax(), quality.shape))
        places.append((row, col))
        quality -= 3.0 * np.exp(-((rows - row) ** 2 + (cols - col) ** 2) / (0.26 * side) ** 2)
    return places


def lay_roads(terrain: Terrain, villages: list[Cell], rng: np.random.Generator) -> list[Line]:
    """Return roads: each village to the one before, and all to the edge of the scene."""
    size = len(terrain.height)
    side = size // ROAD_CELL_PX
    edges = [int(place) for place in rng.integers(side // 5, side - side // 5, 4)]
    exits = [(0, edges[0]), (edges[1], side - 1), (side - 1, edges[2]), (edges[3], 0)]
    toll = 1.0 + BRIDGE * _wet_cells(terrain) + rng.random((side, side))
    known: set[Cell] = set()
    lines = []
    for number, village in enumerate(villages):
        reached = _reach(terrain, village, toll, known)
        goals = sorted(villages[:number], key=lambda cell: float(reached.price[cell]))[:1]
        for _ in range(1 if goals else 2):
            nearest = min(exits, key=lambda cell: float(reached.price[cell]))
            exits.remove(nearest)
            goals.append(nearest)
        for goal in goals:
            cells = reached.path_from(goal)
            known.update(cells)
            lines.append(_to_border(line_through(cells, ROAD_CELL_PX, 2.6), size))
    return lines


def lay_streets(
    terrain: Terrain, villages: list[Cell], roads: list[Line], rng: np.random.Generator
) -> list[Line]:
    """Return short streets that leave the roads inside the villages."""
    streets: list[Line] = []
    reach = min(1.0, len(terrain.height) / 1024 + 0.25)
    for village in villages:
        for _ in range(STREETS):
            road = roads[int(rng.integers(len(roads)))]
            near = np.flatnonzero(np.hypot(*(road - centre_of(village)).T) < VILLAGE_PX)
            if not near.size:
                continue
            street = _street(road, int(rng.choice(near)), reach, rng)
            others = np.concatenate([*roads, *streets])[::3]
            apart = np.hypot(*(street[12:, None] - others).T).min() > STREET_GAP_PX
            if apart and not is_wet(terrain, street):
                streets.append(resampled(street, 2.0))
    return streets


def centre_of(village: Cell) -> NDArray[np.float64]:
    """Return the row and column, in pixels, of the middle of a village."""
    return np.asarray((np.array(village) + 0.5) * ROAD_CELL_PX)


def is_wet(terrain: Terrain, points: Line) -> bool:
    """Tell whether any of the points lies in water or close to a river."""
    rows, cols = np.clip(points, 0, len(terrain.height) - 1).astype(int).T
    return bool((terrain.lake[rows, cols] | (terrain.river[rows, cols] < BANK_PX)).any())


def _wet_cells(terrain: Terrain) -> NDArray[np.float64]:
    """Return (cells, cells) 1 where there is water in a road cell, else 0."""
    step = ROAD_CELL_PX
    side = len(terrain.height) // step
    wet = terrain.water.reshape(side, step, side, step)
    return np.asarray(wet.any(axis=(1, 3)), dtype=np.float64)


def _reach(terrain: Terrain, start: Cell, toll: NDArray[np.float64], known: set[Cell]) -> Spread:
    """Return the cheapest ways from one cell to all others: short, level and dry."""
    ratio = ROAD_CELL_PX // CELL_PX
    height: list[list[float]] = terrain.coarse[::ratio, ::ratio].tolist()
    tolls: list[list[float]] = toll.tolist()

    def price(paid: float, at: Cell, to: Cell) -> float:
        length = 1.4142 if at[0] != to[0] and at[1] != to[1] else 1.0
        climb = abs(height[to[0]][to[1]] - height[at[0]][at[1]])
        share = REUSE if to in known else 1.0
        return paid + share * length * (tolls[to[0]][to[1]] + CLIMB * climb)

    return spread(len(toll), [(start, 0.0)], price)


def _to_border(line: Line, size: int) -> Line:
    """Return the line lengthened where it ends beside the border of the scene."""
    ends = []
    for point, inner in ((line[0], line[8]), (line[-1], line[-9])):
        outward = (point - inner) / max(np.hypot(*(point - inner)), 1e-9)
        beside = min(*point, *(size - point)) < ROAD_CELL_PX
        ends.append(point + outward * (2.5 * ROAD_CELL_PX if beside else 0.0))
    return resampled(np.concatenate([[ends[0]], line, [ends[1]]]), 2.0)


def _street(road: Line, place: int, reach: float, rng: np.random.Generator) -> Line:
    tangent = directions(road)[place]
    across = np.array([tangent[1], -tangent[0]]) * rng.choice([-1, 1])
    length = rng.uniform(90, 190) * reach
    at = np.linspace(0, 1, 30)[:, None]
    bow = rng.uniform(-0.35, 0.35)
    return np.asarray(road[place] + length * (across * at + tangent * bow * at**2))
