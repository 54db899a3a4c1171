"""Where in the current tile to paint first."""

import numpy as np
import pytest
from landloop.al_core.coords import Window
from landloop.plugin.bridge import read_map
from osgeo import gdal


@pytest.fixture
def bench(make_bench, scanned_project):
    bench = make_bench(scanned_project)
    bench.hints.set_visible(True)
    return bench


def windows(bench):
    return bench.hints._overlay.windows if bench.hints._overlay.isVisible() else ()


def test_the_best_window_lies_where_the_map_is_unsure(bench):
    bench.queue.fly_to(10)  # rows 64 to 95, columns 64 to 95
    assert windows(bench) == ()  # all of it is labelled
    project = bench.session.project
    project.labels.write({10: np.full((32, 32), 255, dtype=np.uint8)})
    image = project.images[0]
    bench.session.surface(image).tile(10)[:] = 255
    bench.session.labels_changed.emit([10])
    assert windows(bench) == (Window(70, 66, 16, 16),)


def test_painted_pixels_no_longer_count(bench):
    image = bench.session.project.images[0]
    surface = bench.session.surface(image)
    surface.tile(10)[:] = 255
    surface.tile(10)[6:22, 2:18] = 0  # just what the map is unsure about
    bench.queue.fly_to(10)
    assert Window(70, 66, 16, 16) not in windows(bench)


def test_it_can_be_switched_off_and_on(bench):
    bench.queue.fly_to(9)
    assert windows(bench)
    bench.hints.set_visible(False)
    assert windows(bench) == ()
    bench.hints.set_visible(True)
    assert windows(bench)


def test_the_switch_in_the_dock_reaches_the_map_and_is_remembered(bench):
    bench.queue.fly_to(9)
    why = bench.dock.work_panel.why
    assert why.hint.isEnabled()
    why.hint.setChecked(True)
    assert windows(bench)
    why.hint.setChecked(False)
    assert windows(bench) == ()
    why.hint.setChecked(True)


def test_without_a_map_there_is_nothing_to_show(make_bench, paint_project):
    bench = make_bench(paint_project, has_scan=False)
    bench.queue.fly_to(9)
    assert windows(bench) == ()
    assert not bench.dock.work_panel.why.hint.isEnabled()


def test_it_goes_with_the_current_tile_and_with_the_project(bench):
    bench.queue.fly_to(9)
    assert windows(bench)
    bench.session.picks_changed.emit()  # a new queue: no current tile
    assert windows(bench) == ()
    overlay = bench.hints._overlay
    bench.session.close()
    assert overlay.scene() is None


def test_a_window_of_a_map_is_read_in_pixels_of_the_image(bench):
    image = bench.session.project.images[0]
    path = bench.session.project.rounds.current().folder / "uncertainty.tif"
    values = read_map(path, image, Window(68, 60, 10, 20))
    assert values.shape == (10, 20)
    assert values[2, 6] == np.float32(0.9)
    assert values[1, 6] == values[2, 5] == np.float32(0.1)
    assert np.isnan(read_map(path, image, Window(0, 0, 6, 6))[:4, :4]).all()
    other = path.with_name("other.tif")
    gdal.Translate(str(other), str(path), noData=0.9, creationOptions=["TILED=YES"])
    assert np.isnan(read_map(other, image, Window(70, 66, 4, 4))).all()
    assert read_map(path.with_name("gone.tif"), image, Window(0, 0, 6, 6)) is None
