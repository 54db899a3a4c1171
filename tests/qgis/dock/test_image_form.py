import pytest
from landloop.al_core.errors import ConfigError
from landloop.plugin.dock import dialogs
from landloop.plugin.dock.image_form import ImageForm
from landloop.plugin.dock.rows import RasterRow
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest

COUNTS = {"/data/new.tif": 4, "/data/gray.tif": 1}


@pytest.fixture
def form(shown):
    return shown(ImageForm(lambda path: COUNTS.get(path, 0)))


def _tick(form, *rows):
    for row in rows:
        form.list.setCurrentRow(row)
        QTest.keyClick(form.list, Qt.Key.Key_Space)


def _add(form, monkeypatch, *paths):
    monkeypatch.setattr(dialogs, "open_files", lambda *_args: list(paths))
    QTest.mouseClick(form.add, Qt.MouseButton.LeftButton)


def test_without_layers_it_says_what_to_do(form):
    hint = form.list.viewport().grab().toImage()
    form.set_rasters([RasterRow("a", "/a.tif", 1), RasterRow("b", "/b.tif", 1)])
    assert form.list.viewport().grab().toImage() != hint
    with pytest.raises(ConfigError, match="Tick at least one"):
        form.images()


def test_ticked_layers_are_the_images(form, rasters):
    form.set_rasters(rasters)
    _tick(form, 0)
    assert form.images() == ("/data/scene.tif",)


def test_the_only_layer_is_ticked_already(form, rasters):
    form.set_rasters(rasters[:1])
    assert form.images() == ("/data/scene.tif",)


def test_files_can_be_added_once_and_stay_when_the_layers_change(form, rasters, monkeypatch):
    form.set_rasters(rasters)
    _add(form, monkeypatch, "/data/new.tif", "/data/new.tif")
    form.set_rasters(rasters[:1])
    assert form.list.count() == 2
    assert form.images() == ("/data/new.tif",)


def test_a_file_that_is_no_raster_is_named(form, monkeypatch):
    _add(form, monkeypatch, "/data/notes.txt")
    assert "/data/notes.txt" in form.problem.text()
    assert form.list.count() == 0


def test_images_of_different_bands_are_told_at_once(form, rasters):
    form.set_rasters(rasters)
    _tick(form, 0, 1)
    assert "1, 4" in form.problem.text()
    with pytest.raises(ConfigError, match="different numbers of bands"):
        form.images()
    form.bands.setText("1")  # a band that both have
    assert form.images() == ("/data/scene.tif", "/data/hs.tif")


@pytest.mark.parametrize(
    ("text", "bands"),
    [("", ()), ("3,2,1", (3, 2, 1)), ("1-4", (1, 2, 3, 4)), ("4; 1 - 2", (4, 1, 2))],
)
def test_bands_are_read_in_their_order(form, rasters, text, bands):
    form.set_rasters(rasters[:1])
    QTest.keyClicks(form.bands, text)
    assert form.chosen_bands() == bands
    assert not form.problem.isVisible()


@pytest.mark.parametrize("text", ["5", "0", "red", "1,1", "1-9", "-2"])
def test_bands_that_make_no_sense_are_told_at_once(form, rasters, text):
    form.set_rasters(rasters[:1])
    QTest.keyClicks(form.bands, text)
    assert form.problem.isVisible()
    assert form.problem.text()


def test_a_change_is_told(form, rasters, heard):
    changes = heard(form.changed)
    form.set_rasters(rasters)
    _tick(form, 0)
    assert len(changes) >= 2
