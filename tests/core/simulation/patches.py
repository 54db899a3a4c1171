"""A patchwork in which every class is everywhere, and a simulation over it that takes seconds."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from al_core.config import Device, SimulateConfig

from ..lands import land_pixels, write_raster

TILE_PX = 64  # halo 16, core 32
HEIGHT_PX, WIDTH_PX = 128, 512  # 4 by 16 tiles in 4 blocks of 4 by 4


@dataclass(frozen=True)
class Patchwork:
    """Files of an image of three classes."""

    image: Path
    labels: Path
    legend: Path

    def config(self, **changes):
        options = {
            "images": (str(self.image),),
            "labels": (str(self.labels),),
            "legend": str(self.legend),
            "tile_size_px": TILE_PX,
            "strategies": ("random", "entropy", "full"),
            "initial": 4,
            "batch": 3,
            "rounds": 2,
            "seeds": (0, 1),
            "encoder": "local",
            "steps": 2,
            "device": Device.CPU,
            "jobs": 1,
        }
        return SimulateConfig(**{**options, **changes})


def patch_classes(height=HEIGHT_PX, width=WIDTH_PX, patch_px=21):
    """Return (height, width) class indices 0 to 2 in diagonal stripes of squares."""
    row, col = np.indices((height, width)) // patch_px
    return ((row + col) % 3).astype(np.uint8)


def make_patchwork(folder, classes=None, **changes):
    """Write image.tif, labels.tif (values 1 to 3, no nodata) and legend.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    classes = patch_classes() if classes is None else classes
    write_raster(folder / "image.tif", land_pixels(classes), **changes)
    write_raster(folder / "labels.tif", (classes + 1)[np.newaxis], **changes)
    legend = folder / "legend.csv"
    legend.write_text("value,name,color\n1,Water,#283cc8\n2,Forest,#1e8c28\n3,Sand,#c8b478\n")
    return Patchwork(folder / "image.tif", folder / "labels.tif", legend)
