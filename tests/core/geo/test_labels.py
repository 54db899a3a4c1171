"""Label rasters of any grid and CRS on the grid of an image."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp

from al_core.coords import TileGrid, Window
from al_core.errors import Cancelled, LabelError
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


def read(path, image, windows=WHOLE, **options):
    source = LabelSource(path, LEGEND, **options)
    return dict(read_labels(source, [LabelTarget(image, windows)], Silent()))


def test_values_become_class_indices_and_nodata_becomes_unlabelled(make_raster, image):
    pixels = np.full((SIZE, SIZE), 7, dtype=np.uint8)
    pixels[0, :3] = 3, 0, 9
    masks = read(make_raster(pixels, "l.tif", nodata=0), image, unlabelled=(9,))

    assert masks[5].dtype == np.uint8
    assert masks[5][0, :4].tolist() == [0, 255, 255, 1]


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64"])
def test_labels_may_have_any_type(make_raster, image, dtype):
    pixels = np.full((SIZE, SIZE), 3, dtype=dtype)
    pixels[4, 4] = 7
    mask = read(make_raster(pixels, "l.tif"), image)[5]
    assert mask[4, 4] == 1
    assert (mask == 0).sum() == SIZE * SIZE - 1


def test_nan_is_unlabelled(make_raster, image):
    pixels = np.full((SIZE, SIZE), 3, dtype=np.float32)
    pixels[2, 2] = np.nan
    assert read(make_raster(pixels, "l.tif"), image)[5][2, 2] == 255


def test_only_the_windows_asked_for_are_read(make_raster, image):
    pixels = np.full((SIZE, SIZE), 3, dtype=np.uint8)
    pixels[10:, 10:] = 7
    pixels[0, 0] = 99  # outside every window, so nobody minds
    masks = read(
        make_raster(pixels, "l.tif"),
        image,
        {8: Window(9, 9, 3, 4), 2: Window(0, 5, 2, 2)},
    )
    assert list(masks) == [8, 2]
    assert masks[8].tolist() == [[0] * 4, [0, 1, 1, 1], [0, 1, 1, 1]]


def test_a_coarser_shifted_grid_gives_each_pixel_its_nearest_label(make_raster, image):
    coarse = np.array([[3, 7], [7, 3]], dtype=np.uint8)
    path = make_raster(coarse, "l.tif", transform=Affine(50, 0, 500_050, 0, -50, 4_999_950))

    mask = read(path, image)[5]

    expected = np.full((SIZE, SIZE), 255, dtype=np.uint8)
    expected[5:10, 5:10], expected[5:10, 10:15] = 0, 1
    expected[10:15, 5:10], expected[10:15, 10:15] = 1, 0
    np.testing.assert_array_equal(mask, expected)


def test_a_south_up_label_raster_is_turned(make_raster, image):
    pixels = np.full((SIZE, SIZE), 3, dtype=np.uint8)
    pixels[0] = 7  # its first line is the southernmost
    path = make_raster(pixels, "l.tif", transform=Affine(10, 0, 500_000, 0, 10, 4_999_800))
    mask = read(path, image)[5]
    assert (mask[-1] == 1).all()
    assert (mask[:-1] == 0).all()


def test_an_alpha_band_says_where_labels_are(make_raster, image):
    pixels = np.full((2, SIZE, SIZE), 3, dtype=np.uint8)
    pixels[1, :, :10] = 0
    path = make_raster(pixels, "l.tif", colorinterp=(ColorInterp.gray, ColorInterp.alpha))
    mask = read(path, image)[5]
    assert (mask[:, :10] == 255).all()
    assert (mask[:, 10:] == 0).all()


def test_unknown_values_are_named_with_their_pixels_over_all_tiles(make_raster, image):
    pixels = np.full((SIZE, SIZE), 3, dtype=np.uint8)
    pixels[:2, :5] = 44
    pixels[15, :4] = 44
    pixels[19, 19] = 12
    windows = {number: Window(0, number, SIZE, 1) for number in range(SIZE)}

    with pytest.raises(LabelError, match=r"lacks: (44 \(14 px\), 12 \(1 px\))\. Add them"):
        read(make_raster(pixels, "l.tif"), image, windows)


def test_labels_elsewhere_are_refused(make_raster, image):
    far = make_raster(
        np.full((4, 4), 3, np.uint8), "far.tif", transform=Affine(10, 0, 9e5, 0, -10, 5e6)
    )
    with pytest.raises(LabelError, match=r"“far.tif” do not overlap “image”; choose labels of"):
        read(far, image)


def test_an_image_that_the_labels_miss_is_left_out_if_they_touch_another(make_raster, image):
    labels = make_raster(np.full((SIZE, SIZE), 3, np.uint8), "l.tif")
    far = inspect(
        make_raster(
            np.zeros((9, 9), np.uint8), "far.tif", transform=Affine(10, 0, 9e5, 0, -10, 5e6)
        )
    )
    targets = [LabelTarget(far, {0: Window(0, 0, 9, 9)}), LabelTarget(image, WHOLE)]
    assert list(dict(read_labels(LabelSource(labels, LEGEND), targets, Silent()))) == [5]


@pytest.mark.parametrize(
    ("pixels", "profile", "sentence"),
    [
        (np.ones((1, 9, 9), np.uint8), {"crs": None}, "have no coordinate reference system"),
        (np.ones((3, 9, 9), np.uint8), {}, "have 3 bands; choose a raster with a single band"),
        (np.ones((1, 9, 9), np.complex64), {}, "hold complex numbers; choose a raster of class"),
    ],
)
def test_unusable_label_rasters_are_refused(make_raster, image, pixels, profile, sentence):
    with pytest.raises(LabelError, match=sentence):
        read(make_raster(pixels, "l.tif", **profile), image)


def test_a_missing_label_file_is_a_sentence(image, tmp_path):
    with pytest.raises(LabelError, match=r"There is no file .*; choose the labels again"):
        read(tmp_path / "gone.tif", image)


def test_a_file_that_is_neither_raster_nor_vector_is_refused(image, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(LabelError, match="is neither a raster nor a vector file"):
        read(path, image)


def test_reading_labels_can_be_cancelled_before_anything_is_given(make_raster, image, watch):
    labels = make_raster(np.full((SIZE, SIZE), 3, np.uint8), "l.tif")
    windows = {number: Window(0, number, SIZE, 1) for number in range(SIZE)}
    watcher = watch(cancel_at=4)
    with pytest.raises(Cancelled):
        read_labels(LabelSource(labels, LEGEND), [LabelTarget(image, windows)], watcher)
    assert max(fraction for fraction, _ in watcher.reports) < 0.5


@pytest.mark.parametrize("name", ["original_nlcd.tif", "nlcd8_on_landsat_grid.tif"])
def test_a_land_cover_map_of_another_crs_and_grid_comes_in_as_its_warped_twin(shared_data, name):
    zion = shared_data / "zion_landsat8"
    image = inspect(zion / "landsat8_b2345_uint16.tif")
    legend = Legend.from_csv(zion / "legend.csv")
    grid = TileGrid(image.height, image.width, 512, 64)
    windows = {index: grid.core(index) for index in range(0, len(grid), 2)}
    with rasterio.open(zion / "nlcd8_on_landsat_grid.tif") as dataset:
        truth = dataset.read(1)

    source = LabelSource(zion / name, legend)
    same = [
        (legend.values[mask] == truth[windows[tile].rows, windows[tile].cols]).mean()
        for tile, mask in read_labels(source, [LabelTarget(image, windows)], Silent())
    ]

    assert len(same) == len(windows)
    assert min(same) > 0.999
