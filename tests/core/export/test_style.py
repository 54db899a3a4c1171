"""The files beside a map."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from al_core.errors import StorageError
from al_core.export.style import aux_text, qml_text, write_legend_sidecars
from al_core.legend import Legend


def parsed(text):
    return ET.fromstring(text)  # noqa: S314 - our own text


def test_the_qgis_style_holds_the_legend(legend, tmp_path):
    (tmp_path / "map.qml").write_text(qml_text(legend), encoding="utf-8")
    assert Legend.from_qml(tmp_path / "map.qml") == legend


def test_the_category_names_stand_at_their_values(legend):
    names = [item.text or "" for item in parsed(aux_text(legend)).iter("Category")]
    assert len(names) == 256
    assert {value: name for value, name in enumerate(names) if name} == {
        1: "Water",
        4: "Büsche & <Hecken>",
        255: "Sand",
    }


def test_the_attribute_table_has_values_names_and_colours(legend):
    table = parsed(aux_text(legend)).find(".//GDALRasterAttributeTable")
    fields = [
        (field.findtext("Name"), field.findtext("Usage")) for field in table.iter("FieldDefn")
    ]
    rows = [[cell.text for cell in row] for row in table.iter("Row")]
    assert fields == [("Value", "5"), ("Class", "2"), ("Red", "6"), ("Green", "7"), ("Blue", "8")]
    assert rows[1] == ["4", "Büsche & <Hecken>", "30", "140", "40"]


def test_what_gdal_says_of_the_whole_raster_stays_and_old_bands_go(legend):
    before = (
        "<PAMDataset>\n  <SRS>odd</SRS>\n"
        '  <PAMRasterBand band="1">\n    <Metadata/>\n  </PAMRasterBand>\n</PAMDataset>\n'
    )
    once = aux_text(legend, before)
    root = parsed(once)
    assert root.findtext("SRS") == "odd"
    assert len(root.findall("PAMRasterBand")) == 1
    assert root.find(".//Metadata") is None
    assert aux_text(legend, once) == once


def test_the_files_lie_beside_the_map_and_nothing_half_is_left(legend, tmp_path):
    written = write_legend_sidecars(tmp_path / "map.tif", legend)
    assert written == (tmp_path / "map.qml", tmp_path / "map.tif.aux.xml")
    assert sorted(tmp_path.iterdir()) == sorted(written)


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs Linux's /sys")
def test_a_protected_folder_is_a_sentence(legend):
    with pytest.raises(StorageError, match=r"cannot be written. Choose another folder"):
        write_legend_sidecars(Path("/sys/kernel/map.tif"), legend)
