"""A scene in memory: two classes of land, a rare third, and labels for some tiles."""

import numpy as np
import pytest
import torch

from al_core.coords import GeoTransform
from al_core.models import NetworkInputs, build
from al_core.progress import Silent
from al_core.project import ImageRecord, Normalisation, ProjectSettings
from al_core.project.tiles import tile_table
from al_core.training import LabelSnapshot, TrainingData

SIDE = 192
TILE = 64  # halo 16, core 32: 6 x 6 tiles
NAMES = ("Water", "Forest", "Road")


class ArrayReader:
    """Stands in for an ImageReader; counts what is read."""

    def __init__(self, pixels, valid):
        self.pixels, self.valid = pixels, valid
        self.windows = []
        self.closed = False

    def read(self, window):
        self.windows.append(window)
        bands = self.pixels.shape[0]
        pixels = np.zeros((bands, window.height, window.width), np.float32)
        valid = np.zeros((window.height, window.width), bool)
        for row in range(window.height):
            for_row = window.row + row
            if not 0 <= for_row < self.valid.shape[0]:
                continue
            first, last = max(window.col, 0), min(window.col + window.width, self.valid.shape[1])
            target = slice(first - window.col, last - window.col)
            valid[row, target] = self.valid[for_row, first:last]
            pixels[:, row, target] = self.pixels[:, for_row, first:last]
        pixels[:, ~valid] = 0
        return pixels, valid

    def close(self):
        self.closed = True


class Scene:
    """Truth, pixels and validity of one image, and how training gets at them."""

    def __init__(self, side=SIDE):
        row, col = np.indices((side, side))
        self.truth = (col >= side // 2).astype(np.uint8)
        self.truth[(row % 64 == 40) & (col % 64 == 40)] = 2  # 0.02 %
        noise = np.random.default_rng(0).normal(0, 0.2, (2, side, side))
        levels = np.array([[-1.0, 1.0, 0.0], [0.0, 0.0, 3.0]])
        self.pixels = (levels[:, self.truth] + noise).astype(np.float32)
        self.valid = np.ones((side, side), bool)
        self.roles = np.zeros((side // 32) ** 2, np.uint8)
        self.readers = []

    @property
    def inputs(self):
        side = len(self.truth)
        count = len(self.roles)
        image = ImageRecord(
            7, "", "scene", side, side, "", GeoTransform(0, 0, 1, -1), "float32", None, 0, count
        )
        scaling = Normalisation((0.0,) * 2, (1.0,) * 2, (0.0,) * 2, (1.0,) * 2)
        settings = ProjectSettings(TILE, 16, (1, 2), scaling, 0, "")
        tiles = tile_table((image,), settings, np.full(count, 1024), self.roles)
        return NetworkInputs((image,), settings, tiles, self._open)

    def _open(self, image):
        self.readers.append(ArrayReader(self.pixels, self.valid))
        return self.readers[-1]

    def mask(self, tile_id):
        core = self.inputs.tiles.core(tile_id)
        return np.ascontiguousarray(self.truth[core.rows, core.cols])

    def data(self, ids=(7, 8, 9, 10, 20, 27)):
        inputs = self.inputs
        return TrainingData(inputs, LabelSnapshot.take(inputs.tiles, ids, self.mask, 3), NAMES)


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
def network():
    return build("mobilenet_v2", 2, 3)


@pytest.fixture
def cpu():
    return torch.device("cpu")


@pytest.fixture
def silent():
    return Silent()


@pytest.fixture
def make_scene():
    return Scene
