"""Labels over the map: in the right place, in every view, without keeping anybody waiting."""

import time

import numpy as np
import pytest
from landloop.al_core.coords import GeoTransform, RowCol, Window
from landloop.al_core.errors import ProjectError
from landloop.al_core.project import PaintSurface
from landloop.plugin.overlays.label_overlay import LabelOverlay
from qgis.core import QgsApplication
from qgis.PyQt.QtWidgets import QApplication

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)
UTM = GeoTransform(500000.0, 4000000.0, 1.0, -1.0)
PLACES = {
    "plain": (UTM, 32612, None, 0.0),
    "rotated": (UTM, 32612, None, 30.0),
    "web mercator": (UTM, 32612, 3857, 0.0),
    "web mercator, rotated": (UTM, 32612, 3857, -50.0),
    "geographic": (UTM, 32612, 4326, 0.0),
    "geographic image on utm": (GeoTransform(-111.0, 36.0, 1e-5, -0.8e-5), 4326, 32612, 0.0),
}


def is_color(picture, color):
    return (np.abs(picture.astype(int) - color) < 40).all(axis=2)


def grown(mask, steps):
    for _ in range(steps):
        mask = mask.copy()
        mask[1:] |= mask[:-1]
        mask[:-1] |= mask[1:]
        mask[:, 1:] |= mask[:, :-1]
        mask[:, :-1] |= mask[:, 1:]
    return mask


def dab(overlay, surface, row, col, radius_px, label=2):
    """Paint one dab as the labelling controller does."""
    surface.begin(label, "brush")
    overlay.refresh(surface.extend(RowCol(row, col), RowCol(row, col), radius_px))
    surface.finish()


@pytest.fixture
def overlay(canvas):
    overlay = LabelOverlay(canvas)
    overlay.set_opacity(1.0)
    yield overlay
    overlay.remove()


@pytest.fixture
def settled(overlay, view, qtbot):
    """Wait until no tile is to be read any more, then look."""

    def settle():
        view.seen()  # asks for what is missing
        qtbot.waitUntil(lambda: not overlay._loader.isActive())
        return view.seen()

    return settle


@pytest.fixture
def exposed(overlay, monkeypatch):
    """The rectangles that the overlay is asked to paint."""
    rectangles = []
    paint = LabelOverlay.paint

    def note(self, painter, option=None, widget=None):
        rectangles.append(option.exposedRect)
        paint(self, painter, option, widget)

    monkeypatch.setattr(LabelOverlay, "paint", note)
    return rectangles


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_painted_pixel_lies_exactly_over_the_pixel_of_the_raster(
    view, overlay, legend, make_scene, place
):
    """The raster's own pixel, drawn by QGIS in white, and ours in red cover the same place."""
    transform, epsg, shown_in, rotation = place
    bands = np.zeros((3, 100, 130), np.uint8)
    bands[:, 37, 70] = 255
    view.show_raster(bands, transform, epsg)
    scene = make_scene(transform=transform, epsg=epsg)
    view.look_at(scene.image, Window(30, 63, 15, 15), shown_in, rotation)
    truth = is_color(view.rendered(), WHITE)

    surface = scene.surface()
    overlay.show(surface, scene.image, legend, [])
    dab(overlay, surface, 37.5, 70.5, 0.5)
    ours = is_color(view.seen(), RED)

    assert 350 < truth.sum() < 600  # about 20 x 20 px on screen
    assert not (ours & ~grown(truth, 1)).any()
    assert not (truth & ~grown(ours, 1)).any()


def test_labels_lie_over_their_place_when_seen_from_far_away(
    view, overlay, legend, make_scene, settled
):
    scene = make_scene(height=4000, width=4000)
    view.look_at(scene.image, Window(0, 0, 4000, 4000))
    surface = scene.surface()
    overlay.show(surface, scene.image, legend, [])
    dab(overlay, surface, 1000, 3000, 400)

    rows, cols = np.nonzero(is_color(settled(), RED))
    scale = 300 / 4000
    assert rows.mean() == pytest.approx(1000 * scale, abs=0.7)
    assert cols.mean() == pytest.approx(50 + 3000 * scale, abs=0.7)
    assert np.ptp(rows) == pytest.approx(800 * scale, abs=2)


def test_a_thin_stroke_is_seen_from_far_away(view, overlay, legend, make_scene, settled):
    scene = make_scene(height=4000, width=4000)
    view.look_at(scene.image, Window(0, 0, 4000, 4000))
    surface = scene.surface()
    overlay.show(surface, scene.image, legend, [])
    surface.begin(2, "brush")
    overlay.refresh(surface.extend(RowCol(100, 2000), RowCol(3900, 2000), 1))

    line = is_color(settled(), RED)
    assert line.any(axis=1)[10:290].all()


def test_what_is_erased_vanishes_from_far_away(view, overlay, legend, make_scene, settled):
    scene = make_scene(height=4000, width=4000)
    view.look_at(scene.image, Window(0, 0, 4000, 4000))
    surface = scene.surface()
    overlay.show(surface, scene.image, legend, [])
    dab(overlay, surface, 1000, 1000, 300)
    assert is_color(settled(), RED).any()
    dab(overlay, surface, 1000, 1000, 310, label=255)

    assert not is_color(settled(), RED).any()


def test_labels_on_disk_are_shown_when_the_project_opens(view, overlay, legend, make_scene, qtbot):
    scene = make_scene()
    scene.masks[6] = np.full((32, 32), 0, np.uint8)
    view.look_at(scene.image, Window(0, 0, 100, 130))
    overlay.show(scene.surface(), scene.image, legend, [6])
    qtbot.waitUntil(lambda: is_color(view.seen(), BLUE).any())

    assert is_color(view.seen(), BLUE).sum() == pytest.approx(32 * 32 * 3 * 3, rel=0.02)
    assert scene.loads == [6]


def test_a_stroke_is_still_there_after_zooming(view, overlay, legend, make_scene, settled):
    scene = make_scene(height=1000, width=1000)
    surface = scene.surface()
    view.look_at(scene.image, Window(0, 0, 1000, 1000))
    overlay.show(surface, scene.image, legend, [])
    view.seen()
    view.look_at(scene.image, Window(450, 450, 100, 100))
    dab(overlay, surface, 500, 500, 20)
    assert is_color(settled(), RED).sum() == pytest.approx(np.pi * 60**2, rel=0.05)
    view.look_at(scene.image, Window(0, 0, 1000, 1000))

    assert is_color(settled(), RED).sum() == pytest.approx(np.pi * 6**2, rel=0.3)


def test_only_the_painted_part_is_drawn_again(view, overlay, legend, make_scene, exposed):
    scene = make_scene()
    surface = scene.surface()
    view.look_at(scene.image, Window(0, 0, 100, 130))
    overlay.show(surface, scene.image, legend, [])
    view.seen()
    QApplication.processEvents()
    exposed.clear()
    dab(overlay, surface, 50, 50, 4)
    QApplication.processEvents()

    assert len(exposed) == 1
    assert exposed[0].width() < 50
    assert exposed[0].height() < 50


def test_thousands_of_labelled_tiles_do_not_hold_up_the_map(
    view, overlay, legend, make_scene, qtbot
):
    scene = make_scene(height=2000, width=2000)  # 3969 tiles
    surface = scene.surface()
    tile, slow = surface.tile, 0.001

    def read_slowly(index):
        time.sleep(slow)
        return tile(index)

    surface.tile = read_slowly
    view.look_at(scene.image, Window(0, 0, 2000, 2000))
    started = time.perf_counter()
    overlay.show(surface, scene.image, legend, range(scene.image.tile_count))
    view.seen()

    assert time.perf_counter() - started < 2  # reading all would take four seconds
    assert 0 < len(scene.loads) < 100
    slow = 0
    qtbot.waitUntil(lambda: len(scene.loads) == scene.image.tile_count, timeout=10000)


def test_only_tiles_in_view_are_read(view, overlay, legend, make_scene, settled):
    scene = make_scene(height=6400, width=6400)
    view.look_at(scene.image, Window(0, 0, 60, 80))
    overlay.show(scene.surface(), scene.image, legend, range(scene.image.tile_count))
    settled()

    assert 0 < len(set(scene.loads)) <= 256  # one block


def test_labels_that_cannot_be_read_are_reported_once_and_the_map_goes_on(
    view, overlay, legend, make_scene, qtbot
):
    def fail(_tile):
        raise ProjectError("The project folder is gone; open it again.")

    heard = []
    QgsApplication.messageLog().messageReceived.connect(lambda text, *_: heard.append(text))
    scene = make_scene()
    view.look_at(scene.image, Window(0, 0, 100, 130))
    overlay.show(PaintSurface(scene.grid, fail), scene.image, legend, [0, 1, 2])
    for _ in range(3):
        view.seen()
        qtbot.wait(20)

    assert heard.count("The project folder is gone; open it again.") == 1


def test_reloading_reads_what_somebody_else_has_written(view, overlay, legend, make_scene, qtbot):
    scene = make_scene()
    surface = scene.surface()
    view.look_at(scene.image, Window(0, 0, 100, 130))
    overlay.show(surface, scene.image, legend, [])
    surface.put(0, np.full((32, 32), 2, np.uint8))
    assert not is_color(view.seen(), RED).any()
    overlay.reload([0])

    assert is_color(view.seen(), RED).any()


def test_opacity_mixes_the_colour_with_the_map(view, overlay, legend, make_scene):
    scene = make_scene()
    surface = scene.surface()
    view.look_at(scene.image, Window(40, 40, 20, 20))
    overlay.show(surface, scene.image, legend, [])
    dab(overlay, surface, 50, 50, 8)
    view.seen()
    overlay.set_opacity(0.5)

    assert view.seen()[150, 200].tolist() == pytest.approx([255, 127, 127], abs=2)


def test_unsure_is_striped_and_labels_can_be_hidden(view, overlay, legend, make_scene):
    scene = make_scene()
    surface = scene.surface()
    view.look_at(scene.image, Window(40, 40, 20, 20))
    overlay.show(surface, scene.image, legend, [])
    dab(overlay, surface, 50, 50, 8, label=254)
    tones = set(map(tuple, view.seen()[100:200, 150:250].reshape(-1, 3).tolist()))
    overlay.set_visible(False)

    assert len(tones) == 2
    assert (view.seen() == 255).all()


def test_a_removed_overlay_leaves_nothing_on_the_canvas(view, legend, make_scene):
    before = len(view.canvas.scene().items())
    scene = make_scene()
    overlay = LabelOverlay(view.canvas)
    view.look_at(scene.image, Window(0, 0, 100, 130))
    overlay.show(scene.surface(), scene.image, legend, [0])
    overlay.remove()
    overlay.refresh([(0, Window(0, 0, 1, 1))])
    overlay.reload([0])
    view.look_at(scene.image, Window(0, 0, 50, 50))

    assert len(view.canvas.scene().items()) == before
