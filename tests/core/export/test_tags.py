"""The finished map of whole tiles."""

import csv

import geopandas
import numpy as np
import pytest
import rasterio
from affine import Affine

from al_core.config import ExportConfig, Task
from al_core.errors import Cancelled, ExportError
from al_core.export.tags import export_tags
from al_core.geo.rasters import inspect
from al_core.legend import Legend, LegendClass
from al_core.progress import Silent
from al_core.project import (
    ImageRecord,
    NewProject,
    NewRound,
    Normalisation,
    Project,
    ProjectSettings,
    RoundMetrics,
)
from al_core.scoring import TagPredictions

LEGEND = Legend(
    (
        LegendClass(1, "Water", "#2850c8"),
        LegendClass(4, "tags", "#1e8c28"),  # the name of a column of ours
        LegendClass(255, "Sand", "#c8b478"),
    )
)
TILES = 20  # 4 rows of 5, of 64 px; the last row and column are smaller


def write_scene(path, crs):
    grid = Affine(0.0001, 0, 8.3, 0, -0.0001, 51.2)
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "crs": crs}
    with rasterio.open(path, "w", height=200, width=260, transform=grid, **profile) as scene:
        scene.write(np.ones((1, 200, 260), np.uint8))
    return path


@pytest.fixture(params=[Task.SCENE, Task.MULTILABEL], ids=["scene", "tags"])
def task(request):
    return request.param


@pytest.fixture
def make(tmp_path):
    opened = []

    def make(task, crs="EPSG:32632"):
        info = inspect(write_scene(tmp_path / "scene.tif", crs))
        scaling = Normalisation((0.0,), (1.0,), (0.0,), (1.0,))
        settings = ProjectSettings(64, 0, (1,), scaling, 0, "2024-01-01", task)
        valid = np.full(TILES, 4096, np.int32)
        valid[7] = 0
        image = ImageRecord(
            1, info.path, info.name, 200, 260, info.crs_wkt, info.transform, "uint8", None, 0, TILES
        )
        new = NewProject((image,), LEGEND, settings, valid, np.array([], np.int64))
        project = Project.create(tmp_path / "area.landloop", new)
        opened.append(project)
        folder = project.rounds.begin()
        ids = np.delete(np.arange(TILES), 7)
        p = np.random.default_rng(0).random((TILES - 1, 3)).astype(np.float32)
        p[0] = 0.1, 0.2, 0.7
        p[1] = 0.3, 0.4, 0.2
        nothing = np.zeros(TILES - 1)
        TagPredictions(ids, p, nothing, nothing[:, None], "abc").save(folder / "tags.npz")
        zeros = (0.0,) * 3
        metrics = RoundMetrics(np.zeros((3, 2, 2), np.int64), zeros, 0.0, zeros, zeros)
        project.rounds.commit(folder, NewRound("CPU", 1, "abc", 4, 4, metrics, {}, {}))
        project.tags.set({5: np.array([1, 0, 0], np.uint8), 6: np.full(3, 254, np.uint8)})
        return project

    yield make
    for project in opened:
        project.close()


def run(project, out, **options):
    return export_tags(
        project, project.rounds.current(), ExportConfig(str(out), **options), Silent()
    )[0]


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
def test_polygons_lie_on_the_tiles_and_say_what_is_known(make, task, tmp_path, suffix):
    project = make(task, "EPSG:4326")
    found = geopandas.read_file(run(project, tmp_path / f"map{suffix}")).set_index("tile")
    assert list(found.index) == [*range(7), *range(8, TILES)]
    bounds = found.loc[4].geometry.bounds  # the last column: 4 px wide
    place = project.images[0].transform
    left = place.x0 + 256 * place.dx
    assert bounds == pytest.approx((left, place.y0 + 64 * place.dy, left + 4 * place.dx, place.y0))
    assert found.loc[0].tags == "Sand"
    assert (found.loc[5].source, found.loc[5].tags) == ("analyst", "Water")
    assert found.loc[6].source == "network"  # where she is unsure the network has its say
    assert (found.loc[1].tags or "") == ("tags" if task is Task.SCENE else "")
    assert found.loc[0].p_Sand == pytest.approx(0.7, abs=1e-4)
    assert found.crs.to_epsg() == 4326


def test_of_several_classes_each_has_a_column(make, tmp_path):
    found = geopandas.read_file(run(make(Task.MULTILABEL), tmp_path / "map.gpkg"))
    assert found.set_index("tile").loc[5][["Water", "class_tags", "Sand"]].tolist() == [1, 0, 0]


def test_the_table_has_the_centres(make, task, tmp_path):
    project = make(task)
    with run(project, tmp_path / "map.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    place = project.images[0].transform
    assert len(rows) == TILES - 1
    assert float(rows[1]["x"]) == pytest.approx(place.x0 + 96 * place.dx)
    assert float(rows[1]["y"]) == pytest.approx(place.y0 + 32 * place.dy)
    assert rows[5]["source"] == "analyst"


def test_the_raster_has_one_pixel_a_tile_and_the_analysts_classes(make, task, tmp_path):
    project = make(task)
    with rasterio.open(run(project, tmp_path / "map.tif")) as source:
        bands, nodata = source.read(), source.nodata
        assert source.transform.a == pytest.approx(64 * project.images[0].transform.dx)
        assert source.descriptions[0] == "class"
    assert bands.shape == (1 if task is Task.SCENE else 4, 4, 5)
    flat = bands.reshape(len(bands), -1)
    assert flat[0, [0, 5]].tolist() == [255, 1]
    assert flat[0, 7] == nodata
    assert nodata not in {1, 4, 255}
    if task is Task.MULTILABEL:
        assert flat[1:, 5].tolist() == [1, 0, 0]
        assert (flat[:, 7] == nodata).all()
        assert flat[0, 1] == nodata  # no class reaches one half
    assert (tmp_path / "map.qml").is_file()


def test_the_model_alone_can_be_asked_for(make, task, tmp_path):
    found = geopandas.read_file(run(make(task), tmp_path / "map.gpkg", labels_win=False))
    assert set(found.source) == {"network"}


def test_nothing_is_exported_before_a_round_or_under_a_strange_name(make, task, tmp_path):
    project = make(task)
    with pytest.raises(ExportError, match=r"end in .gpkg, .geojson, .csv or .tif"):
        run(project, tmp_path / "map.png")
    with pytest.raises(ExportError, match="no prediction to export yet"):
        export_tags(project, None, ExportConfig(), Silent())
    (project.rounds.current().folder / "tags.npz").unlink()
    with pytest.raises(ExportError, match="no prediction to export yet"):
        run(project, tmp_path / "map.gpkg")


def test_a_cancel_leaves_the_older_file(make, task, tmp_path):
    class Late(Silent):
        def __init__(self):
            self.reports = 0

        def report(self, fraction, message):
            self.reports += message.startswith("Writing the tiles")

        def is_cancelled(self):
            return self.reports > 0

    out = tmp_path / "map.csv"
    out.write_text("older")
    project = make(task)
    with pytest.raises(Cancelled):
        export_tags(project, project.rounds.current(), ExportConfig(str(out)), Late())
    assert out.read_text() == "older"
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_without_a_name_polygons_go_to_the_projects_exports(make, task):
    project = make(task)
    (file,) = export_tags(project, project.rounds.current(), ExportConfig(), Silent())
    assert file == project.folder / "exports" / "map.gpkg"
