import pytest
from landloop.plugin.dock.gallery.cells import Cells
from qgis.PyQt.QtCore import QPoint, QRect


@pytest.fixture
def cells():
    """23 cells of 100 x 120 px in a view of 450 x 300 px: four side by side."""
    return Cells(23, 450, 300, 100, 120)


def test_cells_fill_the_width_row_by_row(cells):
    assert (cells.columns, cells.rows, cells.total_height) == (4, 6, 720)
    rects = [cells.rect(place) for place in range(4)]
    assert rects[0].left() == 0
    assert rects[3].right() == 449
    assert [one.right() + 1 for one in rects[:3]] == [two.left() for two in rects[1:]]
    assert cells.rect(4).topLeft() == QPoint(0, 120)


def test_every_point_belongs_to_the_cell_that_is_drawn_there(cells):
    for x in range(450):
        place = cells.position_at(QPoint(x, 130))
        assert cells.rect(place).contains(x, 130)


@pytest.mark.parametrize("point", [(-1, 5), (450, 5), (5, -1), (400, 700), (5, 720)])
def test_beside_the_cells_there_is_none(cells, point):
    assert cells.position_at(QPoint(*point)) is None


def test_a_box_touches_what_it_overlaps(cells):
    assert cells.touched(QRect(QPoint(120, 100), QPoint(230, 130))) == [1, 2, 5, 6]
    assert cells.touched(QRect(QPoint(300, 650), QPoint(449, 900))) == [22]


def test_the_cells_between_two_heights_are_whole_rows(cells):
    assert cells.seen(0, 300) == range(12)
    assert cells.seen(121, 239) == range(4, 8)
    assert cells.seen(600, 5000) == range(20, 23)
    assert cells.seen(-500, 10) == range(4)


def test_a_page_holds_what_is_seen_as_a_whole(cells):
    assert cells.page == 8
    assert Cells(23, 450, 100, 100, 120).page == 4


def test_a_view_narrower_than_a_cell_has_one_column():
    narrow = Cells(3, 40, 300, 100, 120)
    assert narrow.columns == 1
    assert narrow.position_at(QPoint(39, 250)) == 2


def test_nothing_at_all_is_no_trouble():
    none = Cells(0, 450, 300, 100, 120)
    assert (none.rows, none.total_height) == (0, 0)
    assert none.position_at(QPoint(5, 5)) is None
    assert none.touched(QRect(0, 0, 450, 300)) == []
    assert none.seen(0, 300) == range(0)
