"""Windows as the network gets them, and which of their pixels count."""

import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.enums import ColorInterp

from al_core.coords import Window
from al_core.errors import RasterError
from al_core.geo.bands import BandReader
from al_core.geo.normalise import BandScaling
from al_core.geo.rasters import inspect
from al_core.geo.reader import ImageReader

SIZE = 12
WHOLE = Window(0, 0, SIZE, SIZE)


def scaling(bands=1, low=0.0, high=100.0, mean=0.0, std=1.0):
    return BandScaling((low,) * bands, (high,) * bands, (mean,) * bands, (std,) * bands)


def read(path, window=WHOLE, bands=(1,), numbers=None):
    with ImageReader(inspect(path), bands, numbers or scaling(len(bands))) as reader:
        return reader.read(window)


def test_values_are_clipped_scaled_and_standardised(make_raster):
    pixels = np.full((SIZE, SIZE), 75, dtype=np.uint8)
    pixels[0, :2] = 10, 200

    values, valid = read(make_raster(pixels), numbers=scaling(low=50, high=100, mean=0.4, std=0.2))

    assert values.dtype == np.float32
    assert values.shape == (1, SIZE, SIZE)
    # (10 -> 0, 200 -> 1, 75 -> 0.5; minus 0.4, over 0.2)
    np.testing.assert_allclose(values[0, 0, :3], [-2.0, 3.0, 0.5], atol=1e-6)
    assert valid.all()


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        ("uint8", 3, 250),
        ("int8", -100, 100),
        ("uint16", 5_000, 60_000),
        ("int16", -30_000, 30_000),
        ("uint32", 4_000_000_000, 4_000_000_050),
        ("int32", -2_000_000_050, -2_000_000_000),
        ("float32", -1e3, 1e3),
        ("float64", 1e9, 1e9 + 10),
    ],
)
def test_every_type_is_scaled_exactly(make_raster, dtype, low, high):
    pixels = np.random.default_rng(0).uniform(low, high, (SIZE, SIZE)).astype(dtype)

    values, _ = read(make_raster(pixels), numbers=scaling(low=low, high=high, mean=0.5, std=0.25))

    expected = ((pixels.astype(np.float64) - low) / (high - low) - 0.5) / 0.25
    np.testing.assert_allclose(values[0], expected, atol=1e-5)


def test_bands_come_in_the_order_asked_for(make_raster):
    pixels = np.stack([np.full((SIZE, SIZE), value, dtype=np.uint8) for value in (10, 20, 30)])
    values, _ = read(make_raster(pixels), bands=(3, 1))
    np.testing.assert_allclose(values[:, 0, 0], [0.3, 0.1], atol=1e-6)


def test_what_lies_outside_the_raster_is_invalid_and_zero(make_raster):
    path = make_raster(np.full((SIZE, SIZE), 50, dtype=np.uint8))

    values, valid = read(path, Window(-2, SIZE - 3, 6, 8))

    assert valid.sum() == 4 * 3
    assert valid[2:, :3].all()
    np.testing.assert_allclose(values[0], 0.5 * valid)


def test_a_window_beyond_the_raster_is_all_invalid(make_raster):
    values, valid = read(make_raster(np.ones((SIZE, SIZE), np.uint8)), Window(50, 50, 4, 4))
    assert not valid.any()
    assert not values.any()


def test_the_neighbours_of_nodata_are_invalid_too_but_not_those_of_the_raster_edge(make_raster):
    pixels = np.full((SIZE, SIZE), 50, dtype=np.uint16)
    pixels[5, 5] = 65535

    values, valid = read(make_raster(pixels, nodata=65535))

    expected = np.ones((SIZE, SIZE), dtype=bool)
    expected[4:7, 4:7] = False
    np.testing.assert_array_equal(valid, expected)
    np.testing.assert_allclose(values[0], 0.5 * expected)


def test_nodata_of_a_band_that_is_not_read_does_not_matter(make_raster):
    pixels = np.ones((2, SIZE, SIZE), dtype=np.uint8)
    pixels[1, 3, 3] = 0
    path = make_raster(pixels, nodata=0)

    assert read(path, bands=(1,))[1].all()
    assert not read(path, bands=(1, 2))[1].all()


@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_invalid_without_any_nodata_value(make_raster, hole):
    pixels = np.ones((SIZE, SIZE), dtype=np.float32)
    pixels[0, 0] = hole

    values, valid = read(make_raster(pixels))

    assert (~valid).sum() == 4
    assert not values[0, ~valid].any()


@pytest.mark.parametrize(
    ("dtype", "nodata"),
    [
        ("uint8", 0),
        ("int16", -9999),
        ("uint32", 4294967295),
        ("int32", -2147483648),
        ("float32", -3.4028234663852886e38),
        ("float32", float("nan")),
        ("float64", -1.7976931348623157e308),
    ],
)
def test_the_nodata_value_of_every_type_is_invalid(make_raster, dtype, nodata):
    pixels = np.full((SIZE, SIZE), 7, dtype=dtype)
    pixels[:, 0] = nodata

    _, valid = read(make_raster(pixels, nodata=nodata))

    assert valid.sum() == SIZE * (SIZE - 2)


def test_values_beside_a_large_nodata_value_stay_valid(make_raster):
    pixels = np.full((SIZE, SIZE), 2147483647 - 1, dtype=np.int32)  # equal as float32
    assert read(make_raster(pixels, nodata=2147483647))[1].all()


def test_a_nodata_value_that_the_type_cannot_hold_is_ignored(make_raster, tmp_path):
    path = make_raster(np.full((SIZE, SIZE), 241, dtype=np.uint8))  # 241 = -9999 modulo 256
    virtual = tmp_path / "odd.vrt"
    virtual.write_text(
        f'<VRTDataset rasterXSize="{SIZE}" rasterYSize="{SIZE}"><SRS>EPSG:32632</SRS>'
        "<GeoTransform>500000, 10, 0, 5000000, 0, -10</GeoTransform>"
        '<VRTRasterBand dataType="Byte" band="1"><NoDataValue>-9999</NoDataValue>'
        f"<SimpleSource><SourceFilename>{path}</SourceFilename></SimpleSource>"
        "</VRTRasterBand></VRTDataset>"
    )

    with BandReader(inspect(virtual), (1,)) as reader:
        assert reader.always_valid
        assert reader.read_valid(WHOLE).all()


def test_a_mask_of_the_dataset_counts(make_raster):
    mask = np.full((SIZE, SIZE), 255, dtype=np.uint8)
    mask[:, :3] = 0
    _, valid = read(make_raster(np.ones((SIZE, SIZE), np.uint8), mask=mask))
    assert valid.sum() == SIZE * (SIZE - 4)


def test_an_alpha_band_counts_also_beside_a_nodata_value(make_raster):
    pixels = np.ones((2, SIZE, SIZE), dtype=np.uint8)
    pixels[1, :, :3] = 0
    roles = (ColorInterp.gray, ColorInterp.alpha)

    for profile in ({}, {"nodata": 200}):
        _, valid = read(make_raster(pixels, colorinterp=roles, **profile))
        assert valid.sum() == SIZE * (SIZE - 4)


def test_a_constant_band_gives_finite_values(make_raster):
    path = make_raster(np.full((SIZE, SIZE), 9, dtype=np.uint8))
    values, _ = read(path, numbers=scaling(low=9, high=9, mean=0, std=0))
    assert not values.any()


@pytest.mark.parametrize("kind", ["nodata", "nan", "mask", "alpha"])
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    holes=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=5),
    row=st.integers(-3, 11),
    col=st.integers(-3, 11),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
)
def test_a_pixel_is_the_same_however_the_raster_is_cut(  # noqa: PLR0917
    make_raster, kind, holes, row, col, height, width
):
    image = inspect(make_raster(**holed(kind, holes)))
    window = Window(row, col, height, width)
    padded = Window(-3, -3, SIZE + 12, SIZE + 12)

    with ImageReader(image, (1,), scaling()) as reader:
        values, valid = reader.read(window)
        all_values, all_valid = reader.read(padded)

    place = window.relative_to(padded)
    np.testing.assert_array_equal(valid, all_valid[place.rows, place.cols])
    np.testing.assert_array_equal(values, all_values[:, place.rows, place.cols])


def holed(kind, holes):
    pixels = np.random.default_rng(0).integers(1, 100, (SIZE, SIZE)).astype(np.float32)
    seen = np.full((SIZE, SIZE), 255, dtype=np.uint8)
    for at in holes:
        pixels[at] = {"nodata": 0, "nan": np.nan}.get(kind, pixels[at])
        seen[at] = 0
    if kind == "mask":
        return {"pixels": pixels.astype(np.uint8), "mask": seen}
    if kind == "alpha":
        roles = (ColorInterp.gray, ColorInterp.alpha)
        return {"pixels": np.stack([pixels.astype(np.uint8), seen]), "colorinterp": roles}
    return {"pixels": pixels, "nodata": 0 if kind == "nodata" else None}


def test_a_vanished_file_is_a_sentence(make_raster):
    image = inspect(make_raster(np.ones((SIZE, SIZE), np.uint8)))
    Path(image.path).unlink()
    with pytest.raises(RasterError, match="There is no file"):
        ImageReader(image, (1,), scaling())


def test_a_file_of_another_size_is_a_sentence(make_raster):
    image = inspect(make_raster(np.ones((SIZE, SIZE), np.uint8)))
    make_raster(np.ones((4, 4), np.uint8))
    with pytest.raises(RasterError, match=r"is 4 × 4 px now, but .* 12 × 12 px"):
        ImageReader(image, (1,), scaling())


def test_a_file_that_lost_a_band_is_a_sentence(make_raster):
    image = inspect(make_raster(np.ones((2, SIZE, SIZE), np.uint8)))
    make_raster(np.ones((1, SIZE, SIZE), np.uint8))
    with pytest.raises(RasterError, match=r"has 1 band.* there is no band 2"):
        ImageReader(image, (1, 2), scaling(2))


def test_a_file_that_breaks_off_while_it_is_read_is_a_sentence(make_raster):
    pixels = np.random.default_rng(0).integers(0, 255, (600, 600)).astype(np.uint8)
    image = inspect(make_raster(pixels))
    with ImageReader(image, (1,), scaling()) as reader:
        os.truncate(image.path, 5_000)
        with pytest.raises(RasterError, match=r"can no longer be read .*Put it back"):
            reader.read(Window(500, 0, 64, 64))


def test_real_imagery_with_nodata_is_read_as_gdal_masks_it(shared_data):
    path = shared_data / "naip_nd" / "naip_m_4709963_se_14_1_20100629.tif"
    image = inspect(path)
    window = Window(0, 0, image.height, image.width)
    with rasterio.open(path) as dataset:
        masks = (dataset.read_masks() > 0).all(axis=0)

    with ImageReader(image, image.bands, scaling(4, high=255)) as reader:
        _, valid = reader.read(window)

    assert not (valid & ~masks).any()
    assert (masks & ~valid).sum() <= 8 * (~masks).sum()


def test_any_object_with_the_facts_of_a_raster_will_do(make_raster):
    info = inspect(make_raster(np.full((SIZE, SIZE), 50, np.uint8)))
    record = SimpleNamespace(**{name: getattr(info, name) for name in vars(info)})
    with ImageReader(record, (1,), scaling()) as reader:
        assert reader.read(WHOLE)[1].all()
