import numpy as np
from landloop.plugin.dock.gallery.lens import Lens, in_unit_square
from qgis.PyQt.QtCore import QPoint, QPointF, QSize

SIZE = QSize(300, 200)
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


def test_the_whole_square_lies_in_the_middle_of_the_view():
    found = Lens().to_screen(CORNERS, SIZE)
    assert found.mean(axis=0).tolist() == [150, 100]
    assert (found >= 0).all()
    assert (found[:, 1] <= 200).all()


def test_zoom_keeps_what_is_under_the_mouse_and_pan_moves_by_pixels():
    lens = Lens()
    at = np.array([[0.25, 0.75]])
    [(x, y)] = lens.to_screen(at, SIZE)
    lens.zoom(QPointF(x, y), 3, SIZE)
    assert np.allclose(lens.to_screen(at, SIZE), [[x, y]])
    lens.pan(QPoint(30, -12), SIZE)
    assert np.allclose(lens.to_screen(at, SIZE), [[x + 30, y - 12]])
    lens.fit()
    assert np.allclose(lens.to_screen(at, SIZE), Lens().to_screen(at, SIZE))


def test_a_view_without_any_room_gives_numbers_all_the_same():
    lens = Lens()
    lens.zoom(QPointF(0, 0), 1, QSize(0, 0))
    assert np.isfinite(lens.to_screen(CORNERS, QSize(0, 0))).all()


def test_places_keep_their_proportions_and_up_is_up():
    found = in_unit_square(np.array([[10.0, 0.0], [30.0, 10.0]]))
    assert found.tolist() == [[0.0, 0.75], [1.0, 0.25]]
    assert in_unit_square(np.ones((2, 2))).tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert in_unit_square(np.zeros((0, 2))).shape == (0, 2)
