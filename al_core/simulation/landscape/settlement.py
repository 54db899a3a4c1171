"""What people have built: roads, houses beside them, and farms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .lines import Cell, Line, directions, imprint
from .noise import Field
from .roads import centre_of, is_wet, lay_roads, lay_streets, place_villages
from .terrain import FAR, Terrain

ROAD_HALF_PX = 2.6
STREET_HALF_PX = 2.0
REACH_PX = 26
MAX_ROAD_SHARE = 0.009
MAX_STREET_SHARE = 0.0112
MAX_BUILT_SHARE = 0.0155
VILLAGE_PX = 230  # farther from its middle a house is a farm
CENTRE_PX = 45  # nearer to it the houses are larger
FARMS = 12


@dataclass(frozen=True)
class Building:
    """A house: centre, direction of its ridge, sizes in pixels, and its roof."""

    row: float
    col: float
    along: tuple[float, float]
    length: float
    width: float
    roof: int


@dataclass(frozen=True)
class Settlement:
    """What people have built.

    Attributes:
        road: float32 (H, W) pixels to the edge of a road, negative on it, FAR elsewhere.
        lines: The roads' centre lines.
        roof: int16 (H, W) kind of roof, -1 where there is none.
        shade: float32 (H, W) -1 to 1, how far a roof faces away from or to the sun.
        height: float32 (H, W) metres of the buildings.
    """

    road: Field
    lines: tuple[Line, ...]
    roof: NDArray[np.int16]
    shade: Field
    height: Field


def settle(terrain: Terrain, rng: np.random.Generator) -> Settlement:
    """Build villages on flat dry land, roads between them and out of the scene."""
    size = len(terrain.height)
    villages = place_villages(terrain, rng)
    roads = lay_roads(terrain, villages, rng)
    road = np.full((size, size), FAR)
    roads = _imprinted(road, roads, ROAD_HALF_PX, MAX_ROAD_SHARE)
    streets = lay_streets(terrain, villages, roads, rng)
    streets = _imprinted(road, streets, STREET_HALF_PX, MAX_STREET_SHARE)
    nothing = np.zeros((size, size), np.float32)
    roof = np.full((size, size), -1, np.int16)
    settlement = Settlement(road, (*roads, *streets), roof, nothing, nothing.copy())
    budget = MAX_BUILT_SHARE * size * size - float((road < 0).sum())
    for plot in _plots(settlement.lines, villages, rng):
        if budget > 0 and not is_wet(terrain, _corners(plot)):
            budget -= _raise(settlement, plot)
    return settlement


def _imprinted(road: Field, lines: list[Line], half_px: float, share: float) -> list[Line]:
    """Put lines into the field until they cover their share; return those put in."""
    done: list[Line] = []
    for line in lines:
        if done and (road < 0).mean() > share:
            break
        imprint(road, line, half_px, REACH_PX)
        done.append(line)
    return done


def _plots(
    lines: tuple[Line, ...], villages: list[Cell], rng: np.random.Generator
) -> list[Building]:
    """Return farms with their barns, then houses, those in the villages' middle first."""
    centres = np.stack([centre_of(village) for village in villages])
    homes: list[tuple[float, Building]] = []
    for line in lines:
        tangents = directions(line)
        for place in range(4, len(line) - 4, 7):
            away = float(np.hypot(*(centres - line[place]).T).min())
            dense = 0.85 * np.exp(-((away / 185) ** 4)) + 0.012
            homes += [
                (away, _house(line[place], tangents[place] * side, away, rng))
                for side in (-1, 1)
                if rng.random() < dense
            ]
    homes.sort(key=lambda home: home[0])
    close = [home for away, home in homes if away < VILLAGE_PX]
    apart = [home for away, home in homes if away >= VILLAGE_PX]
    farms = apart[:: max(1, len(apart) // FARMS)]
    return [*farms, *(_barn(farm, rng) for farm in farms for _ in range(2)), *close]


def _house(
    at: NDArray[np.float64], tangent: NDArray[np.float64], away: float, rng: np.random.Generator
) -> Building:
    """Return a house to the right of a road, its ridge along it or across."""
    across = np.array([tangent[1], -tangent[0]])
    row, col = at + across * rng.uniform(11, 17) + tangent * rng.uniform(-3, 3)
    turn = rng.normal(0, 0.09) + rng.choice([0.0, np.pi / 2], p=[0.7, 0.3])
    along = tangent * np.cos(turn) + across * np.sin(turn)
    grand = 1.25 if away < CENTRE_PX else 1.0
    return Building(
        row=float(row),
        col=float(col),
        along=(float(along[0]), float(along[1])),
        length=grand * rng.uniform(9, 14),
        width=grand * rng.uniform(7, 9.5),
        roof=int(rng.choice(4, p=[0.5, 0.2, 0.2, 0.1])),
    )


def _barn(farm: Building, rng: np.random.Generator) -> Building:
    angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(24, 34)
    sides = [farm.along, (-farm.along[1], farm.along[0])]
    return Building(
        row=farm.row + reach * np.sin(angle),
        col=farm.col + reach * np.cos(angle),
        along=sides[int(rng.integers(2))],
        length=rng.uniform(22, 34),
        width=rng.uniform(11, 15),
        roof=int(rng.integers(3, 6)),
    )


def _corners(plot: Building) -> Line:
    along = np.array(plot.along) * plot.length / 2
    across = np.array([plot.along[1], -plot.along[0]]) * plot.width / 2
    centre = np.array([plot.row, plot.col])
    return np.stack([centre + a * along + b * across for a in (-1, 1) for b in (-1, 1)])


def _raise(settlement: Settlement, plot: Building) -> int:
    """Build one house if its ground is free; return the pixels it takes."""
    reach = int(plot.length / 2 + plot.width / 2) + 6
    top, left, side = int(plot.row) - reach, int(plot.col) - reach, 2 * reach + 1
    if min(top, left) < 0 or max(top, left) + side > len(settlement.road):
        return 0
    part = np.s_[top : top + side, left : left + side]
    rows = np.arange(top, top + side)[:, None] + 0.5 - plot.row
    cols = np.arange(left, left + side)[None, :] + 0.5 - plot.col
    a = np.abs(rows * plot.along[0] + cols * plot.along[1])
    b = rows * plot.along[1] - cols * plot.along[0]
    lot = (a < plot.length / 2 + 2) & (np.abs(b) < plot.width / 2 + 2)
    if (lot & ((settlement.roof[part] >= 0) | (settlement.road[part] < 1))).any():
        return 0
    walls = (a < plot.length / 2) & (np.abs(b) < plot.width / 2)
    to_sun = (plot.along[0] - plot.along[1]) / np.sqrt(2)  # of the side where b > 0
    settlement.roof[part][walls] = plot.roof
    settlement.shade[part][walls] = (np.sign(b) * to_sun)[walls]
    settlement.height[part][walls] = (4 + 0.35 * (plot.width / 2 - np.abs(b)))[walls]
    return int(walls.sum())
