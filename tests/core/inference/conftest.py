"""A small raster on disk, and networks whose output is known."""

from pathlib import Path

import numpy as np
import pytest
import torch
from rasterio.crs import CRS
from torch import nn

from al_core.coords import GeoTransform
from al_core.inference import Forward, MapRequest
from al_core.legend import Legend, LegendClass
from al_core.models import NetworkInputs, build
from al_core.progress import Silent
from al_core.project import ImageRecord, Normalisation, ProjectSettings
from al_core.project.tiles import tile_table

TILE, HALO = 64, 16
UTM_32 = CRS.from_epsg(32632)


class ArrayReader:
    """Stands in for an ImageReader over arrays (B, H, W) and (H, W)."""

    def __init__(self, pixels, valid):
        margin = 1024
        self.pixels = np.pad(pixels * valid, [(0, 0), (margin, margin), (margin, margin)])
        self.valid = np.pad(valid, margin)
        self.margin = margin

    def read(self, window):
        rows = slice(self.margin + window.row, self.margin + window.row + window.height)
        cols = slice(self.margin + window.col, self.margin + window.col + window.width)
        return self.pixels[:, rows, cols].astype(np.float32), self.valid[rows, cols].copy()

    def close(self):
        pass


class Scene:
    """One image in memory."""

    def __init__(self, height=150, width=170, seed=0):
        rng = np.random.default_rng(seed)
        self.pixels = rng.normal(size=(2, height, width)).astype(np.float32)
        self.valid = np.ones((height, width), bool)
        image = ImageRecord(
            0, "", "scene", height, width, UTM_32.to_wkt(), GeoTransform(5e5, 5e6, 10, -10),
            "float32", None, 0, 0,
        )  # fmt: skip
        count = len(image.grid(TILE, HALO))
        self.image = ImageRecord(**{**vars(image), "tile_count": count})
        settings = ProjectSettings(TILE, HALO, (1, 2), Normalisation((), (), (), ()), 0, "")
        tiles = tile_table((self.image,), settings, np.ones(count, int), np.zeros(count, np.uint8))
        self.inputs = NetworkInputs((self.image,), settings, tiles, self._open)

    def _open(self, image):
        return ArrayReader(self.pixels, self.valid)


class PixelNetwork(nn.Module):
    """Two classes; the logits of a pixel depend on that pixel alone: ±first band."""

    class spec:  # noqa: N801 - stands in for a NetworkSpec
        classes = 2

    def forward_with_features(self, pixels):
        first = pixels[:, :1]
        return torch.cat([first, -first], 1), pixels.mean((2, 3))


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Tiny images gain nothing from threads, and lose a lot on a machine that is busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def scene():
    return Scene()


@pytest.fixture
def make_scene():
    return Scene


@pytest.fixture
def by_pixel():
    return Forward(PixelNetwork(), torch.device("cpu"), "abc")


@pytest.fixture(scope="session")
def by_network():
    return Forward(build("mobilenet_v2", 2, 3, seed=1), torch.device("cpu"))


@pytest.fixture
def silent():
    return Silent()


@pytest.fixture
def legend():
    return Legend((LegendClass(7, "Water", "#0000ff"), LegendClass(9, "Land", "#00ff00")))


@pytest.fixture
def request_maps(legend, tmp_path):
    def make(scene, weights=(0.75, 0.25), folder: Path = tmp_path):
        paths = [folder / f"{name}.tif" for name in ("prediction", "uncertainty", "confidence")]
        return MapRequest(scene.image, legend, np.array(weights), *paths, tags={"round": "3"})

    return make
