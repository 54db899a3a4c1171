"""How the landscape looks from above: light, shadow, crops in rows, crowns, haze."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .cover import BARE_GROUND, BUILT_UP, CROPLAND, WATER, WOODLAND, Cover
from .noise import Field, blurred, chance, enlarged, fractal
from .parcels import Parcels
from .settlement import Settlement
from .terrain import Terrain

# red, green, blue, strength of the rows, their period in pixels, tramlines
CROPS = np.array(
    [
        (66, 86, 50, 8, 3.4, 0),  # maize, as dark as wood
        (98, 114, 64, 5, 4.2, 9),  # green cereals
        (176, 158, 114, 4, 3.8, 10),  # ripe cereals
        (178, 167, 141, 8, 5.0, 0),  # stubble, as pale as gravel
        (140, 104, 80, 8, 3.2, 0),  # ploughed loam, as red as tiles
        (133, 124, 108, 7, 3.6, 0),  # tilled chalk, as grey as asphalt
        (100, 88, 74, 6, 3.6, 0),  # wet soil
        (114, 112, 76, 11, 4.4, 0),  # seedlings
    ],
    np.float32,
)
CROP_ODDS = (0.22, 0.19, 0.11, 0.13, 0.10, 0.09, 0.07, 0.09)
GRASSES = np.array([(84, 104, 58), (100, 114, 66), (138, 134, 88), (114, 120, 74)], np.float32)
GRASS_ODDS = (0.3, 0.35, 0.12, 0.23)
ROOFS = np.array(
    [(150, 98, 76), (98, 95, 92), (132, 92, 72), (176, 168, 152), (142, 138, 130), (112, 84, 68)],
    np.float32,
)
DECIDUOUS, CONIFER, GAP = (76, 97, 54), (50, 70, 52), (30, 40, 30)
ASPHALT, QUARRY, SHALLOWS, DEEP = (127, 123, 116), (168, 159, 141), (82, 92, 74), (38, 57, 55)
HAZE = (196, 206, 214)
SUN_STEEPNESS = 1.25  # metres of height a pixel of shadow
MARGIN_PX = 1.7  # grass between two fields
WORN_PX = -1.6  # the middle of a road is paler
HEADLAND_PX = 8  # where the tractor turns
LANE_PX = (0.8, 2.3)  # both sides of the middle
BENCH_PX, WALL_FROM = 15, 0.68  # a quarry's steps, and how much of one is level


def portray(
    terrain: Terrain,
    settlement: Settlement,
    parcels: Parcels,
    cover: Cover,
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """Return the image, uint8 (3, H, W) red, green, blue."""
    size = len(terrain.height)
    fine = fractal(size, rng, 1.1, 40, 2.2)
    broad = enlarged(fractal(size // 8, rng, 2.6, size / 16, 3), size)
    rgb = _fields(parcels, cover.labels == CROPLAND, fine, broad)
    _paint(rgb, cover.labels == BARE_GROUND, _bare(cover, fine, broad))
    _paint(rgb, cover.labels == BUILT_UP, _built(settlement, fine))
    _paint(rgb, cover.labels == WATER, _water(cover.labels == WATER, fine, broad))
    light = _relief(terrain.height)
    light *= _shadows(settlement, cover)
    rgb *= light
    _paint(
        rgb,
        cover.labels == WOODLAND,
        _wood(cover, fine, broad) * (0.5 + 0.5 * _relief(terrain.height)),
    )
    return _photographed(rgb, broad, rng)


def _paint(rgb: Field, where: NDArray[np.bool_], colour: Field) -> None:
    np.copyto(rgb, colour, where=where)


def _drawn(count: int, odds: tuple[float, ...], salt: int) -> NDArray[np.intp]:
    """Return (count,) kinds, drawn by their odds."""
    return np.searchsorted(np.cumsum(odds)[:-1], chance(np.arange(count), salt))


def _fields(parcels: Parcels, tilled: NDArray[np.bool_], fine: Field, broad: Field) -> Field:
    """Return (3, H, W) the colours of crops in rows, and of mottled grass."""
    numbers = np.arange(parcels.count)
    crop = CROPS[_drawn(parcels.count, CROP_ODDS, 21)]
    grass = GRASSES[_drawn(parcels.count, GRASS_ODDS, 22)]
    tint = np.stack([chance(numbers, salt) for salt in (23, 24, 25)], axis=1) - 0.5
    shift = (14, 8, 6) * tint + 18 * (chance(numbers, 26) - 0.5)[:, None]
    colours = np.concatenate([grass + shift, crop[:, :3] + shift]).astype(np.float32)
    rows = _rows(parcels, crop, 40 * tint[:, 0])
    margin = parcels.edge < MARGIN_PX
    texture = np.where(tilled, rows + 2.5 * fine, 8 * fine - 8 * margin) + 5 * broad
    which = parcels.parcel + parcels.count * (tilled & ~margin)
    return np.stack(
        [
            colours[:, band][which] + texture * strength
            for band, strength in enumerate((1.02, 1.0, 0.76))
        ]
    )


def _rows(parcels: Parcels, crop: Field, offset: Field) -> Field:
    """Return (H, W) light and dark of the crop rows and of the tractor's lanes."""
    parcel = parcels.parcel
    along_rows = np.where(parcels.end < HEADLAND_PX, parcels.along, parcels.across)
    wave = np.sin(along_rows * (2 * np.pi / crop[:, 4])[parcel])
    lane = np.abs((parcels.across + offset[parcel]) % 21 - 10)
    lanes = np.where((lane > LANE_PX[0]) & (lane < LANE_PX[1]), crop[:, 5][parcel], 0)
    return np.asarray(wave * crop[:, 3][parcel] - lanes)


def _wood(cover: Cover, fine: Field, broad: Field) -> Field:
    """Return (3, H, W) the colours of crowns, lit from the upper left, and of the gaps."""
    crowns = cover.crowns
    numbers = np.arange(cover.conifer.size)
    own = (0.8 + 0.4 * chance(numbers, 31)).astype(np.float32)
    bright = own[crowns.tree] * (0.80 + 0.42 * crowns.facing + 0.03 * fine) + 0.05 * broad
    depth = np.clip(crowns.height / 2.2, 0, 1)
    warm = (chance(numbers, 32) - 0.4).astype(np.float32)
    rgb = np.empty((3, *fine.shape), np.float32)
    for band in range(3):
        leaf = np.where(cover.conifer, CONIFER[band], DECIDUOUS[band] + (22, 9, 4)[band] * warm)
        colour = leaf.astype(np.float32)[crowns.tree] * bright
        rgb[band] = GAP[band] + (colour - GAP[band]) * depth
    return rgb


def _water(wet: NDArray[np.bool_], fine: Field, broad: Field) -> Field:
    """Return (3, H, W) water: pale over the shallows, turbid in the river, dark in the lake."""
    offshore = 2 * blurred(wet, 9) - 1
    depth = np.clip(0.35 + 0.8 * offshore + 0.13 * broad, 0, 1)
    return np.stack([SHALLOWS[b] + (DEEP[b] - SHALLOWS[b]) * depth + 0.9 * fine for b in range(3)])


def _bare(cover: Cover, fine: Field, broad: Field) -> Field:
    """Return (3, H, W) rock and gravel: the benches of the quarries catch the light."""
    down, right = np.gradient(cover.pit)  # points inwards, where the ground falls
    facing = np.clip(-0.7 * (down + right), -1.2, 1.2)
    wall = (cover.pit > 0) & (cover.pit / BENCH_PX % 1 > WALL_FROM)
    lit = 10 * fine + 7 * broad + np.where(wall, 34 * facing - 8, 0)
    return np.stack([QUARRY[b] + lit * (1.0, 0.98, 0.9)[b] for b in range(3)])


def _built(settlement: Settlement, fine: Field) -> Field:
    """Return (3, H, W) asphalt and roofs, one side of which faces the sun."""
    worn = np.where(settlement.road < WORN_PX, 8.0, 0.0) + 3.5 * fine
    roof = np.maximum(settlement.roof, 0)
    pitch = 1 + 0.17 * settlement.shade
    housed = settlement.roof >= 0
    return np.stack(
        [np.where(housed, ROOFS[roof, b] * pitch + 2 * fine, ASPHALT[b] + worn) for b in range(3)]
    ).astype(np.float32)


def _relief(height: Field) -> Field:
    """Return the light on the slopes, around 1; the sun stands in the upper left."""
    down, right = np.gradient(height)
    return np.asarray(np.clip(1 + 0.75 * (down + right), 0.78, 1.16), dtype=np.float32)


def _shadows(settlement: Settlement, cover: Cover) -> Field:
    """Return the light that trees and houses leave over, 0.5 to 1."""
    trees = np.where(cover.crowns.height > 0, 7 + cover.crowns.height, 0)
    tall = np.maximum(trees, settlement.height).astype(np.float32)
    dark = np.zeros_like(tall)
    for step in range(1, 9):
        rise = tall[:-step, :-step] - tall[step:, step:] - step * SUN_STEEPNESS
        part = dark[step:, step:]
        np.maximum(part, np.clip(rise, 0, 1), out=part)
    return np.asarray(1 - 0.48 * dark)


def _photographed(rgb: Field, broad: Field, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the image as a camera sees it: haze, a little blur, noise, whole numbers."""
    veil = 0.07 + 0.012 * broad
    image = np.empty(rgb.shape, np.uint8)
    for band, colour in enumerate(rgb):
        hazy = colour + (HAZE[band] - colour) * veil
        soft = hazy.copy()
        for axis in (0, 1):
            soft = 0.62 * soft + 0.19 * (np.roll(soft, 1, axis) + np.roll(soft, -1, axis))
        soft = 1.08 * soft + 3.2 * rng.standard_normal(soft.shape, dtype=np.float32)
        image[band] = np.clip(np.rint(soft), 0, 255)
    return image
