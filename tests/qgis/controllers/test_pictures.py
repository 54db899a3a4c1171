"""Pictures of tiles, read in the background from real rasters."""

import numpy as np
import pytest
from landloop.plugin.controllers import pictures as module
from landloop.plugin.controllers.pictures import Pictures, sources_of
from landloop.plugin.controllers.session import Session
from qgis.PyQt.QtGui import QColor

WAIT_MS = 5000


@pytest.fixture
def session(make_tag_project):
    session = Session()
    session.open(make_tag_project())
    yield session
    session.close()


@pytest.fixture
def pictures(session, qgis_app):
    pictures = Pictures(session)
    pictures.start({})
    yield pictures
    pictures.unload()


def read(pictures, tiles, qtbot):
    """Wait until all of these pictures are at hand."""
    pictures.want(tiles)
    qtbot.waitUntil(lambda: all(pictures.picture(tile) for tile in tiles), timeout=WAIT_MS)
    return [pictures.picture(tile) for tile in tiles]


def test_a_picture_shows_the_tile_in_the_colours_of_its_bands(pictures, qtbot):
    water, land, town = read(pictures, [0, 1, 2], qtbot)
    assert (water.width(), water.height()) == (96, 96)
    assert water.pixelColor(48, 48).getRgb()[:3] == (30, 90, 200)
    assert land.pixelColor(48, 48).getRgb()[:3] == (150, 120, 60)
    assert town.pixelColor(48, 48).getRgb()[:3] == (220, 60, 60)


def test_what_is_wanted_last_is_read_first(pictures, qtbot):
    arrived = []
    pictures.arrived.connect(arrived.extend)
    pictures.want(list(range(48)))
    pictures.want([40, 41])
    qtbot.waitUntil(lambda: 41 in arrived, timeout=WAIT_MS)
    qtbot.wait(100)
    assert {40, 41} <= set(arrived)
    assert len(arrived) < 10  # of the first wish at most what was under way


def test_another_size_is_read_anew(pictures, qtbot):
    read(pictures, [3], qtbot)
    pictures.set_side(128)
    assert pictures.picture(3) is None
    [picture] = read(pictures, [3], qtbot)
    assert picture.width() == 128


def test_the_pictures_used_longest_ago_are_forgotten_first(pictures, qtbot, monkeypatch):
    monkeypatch.setattr(module, "MEMORY_BYTES", 3 * 96 * 96 * 4)
    for tile in range(5):
        read(pictures, [tile], qtbot)
        pictures.picture(0)
    assert [tile for tile in range(5) if pictures.picture(tile)] == [0, 3, 4]


def test_a_raster_that_is_gone_gives_grey_pictures_and_one_line_in_the_log(
    session, qtbot, monkeypatch
):
    told = []
    monkeypatch.setattr(module, "log", lambda text, _level: told.append(text))
    gone = module.Source("gone.tif", (1,), (0,), (1,))
    monkeypatch.setattr(module, "sources_of", lambda *_: {1: gone})
    pictures = Pictures(session)
    pictures.start({})
    shown = read(pictures, [0, 1], qtbot)
    assert {picture.pixelColor(9, 9).name() for picture in shown} == {"#606060"}
    assert told == ["gone.tif cannot be read; the gallery shows no pictures of it."]
    pictures.unload()


def test_a_closed_project_forgets_its_pictures(pictures, session, qtbot):
    read(pictures, [0], qtbot)
    session.close()
    assert pictures.picture(0) is None
    pictures.want([1])  # nothing happens


def test_bands_are_those_of_the_map_where_their_stretch_is_known(session):
    path = session.project.images[0].path
    assert sources_of(session.project, {})[1].bands == (1, 2, 3)
    assert sources_of(session.project, {path: (3, 1, 2)})[1].bands == (3, 1, 2)
    assert sources_of(session.project, {path: (7, 1, 2)})[1].bands == (1, 2, 3)
    assert sources_of(session.project, {path: (2,)})[1].bands == (2,)


def test_values_are_stretched_and_cut_off():
    band = np.array([[0, 50], [100, np.nan]], dtype=np.float32)
    gdal = module.gdal
    file = gdal.GetDriverByName("MEM").Create("", 2, 2, 1, gdal.GDT_Float32)
    file.GetRasterBand(1).WriteArray(band)
    source = module.Source("", (1,), (20.0,), (80.0,))
    values = module._values(file, source, module.Window(0, 0, 2, 2), 2)
    assert values.shape == (2, 2, 3)
    assert values[..., 0].tolist() == [[0, 127], [255, 0]]


def test_a_tile_cut_by_the_border_does_not_fill_its_picture():
    values = np.full((10, 5, 3), 200, dtype=np.uint8)
    picture = module._framed(values, 10)
    assert picture.pixelColor(2, 2).name() == QColor(200, 200, 200).name()
    assert picture.pixelColor(8, 2).alpha() == 0
