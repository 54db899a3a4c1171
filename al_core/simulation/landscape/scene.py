"""A piece of land that does not exist: the imagery and the truth of the demo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigError
from ...legend import Legend, LegendClass
from .appearance import portray
from .cover import BARE_GROUND, BUILT_UP, CROPLAND, GRASSLAND, WATER, WOODLAND, make_cover
from .parcels import make_parcels
from .settlement import settle
from .terrain import make_terrain

MIN_SIZE_PX = 256
STEP_PX = 32  # so that coarser grids fit; what is too much is cut off
LEGEND = Legend(
    (
        LegendClass(WATER, "Water", "#3d7eb8"),
        LegendClass(WOODLAND, "Woodland", "#2e6b34"),
        LegendClass(CROPLAND, "Cropland", "#e0b84c"),
        LegendClass(GRASSLAND, "Grassland", "#9ccb62"),
        LegendClass(BUILT_UP, "Built-up", "#d1495b"),
        LegendClass(BARE_GROUND, "Bare ground", "#b59f86"),
    )
)


@dataclass(frozen=True)
class Landscape:
    """An aerial image at 1 m a pixel, and what is on it.

    Attributes:
        rgb: uint8 (3, H, W).
        labels: uint8 (H, W), values of the legend; every pixel has one.
        legend: Six classes.
    """

    rgb: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    legend: Legend


def landscape(size_px: int = 2048, seed: int = 0) -> Landscape:
    """Make a landscape; the same size and seed make the same one.

    A river follows the terrain into a lake; woods stand on the slopes, fields lie on
    the flats, roads join the villages. Colour alone does not tell the classes apart:
    maize is as dark as wood, stubble as pale as a quarry, but their texture differs.

    Args:
        size_px: Side in pixels, at least MIN_SIZE_PX.
        seed: Number of the landscape, not negative.

    Raises:
        ConfigError: The size is too small.
    """
    if size_px < MIN_SIZE_PX:
        raise ConfigError(
            f"The demo scene cannot be {size_px} px wide; choose {MIN_SIZE_PX} or more."
        )
    rng = np.random.default_rng(seed)
    side = -(-size_px // STEP_PX) * STEP_PX
    terrain = make_terrain(side, rng)
    settlement = settle(terrain, rng)
    parcels = make_parcels(side, settlement.lines, rng)
    ground = make_cover(terrain, settlement, parcels, rng)
    rgb = portray(terrain, settlement, parcels, ground, rng)
    cut = slice(0, size_px)
    return Landscape(rgb[:, cut, cut].copy(), ground.labels[cut, cut].copy(), LEGEND)
