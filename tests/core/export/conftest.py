"""A project with a predicted round, without any network."""

import numpy as np
import pytest
import rasterio
from affine import Affine

from al_core.coords import Window
from al_core.geo.rasters import inspect
from al_core.geo.writer import MapFormat, MapWriter, map_path
from al_core.legend import Legend, LegendClass
from al_core.project import (
    ImageRecord,
    NewProject,
    NewRound,
    Normalisation,
    Project,
    ProjectSettings,
    RoundMetrics,
)

HEIGHT, WIDTH, CORE_PX = 100, 130, 32
LEGEND = Legend(
    (
        LegendClass(1, "Water", "#2850c8"),
        LegendClass(4, "Büsche & <Hecken>", "#1e8c28"),
        LegendClass(255, "Sand", "#c8b478"),
    )
)


@pytest.fixture
def legend():
    return LEGEND


@pytest.fixture
def make_project(tmp_path):
    """Return an open project over scenes of these names; closed at the end of the test."""
    opened = []

    def make(names=("scene",), crs="EPSG:4326"):
        records = []
        for number, name in enumerate(names, 1):
            info = inspect(_write_scene(tmp_path / str(number) / f"{name}.tif", crs, number))
            records.append(_record(info, number))
        tiles = sum(record.tile_count for record in records)
        new = NewProject(
            images=tuple(records),
            legend=LEGEND,
            settings=ProjectSettings(
                64, 16, (1,), Normalisation((0.0,), (1.0,), (0.0,), (1.0,)), 0, "2024-01-01"
            ),
            valid_px=np.full(tiles, CORE_PX**2, dtype=np.int32),
            validation=np.array([], dtype=np.int64),
        )
        project = Project.create(tmp_path / "area.landloop", new)
        opened.append(project)
        return project

    yield make
    for project in opened:
        project.close()


@pytest.fixture
def add_round():
    """Finish a round whose predictions are the given arrays of legend values."""

    def add(project, *predictions):
        folder = project.rounds.begin()
        for image, values in zip(project.images, predictions, strict=False):
            path = map_path(folder, "prediction", image.id, len(project.images))
            with MapWriter(path, image, MapFormat(nodata=0)) as writer:
                writer.write(Window(0, 0, *values.shape), values)
        nothing = (0.0,) * len(LEGEND)
        metrics = RoundMetrics(np.zeros((3, 3), dtype=np.int64), nothing, 0.0, nothing, nothing)
        new = NewRound("CPU", 11, "abc123", 4, 999, metrics, {}, {})
        return project.rounds.commit(folder, new)

    return add


def _write_scene(path, crs, number):
    path.parent.mkdir()
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "crs": crs}
    grid = Affine(0.0001, 0, 7.3 + number, 0, -0.0001, 51.2)
    with rasterio.open(path, "w", height=HEIGHT, width=WIDTH, transform=grid, **profile) as scene:
        scene.write(np.ones((1, HEIGHT, WIDTH), np.uint8))
    return path


def _record(info, number):
    tiles = (-(-HEIGHT // CORE_PX)) * (-(-WIDTH // CORE_PX))
    return ImageRecord(
        id=number,
        path=info.path,
        name=info.name,
        height=info.height,
        width=info.width,
        crs_wkt=info.crs_wkt,
        transform=info.transform,
        dtype=info.dtype,
        nodata=info.nodata,
        first_tile=(number - 1) * tiles,
        tile_count=tiles,
    )
