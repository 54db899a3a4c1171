"""Polygons as labels."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Point, Polygon, box

from al_core.coords import Window
from al_core.errors import LabelError
from al_core.geo.labels import LabelSource, LabelTarget, read_labels
from al_core.geo.rasters import inspect
from al_core.legend import Legend, LegendClass
from al_core.progress import Silent

LEGEND = Legend((LegendClass(3, "Water", "#0000ff"), LegendClass(7, "Forest", "#00ff00")))
SIZE = 20
WHOLE = {5: Window(0, 0, SIZE, SIZE)}


@pytest.fixture
def image(make_raster):
    return inspect(make_raster(np.zeros((SIZE, SIZE), np.uint8), "image.tif"))


@pytest.fixture
def make_polygons(tmp_path):
    def make(shapes, values, name="polygons.gpkg", attribute="value", crs="EPSG:32632"):
        frame = gpd.GeoDataFrame({attribute: values, "note": "x"}, geometry=shapes, crs=crs)
        frame.to_file(tmp_path / name)
        return tmp_path / name

    return make


def pixels(top, left, bottom, right):
    """The outline of a block of pixels on the map."""
    return box(500_000 + 10 * left, 5e6 - 10 * bottom, 500_000 + 10 * right, 5e6 - 10 * top)


def read(path, image, windows=WHOLE, **options):
    source = LabelSource(path, LEGEND, **options)
    return dict(read_labels(source, [LabelTarget(image, windows)], Silent()))


def test_polygons_cover_the_pixels_whose_centre_is_inside(make_polygons, image):
    shape = box(500_000 + 14.9, 5e6 - 55.1, 500_000 + 45.1, 5e6 - 24.9)  # centres 15…45, 25…55

    mask = read(make_polygons([shape], [7]), image)[5]

    expected = np.full((SIZE, SIZE), 255, dtype=np.uint8)
    expected[2:6, 1:5] = 1
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize(
    "values", [[3, 7], [3.0, 7.0], ["3", "7"], ["Water", "Forest"], [" water", "FOREST"]]
)
def test_the_attribute_holds_values_or_names(make_polygons, image, values):
    shapes = [pixels(0, 0, 5, 5), pixels(5, 5, 9, 9)]
    mask = read(make_polygons(shapes, values, attribute="kind"), image, attribute="kind")[5]
    assert (mask[0, 0], mask[6, 6]) == (0, 1)


def test_a_later_polygon_covers_an_earlier_one_in_every_window(make_polygons, image):
    path = make_polygons([pixels(0, 0, 20, 20), pixels(4, 4, 12, 12)], [3, 7])
    windows = {0: Window(0, 0, 10, 10), 1: Window(10, 10, 10, 10)}
    masks = read(path, image, windows)
    assert (masks[0][4:, 4:] == 1).all()
    assert masks[1][0, 0] == 1
    assert (masks[0] == 0).sum() == 64


def test_of_many_polygons_the_last_one_in_the_file_wins(make_polygons, image):
    corners = np.random.default_rng(0).integers(0, 12, (60, 2)).tolist()
    shapes = [pixels(row, col, row + 8, col + 8) for row, col in corners]
    values = [3, 7] * 30

    mask = read(make_polygons(shapes, values), image)[5]

    expected = np.full((SIZE, SIZE), 255, dtype=np.uint8)
    for (row, col), value in zip(corners, values, strict=True):
        expected[row : row + 8, col : col + 8] = 0 if value == 3 else 1
    np.testing.assert_array_equal(mask, expected)


def test_a_polygon_with_many_corners_is_the_same_in_every_window(make_polygons, image):
    turn = np.linspace(0, 2 * np.pi, 5_000, endpoint=False)
    radius = 70 + 20 * np.sin(9 * turn)
    flower = Polygon(
        np.stack([500_100 + radius * np.cos(turn), 4_999_900 + radius * np.sin(turn)], axis=1)
    )
    centres = 10 * np.arange(SIZE) + 5
    x, y = np.meshgrid(500_000 + centres, 5e6 - centres)
    expected = np.where(shapely.contains_xy(flower, x, y), 1, 255)
    windows = {number: Window(number, 0, 1, SIZE) for number in range(SIZE)}

    masks = read(make_polygons([flower], [7]), image, windows)

    np.testing.assert_array_equal(np.concatenate(list(masks.values())), expected)


def test_multipolygons_and_holes_are_respected(make_polygons, image):
    ring = Polygon(pixels(0, 0, 9, 9).exterior, [pixels(3, 3, 6, 6).exterior])
    mask = read(make_polygons([MultiPolygon([ring, pixels(15, 15, 17, 17)])], [3]), image)[5]
    assert (mask == 0).sum() == 81 - 9 + 4
    assert mask[4, 4] == 255


@pytest.mark.parametrize("name", ["polygons.geojson", "polygons.shp", "polygons.gpkg"])
def test_polygons_of_another_crs_and_format_land_in_the_same_place(make_polygons, image, name):
    frame = gpd.GeoSeries([pixels(3, 4, 9, 11)], crs="EPSG:32632").to_crs("EPSG:4326")
    mask = read(make_polygons(list(frame), [7], name, crs="EPSG:4326"), image)[5]
    expected = np.full((SIZE, SIZE), 255, dtype=np.uint8)
    expected[3:9, 4:11] = 1
    np.testing.assert_array_equal(mask, expected)


def test_empty_and_unlabelled_attributes_label_nothing(make_polygons, image):
    path = make_polygons([pixels(0, 0, 3, 3), pixels(5, 5, 8, 8)], ["9", None])
    assert (read(path, image, unlabelled=(9,))[5] == 255).all()


def test_unknown_names_are_named_with_their_pixels(make_polygons, image):
    path = make_polygons([pixels(0, 0, 2, 3), pixels(5, 5, 8, 8)], ["Lava", "Water"])
    with pytest.raises(LabelError, match=r"lacks: “Lava” \(6 px\)\. Add them"):
        read(path, image)


def test_a_missing_attribute_is_a_sentence_that_lists_those_there_are(make_polygons, image):
    path = make_polygons([pixels(0, 0, 3, 3)], [3], attribute="klass")
    with pytest.raises(LabelError, match=r"have no attribute “value”; .*there is: klass, note"):
        read(path, image)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_polygons_without_crs_are_refused(make_polygons, image):
    path = make_polygons([pixels(0, 0, 3, 3)], [3], "polygons.shp", crs=None)
    with pytest.raises(LabelError, match="have no coordinate reference system; assign one first"):
        read(path, image)


@pytest.mark.parametrize(("shapes", "values"), [([Point(500_010, 4_999_990)], [3]), ([], [])])
def test_a_file_without_polygons_is_refused(make_polygons, image, shapes, values):
    with pytest.raises(LabelError, match="hold no polygon; choose a raster or a polygon layer"):
        read(make_polygons(shapes, values, "p.geojson"), image)


def test_polygons_elsewhere_are_refused(make_polygons, image):
    path = make_polygons([box(9e5, 5e6, 9.1e5, 5.1e6)], [3])
    with pytest.raises(LabelError, match=r"“polygons.gpkg” do not overlap “image”"):
        read(path, image)


def test_the_layer_with_the_attribute_is_found_among_several(make_polygons, image, tmp_path):
    path = make_polygons([pixels(0, 0, 3, 3)], [3], attribute="other")
    frame = gpd.GeoDataFrame({"value": [7]}, geometry=[pixels(0, 0, 2, 2)], crs="EPSG:32632")
    frame.to_file(path, layer="second")
    assert read(path, image)[5][0, 0] == 1
