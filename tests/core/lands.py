"""A tiny piece of land: imagery, labels and legend as files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

SIDE_PX = 160
TILE_PX = 64  # with a halo of 16: cores of 32 px, 5 by 5 tiles
COLORS = {0: (40, 60, 200), 1: (30, 140, 40), 2: (200, 180, 120)}


@dataclass(frozen=True)
class Land:
    """Files of a tiny scene: left water, right forest, a square of sand in the middle."""

    image: Path
    labels: Path
    legend: Path


def land_classes(side=SIDE_PX):
    """Return (side, side) class indices."""
    classes = np.zeros((side, side), dtype=np.uint8)
    classes[:, side // 2 :] = 1
    third = side // 3
    classes[third : 2 * third, third : 2 * third] = 2
    return classes


def write_raster(path, bands, **changes):
    """Write (B, h, w) bands as a GeoTIFF, 10 m pixels, UTM 32N unless changed."""
    rasterio = pytest.importorskip("rasterio")
    count, height, width = bands.shape
    profile = {
        "driver": "GTiff",
        "count": count,
        "height": height,
        "width": width,
        "dtype": bands.dtype,
        "crs": "EPSG:32632",
        "transform": rasterio.transform.from_origin(500_000, 5_600_000, 10, 10),
    }
    with rasterio.open(path, "w", **(profile | changes)) as target:
        target.write(bands)
    return path


def land_pixels(classes, seed=0):
    """Return (3, h, w) uint8: the colour of each class, with noise."""
    colors = np.array([COLORS[index] for index in range(3)])[classes].astype(float)
    noise = np.random.default_rng(seed).normal(0, 12, colors.shape)
    return np.clip(colors + noise, 0, 255).astype(np.uint8).transpose(2, 0, 1)


def make_land(folder):
    """Write the files of a land into a new folder."""
    folder.mkdir()
    classes = land_classes()
    write_raster(folder / "image.tif", land_pixels(classes))
    write_raster(folder / "labels.tif", (classes + 1)[np.newaxis], nodata=0)
    legend = folder / "legend.csv"
    legend.write_text("value,name,color\n1,Water,#283cc8\n2,Forest,#1e8c28\n3,Sand,#c8b478\n")
    return Land(folder / "image.tif", folder / "labels.tif", legend)
