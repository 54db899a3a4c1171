"""Valid pixels per tile."""

import os
from pathlib import Path

import numpy as np
import pytest

from al_core.coords import TileGrid, Window
from al_core.errors import Cancelled, RasterError
from al_core.geo import tiles
from al_core.geo.normalise import BandScaling
from al_core.geo.rasters import inspect
from al_core.geo.reader import ImageReader
from al_core.geo.tiles import count_valid
from al_core.progress import Silent

GRID = TileGrid(150, 200, 64, 16)  # cores of 32 px, the last ones cut


def random_holes(seed=0):
    pixels = np.random.default_rng(seed).integers(1, 99, (2, 150, 200)).astype(np.uint8)
    pixels[0, 20:70, 90:] = 0
    pixels[1, 149, 0] = 0
    return pixels


@pytest.mark.parametrize("values_at_once", [1, 32 * 64 * 2, 8 << 20])
def test_the_count_is_that_of_the_reader_whatever_the_block(
    make_raster, monkeypatch, values_at_once
):
    monkeypatch.setattr(tiles, "_MAX_VALUES", values_at_once)
    image = inspect(make_raster(random_holes(), nodata=0))

    counts = count_valid(image, (1, 2), GRID, Silent())

    with ImageReader(image, (1, 2), BandScaling((0, 0), (1, 1), (0, 0), (1, 1))) as reader:
        _, valid = reader.read(Window(0, 0, 150, 200))
    cores = [GRID.core(index) for index in range(len(GRID))]
    assert counts.tolist() == [valid[core.rows, core.cols].sum() for core in cores]
    assert counts.dtype == np.int32
    assert 0 in counts


def test_without_nodata_every_core_is_full_and_no_pixel_is_read(make_raster):
    image = inspect(make_raster(np.ones((150, 200), np.uint8)))
    os.truncate(image.path, 2_000)  # whoever reads pixels fails

    counts = count_valid(image, (1,), GRID, Silent())

    assert counts.tolist() == [GRID.core(index).area for index in range(len(GRID))]


def test_a_mask_alone_is_read_without_the_bands(make_raster):
    mask = np.full((150, 200), 255, dtype=np.uint8)
    mask[:, 100:] = 0
    image = inspect(make_raster(np.ones((150, 200), np.uint8), mask=mask))

    counts = count_valid(image, (1,), GRID, Silent()).reshape(GRID.rows, GRID.cols)

    assert counts[0].tolist() == [1024, 1024, 1024, 32 * 3, 0, 0, 0]


def test_counting_reports_and_can_be_cancelled(make_raster, watch):
    image = inspect(make_raster(random_holes(), nodata=0))
    watcher = watch(cancel_at=3)
    with pytest.raises(Cancelled):
        count_valid(image, (1, 2), GRID, watcher)
    fractions = [fraction for fraction, _ in watcher.reports]
    assert fractions == sorted(fractions)
    assert "scene" in watcher.reports[0][1]


def test_a_raster_that_vanished_is_a_sentence(make_raster):
    image = inspect(make_raster(random_holes(), nodata=0))
    Path(image.path).unlink()
    with pytest.raises(RasterError, match="There is no file"):
        count_valid(image, (1, 2), GRID, Silent())
