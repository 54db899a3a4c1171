"""Maps that are whole or not there."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio

from al_core.coords import Window
from al_core.errors import Cancelled, StorageError
from al_core.geo.rasters import inspect
from al_core.geo.writer import MapFormat, MapWriter, map_path

ROOT = Path(__file__).resolve().parents[3]
SIZE = 600
CLASSES = MapFormat(
    nodata=255, colors={1: (10, 20, 30), 2: (40, 50, 60)}, tags={"LANDLOOP_ROUND": "3"}
)


@pytest.fixture
def grid(make_raster):
    return inspect(make_raster(np.zeros((SIZE, SIZE), np.uint8)))


def test_a_map_lies_on_the_grid_and_crs_of_its_image(grid, tmp_path):
    with MapWriter(tmp_path / "map.tif", grid, CLASSES) as writer:
        writer.write(Window(0, 0, SIZE, SIZE), np.ones((SIZE, SIZE), np.uint8))

    with rasterio.open(tmp_path / "map.tif") as dataset, rasterio.open(grid.path) as image:
        assert dataset.crs == image.crs
        assert dataset.transform == image.transform
        assert dataset.shape == image.shape
        assert dataset.profile["tiled"]
        assert dataset.profile["compress"] == "deflate"
        assert dataset.block_shapes == [(256, 256)]
        assert dataset.colormap(1)[2] == (40, 50, 60, 255)
        assert dataset.tags()["LANDLOOP_ROUND"] == "3"
        assert (dataset.read(1) == 1).all()


def test_windows_may_come_in_any_order_and_what_is_not_written_is_nodata(grid, tmp_path):
    expected = np.full((SIZE, SIZE), np.nan, dtype=np.float32)
    form = MapFormat("float32", nodata=float("nan"), band_names=("uncertainty",))
    rng = np.random.default_rng(0)

    with MapWriter(tmp_path / "map.tif", grid, form) as writer:
        for row, col in rng.permutation([(r, c) for r in (0, 150, 300) for c in (0, 200, 450)]):
            window = Window(int(row), int(col), 150, 150)
            expected[window.rows, window.cols] = rng.random((150, 150))
            writer.write(window, expected[window.rows, window.cols])

    with rasterio.open(tmp_path / "map.tif") as dataset:
        np.testing.assert_array_equal(dataset.read(1), expected)
        assert dataset.descriptions == ("uncertainty",)


def test_several_bands_are_written_at_once(grid, tmp_path):
    pixels = np.random.default_rng(0).random((3, 40, 50)).astype(np.float32)
    with MapWriter(tmp_path / "map.tif", grid, MapFormat("float32", count=3)) as writer:
        writer.write(Window(10, 20, 40, 50), pixels)
    with rasterio.open(tmp_path / "map.tif") as dataset:
        np.testing.assert_array_equal(dataset.read()[:, 10:50, 20:70], pixels)


def test_an_older_map_stays_until_the_new_one_is_whole(grid, tmp_path):
    path = tmp_path / "map.tif"
    path.write_text("older")
    path.with_name("map.tif.aux.xml").write_text("its statistics")

    with MapWriter(path, grid, CLASSES):
        assert path.read_text() == "older"

    with rasterio.open(path) as dataset:
        assert (dataset.read(1) == 255).all()
    assert not path.with_name("map.tif.aux.xml").exists()


def test_a_failed_map_leaves_the_older_one_and_nothing_else(grid, tmp_path):
    path = tmp_path / "maps" / "map.tif"
    path.parent.mkdir()
    path.write_text("older")

    def write_half():
        with MapWriter(path, grid, CLASSES) as writer:
            writer.write(Window(0, 0, 300, 300), np.ones((300, 300), np.uint8))
            raise Cancelled

    with pytest.raises(Cancelled):
        write_half()

    assert [file.name for file in path.parent.iterdir()] == ["map.tif"]
    assert path.read_text() == "older"


def test_a_crs_that_geotiff_cannot_hold_comes_along_beside_it(make_raster, tmp_path):
    turned = "+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=30 +lon_0=10 +type=crs"
    image = inspect(make_raster(np.zeros((1, 20, 20), np.uint8), crs=turned))
    with MapWriter(tmp_path / "map.tif", image, CLASSES):
        pass
    with rasterio.open(tmp_path / "map.tif") as dataset, rasterio.open(image.path) as scene:
        assert dataset.crs == scene.crs
    assert not list(tmp_path.glob("*.part*"))


def test_a_missing_folder_is_a_sentence(grid, tmp_path):
    with pytest.raises(StorageError, match=r"There is no folder .*; make it or choose another"):
        MapWriter(tmp_path / "nowhere" / "map.tif", grid, CLASSES)


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs Linux's /sys")
def test_a_protected_folder_is_a_sentence(grid):
    with pytest.raises(StorageError, match=r"cannot be written. Choose another folder"):
        MapWriter(Path("/sys/kernel/map.tif"), grid, CLASSES)


WRITE_UNTIL_THE_LIMIT = """
import resource, sys
from pathlib import Path
import numpy as np
from al_core.coords import Window
from al_core.errors import StorageError
from al_core.geo.rasters import inspect
from al_core.geo.writer import MapFormat, MapWriter
image, out, limit = inspect(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
noise = np.random.default_rng(0).random((600, 600), dtype=np.float32)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    with MapWriter(out, image, MapFormat("float32")) as writer:
        for row in range(0, 600, 100):
            writer.write(Window(row, 0, 100, 600), noise[row : row + 100])
except StorageError as error:
    sys.stdout.write(f"StorageError: {error}")
else:
    sys.stdout.write(f"whole {out.stat().st_size}")
"""


def write_with_limit(image, out, limit):
    done = subprocess.run(
        [sys.executable, "-c", WRITE_UNTIL_THE_LIMIT, image, str(out), str(limit)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout or done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_a_disk_that_fills_up_is_a_sentence_and_leaves_the_older_map(grid, tmp_path):
    folder = tmp_path / "maps"
    folder.mkdir()
    out = folder / "map.tif"
    size = int(write_with_limit(grid.path, out, 1 << 30).removeprefix("whole "))
    out.write_text("older")

    # In the middle, in the last block, and in the directory that only closing writes.
    for limit in (100, size // 2, size - 5_000, size - 1):
        told = write_with_limit(grid.path, out, limit)
        assert told.startswith(f"StorageError: {out} could not be written to the end"), told
        assert [file.name for file in folder.iterdir()] == ["map.tif"]
        assert out.read_text() == "older"


def test_maps_of_several_images_carry_their_number():
    assert map_path(Path("r"), "prediction", 7, 1) == Path("r/prediction.tif")
    assert map_path(Path("r"), "prediction", 7, 2) == Path("r/prediction_7.tif")
