"""Small rasters with known contents."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

SHARED_DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
NORTH_UP = Affine(10.0, 0.0, 500_000.0, 0.0, -10.0, 5_000_000.0)


@pytest.fixture
def shared_data():
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared imagery is not here")
    return SHARED_DATA


@pytest.fixture
def make_raster(tmp_path):
    """Write an array (B, H, W) or (H, W) as a GeoTIFF, 10 m pixels in UTM zone 32."""

    def make(pixels, name="scene.tif", mask=None, colorinterp=None, **profile):
        pixels = np.atleast_3d(pixels.T).T if pixels.ndim == 2 else pixels
        path = tmp_path / name
        facts = {
            "driver": "GTiff",
            "count": pixels.shape[0],
            "height": pixels.shape[1],
            "width": pixels.shape[2],
            "dtype": pixels.dtype,
            "crs": "EPSG:32632",
            "transform": NORTH_UP,
            **profile,
        }
        with (
            rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
            rasterio.open(path, "w", **facts) as target,
        ):
            if colorinterp is not None:
                target.colorinterp = colorinterp
            target.write(pixels)
            if mask is not None:
                target.write_mask(mask)
        return path

    return make


class Watcher:
    """Remembers what it is told; cancels at the given report."""

    def __init__(self, cancel_at=None):
        self.reports = []
        self._cancel_at = cancel_at

    def report(self, fraction, message):
        self.reports.append((fraction, message))

    def is_cancelled(self):
        return self._cancel_at is not None and len(self.reports) >= self._cancel_at


@pytest.fixture
def watch():
    return Watcher
