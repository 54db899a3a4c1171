"""Loose tiles of three colours, laid out as UC Merced and EuroSAT, and simulations of them."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from al_core.config import Device, SimulateConfig, Task

from ..lands import COLORS, write_raster

SCENES = ("forest", "harbor", "desert")
TAGS = ("water", "trees", "sand")
SIDE_PX = 32


@dataclass(frozen=True)
class Tiles:
    """A folder of images and its table."""

    images: Path
    table: Path

    def config(self, task=Task.SCENE, **changes):
        options = {
            "task": task,
            "images_folder": str(self.images),
            "table": str(self.table),
            "tile_size_px": 0,
            "strategies": ("random", "mge", "full"),
            "initial": 6,
            "batch": 4,
            "rounds": 2,
            "seeds": (0, 1),
            "encoder": "local",
            "steps": 20,
            "device": Device.CPU,
            "jobs": 1,
            "test_share": 0.25,
            "validation_share": 0.2,
        }
        return SimulateConfig(**{**options, **changes})


def tile_pixels(shown, seed, side=SIDE_PX, bands=3):
    """Return (bands, side, side) uint8: stripes of the colours of the classes that are shown."""
    colors = np.array([COLORS[index] for index in shown] or [(90, 90, 90)], float)
    stripes = colors[np.arange(side) * len(colors) // side]  # (side, 3)
    pixels = np.repeat(stripes.T[:, :, None], side, axis=2)
    noise = np.random.default_rng(seed).normal(0, 12, pixels.shape)
    found = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    return np.concatenate([found] * -(-bands // 3))[:bands]


def write_tile(path, pixels):
    """Write an image without a place on the map, in the format that its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    drivers = {".tif": "GTiff", ".png": "PNG", ".jpg": "JPEG"}
    return write_raster(path, pixels, driver=drivers[path.suffix], crs=None, transform=None)


def write_rows(path, head, rows):
    """Write a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def make_tiles(folder, per_scene=16, suffix=".png", side=SIDE_PX):
    """Write images/ and labels.csv as in UC Merced: the scene, then one column a class.

    A scene shows its own class; every second tile shows the next one too, and the last of each
    scene nothing.
    """
    rows = []
    for place, scene in enumerate(SCENES):
        for number in range(per_scene):
            name = f"{scene}{number:02}"
            shown = [place, (place + 1) % 3] if number % 2 else [place]
            shown = [] if number == per_scene - 1 else shown
            write_tile(folder / "images" / f"{name}{suffix}", tile_pixels(shown, len(rows), side))
            rows.append([name, scene, *(int(index in shown) for index in range(3))])
    table = write_rows(folder / "labels.csv", ["image", "scene_class", *TAGS], rows)
    return Tiles(folder / "images", table)


def make_class_folders(folder, per_class=12, suffix=".jpg", bands=3, side=SIDE_PX):
    """Write one folder a class, as in EuroSAT."""
    for place, scene in enumerate(SCENES):
        for number in range(per_class):
            pixels = tile_pixels([place], 100 * place + number, side, bands)
            write_tile(folder / scene / f"{scene}_{number + 1}{suffix}", pixels)
    return folder
