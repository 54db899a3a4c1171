import numpy as np
from landloop.plugin.dock.gallery.dots import Dots, disc, radius_for

RED, BLUE, WHITE, BLACK = 0xFFFF0000, 0xFF0000FF, 0xFFFFFFFF, 0xFF000000


def test_a_dot_covers_the_pixels_within_its_radius():
    dots = Dots(21, 11, WHITE)
    dots.draw(np.array([[10.0, 5.0]]), np.array([RED], np.uint32), 2.0)
    picture = dots.picture()
    assert picture.shape == (11, 21)
    assert picture[5, 8] == picture[3, 10] == RED
    assert picture[3, 8] == WHITE
    assert np.count_nonzero(picture == RED) == len(disc(2.0)) == 13


def test_the_last_dot_lies_on_top_and_a_rim_around():
    dots = Dots(21, 11, WHITE)
    dots.draw(np.array([[9.0, 5.0], [10.0, 5.0]]), np.array([RED, BLUE], np.uint32), 2.0, BLACK)
    picture = dots.picture()
    assert picture[5, 10] == BLUE
    assert picture[5, 7] == RED
    assert BLACK in picture


def test_dots_at_the_border_are_cut_and_those_outside_left_out():
    dots = Dots(21, 11, WHITE)
    places = np.array([[0.0, 0.0], [20.9, 10.9], [-500.0, 5.0], [5.0, 4000.0], [-5.0, 5.0]])
    dots.draw(places, np.full(5, RED, np.uint32), 2.0)
    picture = dots.picture()
    assert picture[0, 0] == picture[10, 20] == RED
    assert np.count_nonzero(picture == RED) == 12


def test_no_dots_at_all_leave_the_background():
    dots = Dots(5, 4, WHITE)
    dots.draw(np.zeros((0, 2)), np.zeros(0, np.uint32), 2.0, BLACK)
    assert (dots.picture() == WHITE).all()


def test_many_dots_are_smaller():
    radii = [radius_for(count) for count in (10, 2_000, 2_001, 20_000, 100_000)]
    assert radii == sorted(radii, reverse=True)
    assert radii[0] == radii[1] > radii[2]
