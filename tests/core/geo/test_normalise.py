"""The normalisation measured over all images of a project."""

import numpy as np
import pytest

from al_core.errors import Cancelled, RasterError
from al_core.geo.normalise import measure
from al_core.geo.rasters import inspect
from al_core.progress import Silent


def test_percentiles_mean_and_deviation_are_those_of_the_pixels(make_raster):
    pixels = np.random.default_rng(1).gamma(2.0, 900.0, (2, 120, 110)).astype(np.uint16)

    scaling = measure([inspect(make_raster(pixels))], (2, 1), seed=0, progress=Silent())

    for place, band in enumerate(pixels[::-1].astype(float)):
        low, high = np.percentile(band, (2, 98))
        scaled = (np.clip(band, low, high) - low) / (high - low)
        assert (scaling.low[place], scaling.high[place]) == (low, high)
        assert scaling.mean[place] == pytest.approx(scaled.mean())
        assert scaling.std[place] == pytest.approx(scaled.std())


def test_a_large_raster_is_sampled_all_over_and_the_same_for_a_seed(make_raster):
    ramp = np.linspace(0, 10_000, 3_400 * 3_000).astype(np.uint16).reshape(3_400, 3_000)
    info = inspect(make_raster(ramp, tiled=True))

    first, again, other = (measure([info], (1,), seed, Silent()) for seed in (3, 3, 4))

    assert first == again != other
    assert first.low[0] == pytest.approx(200, abs=250)
    assert first.high[0] == pytest.approx(9_800, abs=250)


def test_nodata_does_not_count(make_raster):
    pixels = np.full((40, 40), 65535, dtype=np.uint16)
    pixels[:20] = np.arange(800).reshape(20, 40)
    scaling = measure([inspect(make_raster(pixels, nodata=65535))], (1,), 0, Silent())
    assert scaling.high[0] < 800


def test_all_images_have_their_share(make_raster):
    dark = inspect(make_raster(np.full((100, 100), 10, np.uint8), "dark.tif"))
    light = inspect(make_raster(np.full((100, 100), 90, np.uint8), "light.tif"))

    scaling = measure([dark, light], (1,), 0, Silent())

    assert (scaling.low, scaling.high) == ((10.0,), (90.0,))
    assert scaling.mean == (pytest.approx(0.5),)


@pytest.mark.parametrize(("value", "dtype"), [(0, "uint8"), (7, "uint16"), (1e20, "float32")])
def test_a_constant_band_has_a_range_and_a_deviation_above_zero(make_raster, value, dtype):
    info = inspect(make_raster(np.full((30, 30), value, dtype=dtype)))
    scaling = measure([info], (1,), 0, Silent())
    assert scaling.high[0] > scaling.low[0]
    assert scaling.std[0] > 0


def test_a_band_that_is_nearly_constant_keeps_its_few_other_values(make_raster):
    pixels = np.zeros((100, 100), dtype=np.uint8)
    pixels[0, :5] = 200
    scaling = measure([inspect(make_raster(pixels))], (1,), 0, Silent())
    assert (scaling.low, scaling.high) == ((0.0,), (200.0,))


def test_an_image_without_a_valid_pixel_is_named(make_raster):
    good = inspect(make_raster(np.ones((30, 30), np.uint8), "good.tif"))
    empty = inspect(make_raster(np.zeros((30, 30), np.uint8), "empty.tif", nodata=0))
    with pytest.raises(RasterError, match=r"“empty” has no valid pixel .* choose another"):
        measure([good, empty], (1,), 0, Silent())


def test_a_few_valid_pixels_in_a_corner_are_found(make_raster):
    pixels = np.zeros((1, 300, 60_000), dtype=np.uint8)  # many more windows than are sampled
    pixels[0, 280:290, 59_000:59_010] = 50
    info = inspect(make_raster(pixels, nodata=0, compress="deflate"))
    assert measure([info], (1,), 0, Silent()).low == (50.0,)


def test_measuring_can_be_cancelled(make_raster, watch):
    info = inspect(make_raster(np.ones((600, 600), np.uint8)))
    with pytest.raises(Cancelled):
        measure([info], (1,), 0, watch(cancel_at=2))
