"""Outlines of the windows to paint first."""

import numpy as np
import pytest
from landloop.al_core.coords import Window
from landloop.plugin.overlays.region_hint import RegionHint


def is_cyan(picture):
    red, green, blue = (picture[..., band].astype(int) for band in range(3))
    return (green - red > 100) & (blue - red > 100)


@pytest.fixture
def hint(canvas):
    hint = RegionHint(canvas)
    yield hint
    hint.remove()


def test_nothing_is_drawn_before_there_are_windows(view, hint, make_scene):
    view.look_at(make_scene().image, Window(0, 0, 60, 80))
    assert not is_cyan(view.seen()).any()


def test_the_outline_lies_on_the_border_of_the_window(view, hint, make_scene):
    image = make_scene().image
    view.look_at(image, Window(0, 0, 60, 80))  # 5 canvas pixels an image pixel
    hint.show_windows(image, [Window(10, 20, 20, 30)])
    rows, cols = np.nonzero(is_cyan(view.seen()))
    assert abs(rows.min() - 50) <= 2
    assert abs(rows.max() - 150) <= 2
    assert abs(cols.min() - 100) <= 2
    assert abs(cols.max() - 250) <= 2
    inside = is_cyan(view.seen())[56:144, 106:244]
    assert not inside.any()


@pytest.mark.parametrize("zoom", [1, 10])
def test_the_line_is_as_thick_at_any_scale(view, hint, make_scene, zoom):
    image = make_scene(height=1000, width=1300).image
    view.look_at(image, Window(0, 0, 60 * zoom, 80 * zoom))
    hint.show_windows(image, [Window(10 * zoom, 20 * zoom, 20 * zoom, 30 * zoom)])
    column = is_cyan(view.seen())[:, 175]  # through the upper and the lower side
    assert 2 <= column.sum() <= 6


def test_it_follows_zoom_rotation_and_crs(view, hint, make_scene):
    image = make_scene().image
    hint.show_windows(image, [Window(20, 30, 20, 20)])
    for change in ({}, {"rotation": 30.0}, {"epsg": 4326}):
        view.look_at(image, Window(10, 20, 40, 40), **change)
        rows, cols = np.nonzero(is_cyan(view.seen()))
        assert abs((rows.min() + rows.max()) / 2 - 150) < 4, change
        assert abs((cols.min() + cols.max()) / 2 - 200) < 4, change
    assert not is_cyan(view.seen())[150, 200]


def test_the_others_are_dashed(view, hint, make_scene):
    image = make_scene().image
    view.look_at(image, Window(0, 0, 60, 80))
    hint.show_windows(image, [Window(5, 5, 20, 20), Window(35, 40, 20, 20)])
    first = is_cyan(view.seen())[24:27, 35:115].any(axis=0)
    second = is_cyan(view.seen())[174:177, 210:290].any(axis=0)
    assert first.all()
    assert second.any()
    assert not second.all()


def test_it_is_gone_when_cleared(view, hint, make_scene):
    image = make_scene().image
    view.look_at(image, Window(0, 0, 60, 80))
    hint.show_windows(image, [Window(10, 20, 20, 30)])
    hint.clear()
    assert not is_cyan(view.seen()).any()
    assert hint.windows == ()
