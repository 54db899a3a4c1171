"""Maps of a round, read back."""

import numpy as np
import pytest

from al_core.coords import Window
from al_core.errors import RasterError
from al_core.geo.map_reader import MapReader

from ..lands import write_raster


def test_a_window_of_a_map_comes_back_with_what_means_no_data(tmp_path):
    values = np.arange(60, dtype=np.uint8).reshape(1, 6, 10)
    path = write_raster(tmp_path / "map.tif", values, nodata=7)
    with MapReader(path) as source:
        assert (source.height, source.width, source.nodata) == (6, 10, 7)
        assert np.array_equal(source.read(Window(2, 3, 2, 4)), values[0, 2:4, 3:7])


def test_a_missing_or_damaged_map_is_a_sentence(tmp_path):
    with pytest.raises(RasterError):
        MapReader(tmp_path / "none.tif")
    path = write_raster(tmp_path / "map.tif", np.ones((1, 300, 300), np.uint8), tiled=True,
                        blockxsize=256, blockysize=256)  # fmt: skip
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(RasterError), MapReader(path) as source:
        source.read(Window(0, 0, 300, 300))
