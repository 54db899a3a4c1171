"""From pixels to the canvas: exact where it can be, close where the map is bent."""

import numpy as np
import pytest
from landloop.al_core.coords import GeoTransform, RowCol, Window
from landloop.plugin.overlays.placement import Placement
from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsPointXY, QgsProject
from qgis.PyQt.QtCore import QPointF, QRectF

WIDE = GeoTransform(300000.0, 4200000.0, 100.0, -100.0)  # 400 km: bent in any other CRS


def truth(canvas, image, at):
    """Return the canvas position of a pixel by QGIS's own single steps."""
    source = QgsCoordinateReferenceSystem.fromWkt(image.crs_wkt)
    target = canvas.mapSettings().destinationCrs()
    to_map = QgsCoordinateTransform(source, target, QgsProject.instance())
    point = to_map.transform(QgsPointXY(*image.transform.to_map(at)))
    shown = canvas.getCoordinateTransform().transform(point)
    return shown.x(), shown.y()


VIEWS = [(None, 0.0), (None, 25.0), (3857, 0.0), (3857, 40.0), (4326, 0.0), (3035, 0.0)]


@pytest.mark.parametrize(("epsg", "rotation"), VIEWS)
def test_a_position_is_where_qgis_draws_it(view, make_scene, epsg, rotation):
    image = make_scene(height=4000, width=4000, transform=WIDE).image
    view.look_at(image, Window(0, 0, 4000, 4000), epsg, rotation)
    placement = Placement(view.canvas, image)

    for at in (RowCol(0, 0), RowCol(4000, 4000), RowCol(1234.5, 77.25)):
        assert placement.to_canvas(at) == pytest.approx(truth(view.canvas, image, at), abs=1e-3)


@pytest.mark.parametrize(("epsg", "rotation"), VIEWS)
@pytest.mark.parametrize("seen", [Window(0, 0, 4000, 4000), Window(2000, 1000, 40, 40)])
def test_the_flat_pieces_of_a_bent_block_lie_where_they_belong(
    view, make_scene, epsg, rotation, seen
):
    image = make_scene(height=4000, width=4000, transform=WIDE).image
    view.look_at(image, seen, epsg, rotation)
    block = Window(1024, 512, 2048, 2048) if seen.height > 100 else Window(1920, 960, 96, 96)
    pieces = Placement(view.canvas, image).pieces(block)

    assert sum(part.width() * part.height() for part, _ in pieces) == pytest.approx(1)
    if epsg is None:
        assert len(pieces) == 1
    for part, square in pieces[:: max(1, len(pieces) // 16)]:
        for u, v in ((0, 0), (1, 1), (0.3, 0.8)):
            shown = square.map(QPointF(u, v))
            at = RowCol(
                block.row + (part.y() + v * part.height()) * block.height,
                block.col + (part.x() + u * part.width()) * block.width,
            )
            assert (shown.x(), shown.y()) == pytest.approx(truth(view.canvas, image, at), abs=0.5)


@pytest.mark.parametrize(("epsg", "rotation"), VIEWS)
def test_no_visible_pixel_is_missed(view, make_scene, epsg, rotation):
    image = make_scene(height=4000, width=4000, transform=WIDE).image
    view.look_at(image, Window(1000, 1500, 700, 900), epsg, rotation)
    placement = Placement(view.canvas, image)
    area = QRectF(30, 40, 200, 150)
    window = placement.visible(area)

    rows, cols = np.mgrid[0:4000:50, 0:4000:50]
    inside = [
        (row, col)
        for row, col in zip(rows.ravel(), cols.ravel(), strict=True)
        if area.contains(QPointF(*placement.to_canvas(RowCol(row, col))))
    ]
    assert len(inside) > 10
    assert all(
        window.row <= row <= window.row + window.height
        and window.col <= col <= window.col + window.width
        for row, col in inside
    )
    assert window.area < 4000 * 4000 / 4


def test_nothing_is_visible_beside_the_image(view, make_scene):
    image = make_scene(transform=WIDE).image
    view.look_at(image, Window(1000, 1000, 100, 100))

    assert Placement(view.canvas, image).visible(QRectF(0, 0, 400, 300)) is None


def test_the_scale_is_screen_pixels_per_image_pixel(view, make_scene):
    image = make_scene(height=4000, width=4000).image
    view.look_at(image, Window(1000, 1000, 600, 800), rotation=30)
    whole = QRectF(0, 0, 400, 300)

    assert Placement(view.canvas, image).scale(whole) == pytest.approx(0.5, rel=0.3)
    view.look_at(image, Window(1000, 1000, 30, 40))
    assert Placement(view.canvas, image).scale(whole) == pytest.approx(10)


def test_an_image_that_the_map_cannot_show_is_nowhere(view, make_scene):
    """The pole has no place in Mercator."""
    image = make_scene(transform=GeoTransform(0.0, 95.0, 0.1, -0.1), epsg=4326).image
    view.look_at(make_scene(transform=WIDE).image, Window(0, 0, 100, 130), 3857)
    placement = Placement(view.canvas, image)

    assert placement.to_canvas(RowCol(0, 0)) == pytest.approx((np.nan, np.nan), nan_ok=True)
    placement.pieces(Window(0, 0, 100, 130))
    assert placement.bounds(Window(0, 0, 1, 1)).isEmpty()
