"""What is accepted as an image, and the sentence for what is not."""

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp
from rasterio.env import get_gdal_config

from al_core.coords import GeoTransform
from al_core.errors import RasterError
from al_core.geo.rasters import (
    MAX_CACHE_BYTES,
    check_same_bands,
    choose_bands,
    crs_of,
    inspect,
    open_raster,
)

PIXELS = np.arange(2 * 6 * 8, dtype=np.uint16).reshape(2, 6, 8)


def test_a_raster_tells_its_facts(make_raster):
    info = inspect(make_raster(PIXELS, nodata=7))

    assert (info.name, info.height, info.width, info.bands) == ("scene", 6, 8, (1, 2))
    assert (info.dtype, info.nodata, info.palette) == ("uint16", 7.0, None)
    assert info.transform == GeoTransform(500_000.0, 5_000_000.0, 10.0, -10.0)
    assert crs_of(info).to_epsg() == 32632


@pytest.mark.parametrize("code", ["EPSG:4326", "EPSG:3035", "EPSG:7415", "ESRI:102008"])
def test_any_crs_survives_as_text(make_raster, code):
    path = make_raster(PIXELS, crs=code, transform=Affine(0.1, 0, 5, 0, -0.1, 50))

    with rasterio.open(path) as dataset:
        assert crs_of(inspect(path)) == dataset.crs


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(RasterError, match=r"There is no file .*gone\.tif; put it back"):
        inspect(tmp_path / "gone.tif")


def test_a_file_that_is_no_raster_is_refused(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(RasterError, match="is not a raster that can be read; choose"):
        inspect(path)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(RasterError, match="is a folder; choose a raster file"):
        inspect(tmp_path)


@pytest.mark.parametrize(
    ("profile", "sentence"),
    [
        ({"crs": None}, "has no coordinate reference system; assign one first"),
        ({"transform": Affine(7, 7, 5e5, 7, -7, 5e6)}, "is rotated; warp it"),
        ({"transform": Affine(10, 0, 5e5, 0, 10, 5e6)}, "is not north-up; warp it"),
        ({"transform": Affine(-10, 0, 5e5, 0, -10, 5e6)}, "is not north-up; warp it"),
        ({"transform": None}, "is not georeferenced; georeference it first"),
    ],
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_an_unusable_grid_is_refused_with_advice(make_raster, profile, sentence):
    with pytest.raises(RasterError, match=sentence):
        inspect(make_raster(PIXELS, **profile))


def test_complex_pixels_are_refused(make_raster):
    with pytest.raises(RasterError, match="holds complex numbers; convert it"):
        inspect(make_raster(np.ones((1, 4, 4), dtype=np.complex64)))


def test_a_colour_table_comes_without_its_filler(make_raster):
    path = make_raster(PIXELS[:1].astype(np.uint8), photometric="palette")
    with rasterio.open(path, "r+") as dataset:
        dataset.write_colormap(1, {0: (0, 0, 0), 1: (10, 20, 30), 2: (40, 50, 60)})

    palette = inspect(path).palette

    assert palette[1] == (10, 20, 30)
    assert palette[2] == (40, 50, 60)
    assert len(palette) == 4  # one black entry more stands for all the rest


def test_images_with_another_number_of_bands_are_refused_with_both_named(make_raster):
    infos = [inspect(make_raster(PIXELS)), inspect(make_raster(PIXELS[:1], "other.tif"))]
    with pytest.raises(RasterError, match=r"“other” has 1 band.* “scene” has 2 of uint16; choose"):
        check_same_bands(infos)


def test_images_with_another_type_are_refused(make_raster):
    other = make_raster(PIXELS.astype(np.uint8), "other.tif")
    with pytest.raises(RasterError, match=r"2 band.* of uint8, but .* 2 of uint16"):
        choose_bands([inspect(make_raster(PIXELS)), inspect(other)], ())


def test_a_band_that_does_not_exist_is_named(make_raster):
    with pytest.raises(RasterError, match=r"has 2 band.*there is no band 3; choose among 1 to 2"):
        choose_bands([inspect(make_raster(PIXELS))], (1, 3))


def test_no_image_is_a_sentence():
    with pytest.raises(RasterError, match="No image is chosen"):
        choose_bands([], ())


def test_all_bands_but_alpha_are_the_default(make_raster):
    roles = (ColorInterp.gray, ColorInterp.undefined, ColorInterp.alpha)
    path = make_raster(np.ones((3, 4, 4), dtype=np.uint8), colorinterp=roles)
    assert choose_bands([inspect(path)], ()) == (1, 2)


def test_the_block_cache_is_small_but_holds_a_row_of_windows(make_raster):
    wide = make_raster(np.zeros((1, 1, 40_000), dtype=np.float64))
    with open_raster(wide):
        assert 40_000 * 8 * 512 <= get_gdal_config("GDAL_CACHEMAX") <= MAX_CACHE_BYTES
