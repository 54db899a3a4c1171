"""The finished map."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.io import MemoryFile

from al_core.config import ExportConfig
from al_core.errors import Cancelled, ExportError
from al_core.export import raster
from al_core.export.raster import export
from al_core.progress import Silent
from al_core.project import PickRecord

ROOT = Path(__file__).resolve().parents[3]
SHAPE = (100, 130)


@pytest.fixture
def prediction():
    values = np.full(SHAPE, 1, dtype=np.uint8)
    values[:, 60:] = 255
    values[:40, :50] = 0  # nodata
    return values


def label(project, tile_id, rows, cols, index):
    mask = project.labels.read(tile_id)
    mask[rows, cols] = index
    project.labels.write({tile_id: mask})


def run(project, of_round, out, progress=None, **options):
    config = ExportConfig(out=str(out), **options)
    return export(project, of_round, config, progress or Silent())


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32632", "ESRI:102008"])
def test_the_map_lies_exactly_on_the_image(make_project, add_round, prediction, tmp_path, crs):
    project = make_project(crs=crs)

    (out,) = run(project, add_round(project, prediction), tmp_path / "map.tif")

    with rasterio.open(out) as dataset, rasterio.open(project.images[0].path) as image:
        assert dataset.crs == image.crs
        assert dataset.transform == image.transform
        assert dataset.shape == image.shape
        assert dataset.dtypes == ("uint8",)
        np.testing.assert_array_equal(dataset.read(1), prediction)


@pytest.mark.parametrize("block_px", [32, 1024])
def test_the_analysts_labels_win_except_unsure_and_where_the_image_has_no_data(
    make_project, add_round, prediction, tmp_path, monkeypatch, block_px
):
    monkeypatch.setattr(raster, "BLOCK_PX", block_px)
    project = make_project()
    label(project, 2, slice(0, 5), slice(0, 5), 1)  # core of tile 2: row 0, column 64
    label(project, 2, slice(5, 9), slice(0, 5), 254)
    label(project, 0, slice(None), slice(None), 1)  # on nodata

    (out,) = run(project, add_round(project, prediction), tmp_path / "map.tif")

    prediction[:5, 64:69] = 4
    with rasterio.open(out) as dataset:
        np.testing.assert_array_equal(dataset.read(1), prediction)


def test_without_labels_win_the_map_is_the_prediction(
    make_project, add_round, prediction, tmp_path
):
    project = make_project()
    label(project, 2, slice(None), slice(None), 1)
    (out,) = run(project, add_round(project, prediction), tmp_path / "map.tif", labels_win=False)
    with rasterio.open(out) as dataset:
        np.testing.assert_array_equal(dataset.read(1), prediction)


def test_the_map_carries_colours_nodata_and_where_it_comes_from(
    make_project, add_round, prediction, tmp_path
):
    project = make_project()
    of_round = add_round(project, prediction)
    pick = PickRecord(1, 3, 0.5, {"class": None}, 1, "dcau")
    project.picks.replace((pick,), "dcau", 1, {})

    (out,) = run(project, of_round, tmp_path / "map.tif")

    with rasterio.open(out) as dataset:
        assert dataset.nodata == 0  # 255 is a class here
        assert dataset.colormap(1)[4] == (0x1E, 0x8C, 0x28, 255)
        tags = {key: value for key, value in dataset.tags().items() if "LANDLOOP" in key}
    assert tags.pop("LANDLOOP_VERSION")
    assert tags == {
        "LANDLOOP_ROUND": "1",
        "LANDLOOP_MODEL_HASH": "abc123",
        "LANDLOOP_SEED": "11",
        "LANDLOOP_LABELLED_TILES": "4",
        "LANDLOOP_STRATEGY": "dcau",
        "LANDLOOP_LABELS_WIN": "yes",
    }
    assert out.with_suffix(".qml").exists()
    assert out.with_name("map.tif.aux.xml").exists()


def test_several_images_become_several_maps_with_names_of_their_own(
    make_project, add_round, prediction, tmp_path
):
    project = make_project(("west", "east", "east"))
    maps = [np.full(SHAPE, value, np.uint8) for value in (1, 4, 255)]
    label(project, project.images[1].first_tile, slice(0, 2), slice(0, 2), 0)

    files = run(project, add_round(project, *maps), tmp_path / "map.tif")

    assert [file.name for file in files] == ["map_west.tif", "map_east_2.tif", "map_east_3.tif"]
    maps[1][:2, :2] = 1
    for file, values, image in zip(files, maps, project.images, strict=True):
        with rasterio.open(file) as dataset:
            np.testing.assert_array_equal(dataset.read(1), values)
            assert dataset.transform.c == image.transform.x0


def test_an_empty_name_means_the_exports_folder_of_the_project(make_project, add_round, prediction):
    project = make_project()
    (out,) = export(project, add_round(project, prediction), ExportConfig(), Silent())
    assert out == project.folder / "exports" / "map.tif"
    assert out.exists()


def test_without_a_prediction_there_is_nothing_to_export(make_project, add_round, tmp_path):
    project = make_project()
    trained_only = add_round(project)
    for of_round in (None, trained_only):
        with pytest.raises(ExportError, match="no prediction to export yet; press Retrain"):
            run(project, of_round, tmp_path / "map.tif")
    assert not list(tmp_path.glob("map*"))


@pytest.mark.parametrize("name", ["map.png", "map", "map.tif.zip"])
def test_a_wrong_extension_is_a_sentence(make_project, add_round, prediction, tmp_path, name):
    project = make_project()
    with pytest.raises(ExportError, match=r"is to be a GeoTIFF; let its name end in .tif"):
        run(project, add_round(project, prediction), tmp_path / name)


def test_a_missing_folder_is_a_sentence(make_project, add_round, prediction, tmp_path):
    project = make_project()
    with pytest.raises(ExportError, match=r"There is no folder .*nowhere; make it or choose"):
        run(project, add_round(project, prediction), tmp_path / "nowhere" / "map.tif")


def test_neither_an_image_nor_a_round_is_overwritten(make_project, add_round, prediction, tmp_path):
    project = make_project()
    of_round = add_round(project, prediction)
    link = tmp_path / "link.tif"
    link.symlink_to(project.images[0].path)
    for out in (project.images[0].path, link, of_round.folder / "prediction.tif"):
        before = Path(out).read_bytes()
        with pytest.raises(ExportError, match="belongs to the project; choose another name"):
            run(project, of_round, out)
        assert Path(out).read_bytes() == before


@pytest.mark.parametrize("damage", ["missing", "size", "cut"])
def test_a_damaged_prediction_is_a_sentence_and_the_older_map_stays(
    make_project, add_round, prediction, tmp_path, damage
):
    project = make_project(("west", "east"))
    noise = np.random.default_rng(0).integers(1, 5, SHAPE).astype(np.uint8)
    of_round = add_round(project, noise, noise)
    second = of_round.folder / "prediction_2.tif"
    if damage == "missing":
        second.unlink()
    elif damage == "size":
        second.write_bytes(smaller(second))
    else:
        second.write_bytes(second.read_bytes()[:-3_000])
    folder = tmp_path / "maps"
    folder.mkdir()
    (folder / "map_west.tif").write_text("older")

    with pytest.raises(ExportError, match="prediction of “east” is missing, damaged or of"):
        run(project, of_round, folder / "map.tif")

    assert [file.name for file in folder.iterdir()] == ["map_west.tif"]
    assert (folder / "map_west.tif").read_text() == "older"


def smaller(path):
    with rasterio.open(path) as dataset:
        facts = {**dataset.profile, "height": 9, "width": 9}
    with MemoryFile() as memory:
        with memory.open(**facts):
            pass
        return memory.read()


def test_a_cancelled_export_leaves_the_older_map(make_project, add_round, prediction, tmp_path):
    class CancelsLate:
        def report(self, fraction, message):
            self.reported = True

        def is_cancelled(self):
            return hasattr(self, "reported")

    project = make_project(("west", "east"))
    folder = tmp_path / "maps"
    folder.mkdir()
    (folder / "map_west.tif").write_text("older")
    of_round = add_round(project, prediction, prediction)

    with pytest.raises(Cancelled):
        run(project, of_round, folder / "map.tif", CancelsLate())

    assert [file.name for file in folder.iterdir()] == ["map_west.tif"]
    assert (folder / "map_west.tif").read_text() == "older"


EXPORT_WITH_LITTLE_ROOM = """
import resource, sys
from pathlib import Path
from al_core.config import ExportConfig
from al_core.errors import StorageError
from al_core.export.raster import export
from al_core.progress import Silent
from al_core.project import Access, Project
with Project.open(Path(sys.argv[1]), Access.SHARED) as project:
    current = project.rounds.current()
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
    try:
        export(project, current, ExportConfig(out=sys.argv[2]), Silent())
    except StorageError as error:
        sys.stdout.write(str(error))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_a_full_disk_is_a_sentence_and_the_older_map_stays(make_project, add_round, tmp_path):
    project = make_project()
    add_round(project, np.random.default_rng(0).integers(1, 5, SHAPE).astype(np.uint8))
    folder = tmp_path / "maps"
    folder.mkdir()
    out = folder / "map.tif"
    out.write_text("older")

    done = subprocess.run(
        [sys.executable, "-c", EXPORT_WITH_LITTLE_ROOM, str(project.folder), str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "could not be written to the end" in done.stdout, done.stderr
    assert [file.name for file in folder.iterdir()] == ["map.tif"]
    assert out.read_text() == "older"
