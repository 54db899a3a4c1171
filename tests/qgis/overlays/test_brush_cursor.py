"""The ring at the mouse."""

import numpy as np
import pytest
from landloop.al_core.coords import RowCol, Window
from landloop.plugin.overlays.brush_cursor import BrushCursor


def is_green(picture):
    return (picture[..., 1].astype(int) - picture[..., 0] > 60) & (picture[..., 2] < 120)


@pytest.fixture
def cursor(canvas):
    cursor = BrushCursor(canvas)
    cursor.set_color("#00ff00")
    yield cursor
    cursor.remove()


def test_it_is_hidden_until_the_mouse_comes(view, cursor, make_scene):
    view.look_at(make_scene().image, Window(0, 0, 100, 130))

    assert (view.seen() == 255).all()


@pytest.mark.parametrize("rotation", [0, 40])
def test_it_is_a_circle_of_the_radius_in_image_pixels(view, cursor, make_scene, rotation):
    image = make_scene().image
    view.look_at(image, Window(20, 35, 60, 60), rotation=rotation)  # 65, 50 in the middle
    pixel = 1 / view.canvas.mapUnitsPerPixel()
    cursor.place(image, RowCol(50, 65), 8)
    rows, cols = np.nonzero(is_green(view.seen()))

    distance = np.hypot(rows + 0.5 - 150, cols + 0.5 - 200)
    assert len(rows) > 100
    assert distance.mean() == pytest.approx(8 * pixel, abs=1)
    assert distance.max() - distance.min() < 5


def test_it_follows_the_view_without_a_move_of_the_mouse(view, cursor, make_scene):
    image = make_scene().image
    view.look_at(image, Window(0, 0, 100, 130))
    cursor.place(image, RowCol(50, 65), 4)
    view.look_at(image, Window(45, 60, 10, 10))

    rows, _ = np.nonzero(is_green(view.seen()))
    assert np.ptp(rows) == pytest.approx(240, abs=6)


def test_a_tiny_brush_is_still_seen(view, cursor, make_scene):
    image = make_scene(height=4000, width=4000).image
    view.look_at(image, Window(0, 0, 4000, 4000))
    cursor.place(image, RowCol(2000, 2000), 0.5)

    assert is_green(view.seen()).any()


def test_it_is_legible_on_white_by_a_dark_rim(view, cursor, make_scene):
    image = make_scene().image
    view.look_at(image, Window(20, 35, 60, 60))
    cursor.set_color("#ffffff")
    cursor.place(image, RowCol(50, 65), 8)

    assert (view.seen().max(axis=2) < 150).sum() > 100


def test_it_hides_and_leaves_the_canvas(view, canvas, make_scene):
    before = len(canvas.scene().items())
    cursor = BrushCursor(canvas)
    image = make_scene().image
    view.look_at(image, Window(20, 35, 60, 60))
    cursor.place(image, RowCol(50, 65), 8)
    cursor.hide()
    assert (view.seen() == 255).all()
    cursor.remove()

    assert len(canvas.scene().items()) == before
