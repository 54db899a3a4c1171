"""Images are opened once, by the thread that reads, and closed."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS

from al_core.coords import GeoTransform, Window
from al_core.models import NetworkInputs, OpenImages
from al_core.project import ImageRecord, Normalisation, ProjectSettings
from al_core.project.tiles import tile_table

UTM_32 = CRS.from_epsg(32632).to_wkt()
SETTINGS = ProjectSettings(64, 16, (1, 2), Normalisation((), (), (), ()), 0, "")


class Recorder:
    """Stands in for readers and notes what happens to them."""

    def __init__(self):
        self.events = []

    def open(self, image):
        self.events.append(("open", image.id))
        return Reader(self.events, image.id)


class Reader:
    def __init__(self, events, image_id):
        self.events, self.image_id = events, image_id

    def read(self, window):
        return np.full((2, window.height, window.width), self.image_id), np.ones((1, 1), bool)

    def close(self):
        self.events.append(("close", self.image_id))


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def inputs(recorder):
    images = tuple(
        ImageRecord(
            10 + place, "", "", 70, 64, "", GeoTransform(0, 0, 1, -1), "u1", None, 6 * place, 6
        )
        for place in range(20)
    )
    tiles = tile_table(images, SETTINGS, np.ones(120, int), np.zeros(120, np.uint8))
    return NetworkInputs(images, SETTINGS, tiles, recorder.open)


def test_the_window_of_a_tile_is_that_of_its_grid_in_any_image(inputs):
    assert inputs.window(0) == Window(0, 0, 64, 64)
    assert inputs.window(6 + 5) == Window(6, 0, 64, 64)
    assert inputs.bands == 2


def test_an_image_is_opened_at_its_first_window_and_closed_at_the_end(inputs, recorder):
    with OpenImages(inputs) as images:
        assert recorder.events == []
        for image_id in (12, 12, 15):
            pixels, _ = images.read(image_id, Window(0, 0, 4, 4))
            assert (pixels == image_id).all()
    assert sorted(recorder.events) == [("close", 12), ("close", 15), ("open", 12), ("open", 15)]


def test_without_a_reader_of_its_own_it_reads_rasters_normalised(tmp_path):
    path = tmp_path / "scene.tif"
    band = np.arange(64 * 64, dtype=np.uint16).reshape(1, 64, 64)
    with rasterio.open(
        path, "w", driver="GTiff", height=64, width=64, count=1, dtype="uint16",
        crs="EPSG:32632", transform=Affine(10, 0, 5e5, 0, -10, 5e6), nodata=5,
    ) as target:  # fmt: skip
        target.write(band)
    image = ImageRecord(
        1, str(path), "scene", 64, 64, UTM_32, GeoTransform(5e5, 5e6, 10, -10), "uint16", 5, 0, 4
    )
    scaling = Normalisation((0.0,), (4000.0,), (0.5,), (0.25,))
    settings = ProjectSettings(64, 16, (1,), scaling, 0, "")
    tiles = tile_table((image,), settings, np.ones(4, int), np.zeros(4, np.uint8))
    with OpenImages(NetworkInputs((image,), settings, tiles)) as images:
        pixels, valid = images.read(1, Window(0, 0, 64, 64))
    assert not valid[0, 5]
    assert pixels[0, 0, 5] == 0
    assert pixels[0, 40, 0] == pytest.approx((40 * 64 / 4000 - 0.5) / 0.25, abs=1e-5)


def test_many_images_do_not_stay_open_at_once(inputs, recorder):
    with OpenImages(inputs) as images:
        for image_id in range(10, 30):
            images.read(image_id, Window(0, 0, 4, 4))
        assert [event for event in recorder.events if event[0] == "close"] == [
            ("close", image_id) for image_id in range(10, 14)
        ]
