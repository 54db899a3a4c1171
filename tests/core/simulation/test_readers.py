"""Windows out of an array are those that an ImageReader reads from the file."""

import numpy as np
import pytest

from al_core.coords import Window
from al_core.geo.plain import inspect_plain, read_raw
from al_core.geo.reader import ImageReader
from al_core.project import Normalisation
from al_core.simulation.readers import MappedReader

from ..lands import write_raster

SCALING = Normalisation((10.0, 0.0), (200.0, 90.5), (0.4, 0.5), (0.2, 0.3))

WINDOWS = (Window(0, 0, 20, 30), Window(-4, 25, 9, 20), Window(90, 0, 3, 3))


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32", "int32"])
@pytest.mark.parametrize("window", WINDOWS)
def test_values_and_validity_are_the_same(tmp_path, kind, window):
    values = np.random.default_rng(0).integers(1, 250, (2, 40, 50)).astype(kind)
    values[:, 5:8, 20:27] = 0
    path = write_raster(tmp_path / "image.tif", values, nodata=0)
    info = inspect_plain(path)
    raw, valid = read_raw(info, (1, 2))
    assert raw.dtype == kind
    expected = ImageReader(info, (1, 2), SCALING).read(window)
    found = MappedReader(raw, valid, SCALING).read(window)
    np.testing.assert_allclose(found[0], expected[0], atol=1e-5)
    np.testing.assert_array_equal(found[1], expected[1])
