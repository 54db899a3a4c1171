"""What covers the ground: which class each pixel of the landscape belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .noise import Crowns, Field, Sites, blurred, chance, crowns, enlarged, fractal, scatter
from .parcels import Parcels
from .quarry import open_quarries
from .settlement import Settlement
from .terrain import Terrain

WATER, WOODLAND, CROPLAND, GRASSLAND, BUILT_UP, BARE_GROUND = range(1, 7)

TREE_PX = 6.5
WOODLAND_SHARE = 0.25
CROPLAND_SHARE = 0.58  # of the farmland


@dataclass(frozen=True)
class Plan:
    """What the ground is used for, before anything grows.

    Attributes:
        wood: float32 (H, W), above 0 where trees stand close.
        tilled: bool (H, W), where parcels are cropped.
        pit: float32 (H, W) pixels inside the edge of bare ground, negative outside.
        garden: float32 (H, W) 0 to 1, how much the ground belongs to a village.
    """

    wood: Field
    tilled: NDArray[np.bool_]
    pit: Field
    garden: Field


@dataclass(frozen=True)
class Cover:
    """The finished ground truth, and what is needed to draw it.

    Attributes:
        labels: uint8 (H, W), WATER to BARE_GROUND.
        crowns: The trees.
        conifer: bool (trees,) which trees are conifers.
        pit: float32 (H, W) pixels inside the edge of bare ground, negative outside.
    """

    labels: NDArray[np.uint8]
    crowns: Crowns
    conifer: NDArray[np.bool_]
    pit: Field


def make_cover(
    terrain: Terrain, settlement: Settlement, parcels: Parcels, rng: np.random.Generator
) -> Cover:
    """Let crops, grass and trees grow where the terrain suggests, and open quarries."""
    size = len(terrain.height)
    plan = _plan(terrain, settlement, parcels, rng)
    sites = scatter(size, TREE_PX, 0.95, rng)
    grown = crowns(size, sites, _planted(sites, plan, terrain, settlement, parcels))
    stand = enlarged(fractal(size // 8, rng, 3, size / 16, 4), size)[sites.pixels(size)]
    conifer = stand + 0.5 * (chance(np.arange(stand.size), 7) - 0.5) > 0.35  # noqa: PLR2004
    labels = np.where(plan.tilled, CROPLAND, GRASSLAND).astype(np.uint8)
    labels[(grown.height > 0) | (plan.wood > 0.12)] = WOODLAND  # noqa: PLR2004
    labels[plan.pit > 0] = BARE_GROUND
    labels[terrain.water] = WATER
    labels[_gravel(terrain, rng)] = BARE_GROUND
    bare_of_trees = grown.height <= 0
    labels[((settlement.road < 0) & bare_of_trees) | (settlement.roof >= 0)] = BUILT_UP
    return Cover(labels, grown, conifer, plan.pit)


def _plan(
    terrain: Terrain, settlement: Settlement, parcels: Parcels, rng: np.random.Generator
) -> Plan:
    size = len(terrain.height)
    homes = blurred(settlement.roof >= 0, 13)
    garden = np.clip(12 * homes, 0, 1)
    slope = terrain.slope()
    slope = (slope - slope.mean()) / slope.std()
    patches = fractal(size, rng, 3.2, size / 4, 16)
    whim = 2.2 * (chance(np.arange(parcels.count), 3) - 0.5)
    wish = 0.75 * slope + patches + whim[parcels.parcel] - 3.0 * garden
    wood = wish - float(np.quantile(wish[::4, ::4], 1 - WOODLAND_SHARE))
    tilled = _tilled(terrain, slope, parcels) & (garden < 0.12)  # noqa: PLR2004
    return Plan(wood, tilled, open_quarries(terrain, settlement, rng), garden)


def _tilled(terrain: Terrain, slope: Field, parcels: Parcels) -> NDArray[np.bool_]:
    """Return (H, W) where parcels are cropped: the flatter ones, away from water."""
    thin = np.s_[::4, ::4]
    number = parcels.parcel[thin].ravel()
    area = np.maximum(np.bincount(number, minlength=parcels.count), 1)
    hard = slope[thin] + 1.2 * (terrain.river[thin] < 40)  # noqa: PLR2004 - wet meadows
    hardship = np.bincount(number, hard.ravel(), parcels.count) / area
    order = np.argsort(hardship - 2.6 * chance(np.arange(parcels.count), 5), kind="stable")
    cropped = np.zeros(parcels.count, bool)
    cropped[order[np.cumsum(area[order]) < CROPLAND_SHARE * area.sum()]] = True
    return np.asarray(cropped[parcels.parcel] & (terrain.river > 9))  # noqa: PLR2004


def _planted(
    sites: Sites, plan: Plan, terrain: Terrain, settlement: Settlement, parcels: Parcels
) -> Field:
    """Return the crown radius at each site, 0 where no tree stands."""
    at = sites.pixels(len(plan.wood))
    luck = chance(np.arange(at[0].size), 11)
    close = plan.wood[at] > 0
    hedged = chance(parcels.border[at], 13) < 0.33  # noqa: PLR2004
    hedge = (parcels.edge[at] < 2.6) & hedged & (luck < 0.93)  # noqa: PLR2004
    bank = (terrain.river[at] < 13) & (luck < 0.5)  # noqa: PLR2004
    lone = luck < np.where(plan.tilled[at], 0.0006, 0.005 + 0.1 * plan.garden[at])
    roofs = blurred(settlement.roof >= 0, 3)
    dry = (terrain.river[at] > 3) & ~terrain.lake[at]  # noqa: PLR2004
    unbuilt = (settlement.road[at] > 3.5) & (roofs[at] < 0.02)  # noqa: PLR2004
    stands = (close | hedge | bank | lone) & dry & unbuilt & (plan.pit[at] < -3)  # noqa: PLR2004
    radius = np.where(close, 3.6, 3.0) + 2.4 * chance(np.arange(luck.size), 17) ** 2
    return np.where(stands, radius, 0).astype(np.float32)


def _gravel(terrain: Terrain, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return (H, W) the gravel bars: strips of the bed inside the sharper bends."""
    size = len(terrain.height)
    patchy = enlarged(fractal(size // 4, rng, 2, size / 40, 3), size)
    near = (terrain.river > -5 - 3 * patchy) & (terrain.river < 2 + patchy)
    sharp = blurred(terrain.bend, 4) > 0.32  # noqa: PLR2004
    return near & sharp & ~terrain.lake
