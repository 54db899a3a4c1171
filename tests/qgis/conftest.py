"""Real QGIS, and the repository root as a package of a fixed name."""

import importlib
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, osr

SIDE_PX = 128
PACKAGE = "landloop"  # the folder name in the zip, whatever the checkout is called
ROOT = Path(__file__).resolve().parents[2]


def _load_package():
    spec = importlib.util.spec_from_file_location(
        PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[PACKAGE])


if PACKAGE not in sys.modules:
    _load_package()


def write_scene(path, bands):
    """Write uint8 (3, h, w) as a GeoTIFF of 1 m a pixel; return its CRS as WKT."""
    _, height, width = bands.shape
    raster = gdal.GetDriverByName("GTiff").Create(str(path), width, height, 3)
    raster.SetGeoTransform((500_000, 1, 0, 5_000_000, 0, -1))
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32633)
    raster.SetProjection(crs.ExportToWkt())
    raster.WriteArray(bands)
    raster = None  # GDAL writes when it lets go
    return crs.ExportToWkt()


def make_project(folder, bands, tile_px, halo_px, validation, task="segmentation"):
    """Write a project over one image, without the engine; tagged ones have three classes."""
    configs, coords, legends, projects = (
        importlib.import_module(f"{PACKAGE}.al_core.{name}")
        for name in ("config", "coords", "legend", "project")
    )
    scene = folder.with_suffix(".tif")
    crs_wkt = write_scene(scene, bands)
    _, height, width = bands.shape
    grid = coords.TileGrid(height, width, tile_px, halo_px)
    image = projects.ImageRecord(
        id=1,
        path=str(scene),
        name="scene",
        height=height,
        width=width,
        crs_wkt=crs_wkt,
        transform=coords.GeoTransform(500_000, 5_000_000, 1, -1),
        dtype="uint8",
        nodata=None,
        first_tile=0,
        tile_count=len(grid),
    )
    stretch = projects.Normalisation((0.0,) * 3, (255.0,) * 3, (0.5,) * 3, (0.2,) * 3)
    kind = configs.Task(task)
    settings = projects.ProjectSettings(
        tile_px, halo_px, (1, 2, 3), stretch, 0, "2026-01-01T00:00:00+00:00", kind
    )
    classes = [
        legends.LegendClass(1, "Water", "#3a7bbf"),
        legends.LegendClass(2, "Land", "#b08a4f"),
    ]
    if kind.labels_tiles:
        classes.append(legends.LegendClass(5, "Town", "#c0392b"))
    valid = np.full(len(grid), grid.core_px**2, dtype=np.int32)
    new = projects.NewProject(
        (image,),
        legends.Legend(tuple(classes)),
        settings,
        valid,
        np.array(validation, dtype=np.int64),
    )
    projects.Project.create(folder, new).close()
    return folder


@pytest.fixture
def paint_project(tmp_path):
    """A project of two classes over a raster of 128 x 128 px, written without the engine."""
    bands = np.zeros((3, SIDE_PX, SIDE_PX), dtype=np.uint8)
    return make_project(tmp_path / "paint.landloop", bands, 64, 16, [3])


def tag_bands(rows, cols, tile_px):
    """A scene whose tile k has one colour, (3, h, w): Water, Land and Town in turn."""
    colors = np.array([[30, 90, 200], [150, 120, 60], [220, 60, 60]], dtype=np.uint8)
    tiles = colors[np.arange(rows * cols) % 3].reshape(rows, cols, 3)
    return tiles.repeat(tile_px, axis=0).repeat(tile_px, axis=1).transpose(2, 0, 1)


@pytest.fixture
def make_tag_project(tmp_path):
    """Write a project of 64 px tiles, 6 x 8 of them if not told otherwise; tile 3 validates."""

    def make(task="scene", rows=6, cols=8):
        folder = tmp_path / f"{task}.landloop"
        return make_project(folder, tag_bands(rows, cols, 64), 64, 0, [3], task)

    return make


def write_tile_map(path, project):
    """Write a map of one pixel a tile: 1, everywhere."""
    image = project.images[0]
    grid, step = project.grid(image.id), project.settings.tile_size_px
    raster = gdal.GetDriverByName("GTiff").Create(
        str(path), grid.cols, grid.rows, 1, gdal.GDT_Float32
    )
    geo = image.transform
    raster.SetGeoTransform((geo.x0, geo.dx * step, 0, geo.y0, 0, geo.dy * step))
    raster.SetProjection(image.crs_wkt)
    raster.GetRasterBand(1).Fill(1)


@pytest.fixture
def predict():
    """Write a round that predicts class k % 3 for tile k, as sure as `sure` (T,) says."""

    def write(folder, sure=None, features=4, skip=(), maps=()):
        projects = importlib.import_module(f"{PACKAGE}.al_core.project")
        scoring = importlib.import_module(f"{PACKAGE}.al_core.scoring")
        with projects.Project.open(folder) as project:
            ids = np.setdiff1d(project.tiles.ids, skip)
            classes = len(project.legend)
            sure = np.full(len(project.tiles), 0.95) if sure is None else np.asarray(sure)
            p = np.repeat((1 - sure[ids, None]) / (classes - 1), classes, axis=1)
            p[np.arange(ids.size), ids % classes] = sure[ids]
            rng = np.random.default_rng(0)
            looks = rng.normal(size=(ids.size, features)) * 0.1
            looks[np.arange(ids.size), ids % classes] += 3
            found = scoring.TagPredictions(ids, p, 1 - sure[ids], looks, "tags-1")
            confusion = np.tile(np.array([[8, 1], [1, 2]]), (classes, 1, 1))
            figures = (0.6,) * classes
            metrics = projects.RoundMetrics(confusion, figures, 0.6, (0.4,) * classes, figures)
            number = projects.NewRound("cpu", 0, "tags-1", 9, 9 * 4096, metrics, {}, {})
            round_folder = project.rounds.begin()
            found.save(round_folder / "tags.npz")
            for name in maps:
                write_tile_map(round_folder / f"{name}.tif", project)
            project.rounds.commit(round_folder, number)
        return found

    return write
