"""Small projects whose tiles are tagged: 36 tiles of three classes."""

import shutil

import pytest

from al_core import jobs
from al_core.config import InitConfig, TagConfig, Task, TrainConfig
from al_core.legend import Legend
from al_core.models import LOCAL
from al_core.progress import Silent
from al_core.project import Project

from ...lands import Land, land_classes, land_pixels, write_raster

SIDE, TILE = 384, 64

FROZEN = TrainConfig(encoder=LOCAL, steps=40)
WHOLE = TrainConfig(encoder="resnet18", steps=2, batch_size=2)
POOL = (3, 5, 14, 15, 20, 21, 26, 33)


def screen(folder, land, task):
    """Make a project and tag its validation tiles and some others from the reference."""
    config = InitConfig(
        images=(str(land.image),), tile_size_px=TILE, validation_share=0.2, task=task
    )
    jobs.create_project(folder, Legend.from_csv(land.legend), config, Silent())
    with Project.open(folder) as project:
        jobs.tag(project, TagConfig(str(land.labels), validation=True), Silent())
        tiles = tuple(tile for tile in POOL if project.tiles.role[tile] == 0)
        jobs.tag(project, TagConfig(str(land.labels), tiles=tiles), Silent())


@pytest.fixture(scope="session")
def screened(tmp_path_factory):
    """The land, and a project of each kind."""
    folder = tmp_path_factory.mktemp("screened")
    classes = land_classes(SIDE)
    write_raster(folder / "image.tif", land_pixels(classes))
    write_raster(folder / "labels.tif", (classes + 1)[None], nodata=0)
    legend = folder / "legend.csv"
    legend.write_text("value,name,color\n1,Water,#283cc8\n2,Forest,#1e8c28\n3,Sand,#c8b478\n")
    land = Land(folder / "image.tif", folder / "labels.tif", legend)
    for task in (Task.SCENE, Task.MULTILABEL):
        screen(folder / task.value, land, task)
    return folder


@pytest.fixture
def land(screened):
    return Land(screened / "image.tif", screened / "labels.tif", screened / "legend.csv")


@pytest.fixture(params=[Task.SCENE, Task.MULTILABEL], ids=["scene", "tags"])
def project(request, screened, tmp_path):
    """A project without a round, open; it may be changed."""
    shutil.copytree(screened / request.param.value, tmp_path / "p")
    with Project.open(tmp_path / "p") as opened:
        yield opened


@pytest.fixture
def tags(screened, tmp_path):
    """A project with any number of classes a tile."""
    shutil.copytree(screened / Task.MULTILABEL.value, tmp_path / "p")
    with Project.open(tmp_path / "p") as opened:
        yield opened
