"""An exported map in the real QGIS: its names and colours."""

import pytest
from landloop.al_core.export.style import write_legend_sidecars
from landloop.al_core.legend import Legend, LegendClass
from osgeo import gdal, osr
from qgis.core import QgsPalettedRasterRenderer, QgsRasterLayer

LEGEND = Legend(
    (
        LegendClass(1, "Water", "#2850c8"),
        LegendClass(4, 'Büsche & "Hecken" <5 m', "#1e8c28"),
        LegendClass(200, "Sand", "#c8b478"),
    )
)


@pytest.fixture
def exported(tmp_path):
    """A small class map with the files that an export puts beside it."""
    path = tmp_path / "map.tif"
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), 8, 8, 1, gdal.GDT_Byte)
    place = osr.SpatialReference()
    place.ImportFromEPSG(32632)
    dataset.SetProjection(place.ExportToWkt())
    dataset.SetGeoTransform((500_000, 10, 0, 5_600_000, 0, -10))
    dataset.GetRasterBand(1).SetNoDataValue(255)
    dataset.GetRasterBand(1).Fill(4)
    del dataset
    write_legend_sidecars(path, LEGEND)
    return path


def test_qgis_draws_the_map_with_the_legends_names_and_colours(qgis_app, exported):
    layer = QgsRasterLayer(str(exported), "map")

    assert layer.isValid()
    assert layer.crs().authid() == "EPSG:32632"
    renderer = layer.renderer()
    assert isinstance(renderer, QgsPalettedRasterRenderer)
    shown = [(item.value, item.label, item.color.name()) for item in renderer.classes()]
    assert shown == [(entry.value, entry.name, entry.color) for entry in LEGEND]


def test_gdal_knows_the_class_names_and_the_attribute_table(qgis_app, exported):
    dataset = gdal.Open(str(exported))  # a band does not keep its dataset alive
    dataset.GetGeoTransform()  # makes GDAL 3.6 read the side file, names alone do not
    band = dataset.GetRasterBand(1)

    names = band.GetCategoryNames()
    assert {value: name for value, name in enumerate(names) if name} == {
        entry.value: entry.name for entry in LEGEND
    }
    table = band.GetDefaultRAT()
    columns = {table.GetUsageOfCol(place): place for place in range(table.GetColumnCount())}
    assert [table.GetValueAsInt(row, columns[gdal.GFU_MinMax]) for row in range(3)] == [1, 4, 200]
    assert table.GetValueAsString(1, columns[gdal.GFU_Name]) == LEGEND[1].name
    assert table.GetValueAsInt(1, columns[gdal.GFU_Green]) == 0x8C
