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


@pytest.fixture
def paint_project(tmp_path):
    """A project of two classes over a raster of 128 x 128 px, written without the engine."""
    scene = tmp_path / "scene.tif"
    raster = gdal.GetDriverByName("GTiff").Create(str(scene), SIDE_PX, SIDE_PX, 3)
    raster.SetGeoTransform((500_000, 1, 0, 5_000_000, 0, -1))
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(32633)
    raster.SetProjection(crs.ExportToWkt())
    raster = None  # GDAL writes when it lets go
    coords = importlib.import_module(f"{PACKAGE}.al_core.coords")
    legends = importlib.import_module(f"{PACKAGE}.al_core.legend")
    projects = importlib.import_module(f"{PACKAGE}.al_core.project")
    grid = coords.TileGrid(SIDE_PX, SIDE_PX, 64, 16)
    image = projects.ImageRecord(
        id=1,
        path=str(scene),
        name="scene",
        height=SIDE_PX,
        width=SIDE_PX,
        crs_wkt=crs.ExportToWkt(),
        transform=coords.GeoTransform(500_000, 5_000_000, 1, -1),
        dtype="uint8",
        nodata=None,
        first_tile=0,
        tile_count=len(grid),
    )
    bands = projects.Normalisation((0.0,) * 3, (255.0,) * 3, (0.5,) * 3, (0.2,) * 3)
    settings = projects.ProjectSettings(64, 16, (1, 2, 3), bands, 0, "2026-01-01T00:00:00+00:00")
    classes = (
        legends.LegendClass(1, "Water", "#3a7bbf"),
        legends.LegendClass(2, "Land", "#b08a4f"),
    )
    valid = np.full(len(grid), grid.core_px**2, dtype=np.int32)
    new = projects.NewProject(
        (image,), legends.Legend(classes), settings, valid, np.array([3], dtype=np.int64)
    )
    folder = tmp_path / "paint.landloop"
    projects.Project.create(folder, new).close()
    return folder
