"""The legend: reading, writing, translating, refusing."""

import numpy as np
import pytest

from al_core.errors import LabelError, LegendError, StorageError
from al_core.legend import UNLABELLED, Legend, LegendClass

QML = """<qgis><pipe><rasterrenderer type="paletted"><colorPalette>
<paletteEntry value="3" label="Water" color="#3366CC" alpha="255"/>
<paletteEntry value="7" label="" color="#228833" alpha="255"/>
</colorPalette></rasterrenderer></pipe></qgis>"""


@pytest.fixture
def legend():
    return Legend(
        (
            LegendClass(11, "Water", "#3366cc"),
            LegendClass(41, "Forêt, dense", "#228833"),
            LegendClass(0, "Road", "#888888"),
        )
    )


def test_a_legend_survives_the_way_to_csv_and_back(legend, tmp_path):
    legend.to_csv(tmp_path / "legend.csv")
    assert Legend.from_csv(tmp_path / "legend.csv") == legend


def test_csv_columns_may_come_in_any_order_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "legend.csv"
    path.write_text("Color,NAME,value\n#FF0000, Roof ,2\n#00ff00,Tree,1\n", encoding="utf-8-sig")
    assert Legend.from_csv(path) == Legend(
        (LegendClass(2, "Roof", "#ff0000"), LegendClass(1, "Tree", "#00ff00"))
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("value,name\n1,a\n2,b\n", "value,name,color"),
        ("", "value,name,color"),
        ("value,name,color\n1,a,#000000\n", "1 class"),
        ("value,name,color\nx,a,#000000\n2,b,#ffffff\n", "line 2"),
        ("value,name,color\n1,a,red\n2,b,#ffffff\n", "#rrggbb"),
        ("value,name,color\n1,a,#000000\n1,b,#ffffff\n", "value “1” twice"),
        ("value,name,color\n1,a,#000000\n2,a,#ffffff\n", "name “a” twice"),
        ("value,name,color\n1,,#000000\n2,b,#ffffff\n", "no name"),
        ("value,name,color\n256,a,#000000\n2,b,#ffffff\n", "0 to 255"),
    ],
)
def test_a_legend_that_makes_no_sense_is_refused_in_one_sentence(tmp_path, text, sentence):
    path = tmp_path / "legend.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LegendError, match=sentence):
        Legend.from_csv(path)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00bad"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path, content):
    path = tmp_path / "legend.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LegendError, match="cannot be read"):
        Legend.from_csv(path)


def test_a_legend_below_a_file_that_is_full_says_so(legend, tmp_path, monkeypatch):
    def fill_the_disk(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(tmp_path), "write_text", fill_the_disk)
    with pytest.raises(StorageError, match="full"):
        legend.to_csv(tmp_path / "legend.csv")


def test_a_qgis_style_gives_values_labels_and_colours(tmp_path):
    path = tmp_path / "style.qml"
    path.write_text(QML, encoding="utf-8")
    assert Legend.from_qml(path) == Legend(
        (LegendClass(3, "Water", "#3366cc"), LegendClass(7, "7", "#228833"))
    )


@pytest.mark.parametrize(
    ("text", "sentence"), [("<qgis/>", "no palette"), ("value,name", "not a QGIS style")]
)
def test_a_style_without_a_palette_is_refused(tmp_path, text, sentence):
    path = tmp_path / "style.qml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LegendError, match=sentence):
        Legend.from_qml(path)


def test_a_colour_table_becomes_a_legend_in_the_order_of_its_values():
    legend = Legend.from_palette({9: (255, 0, 16), 2: (0, 0, 0)})
    assert [(entry.value, entry.color) for entry in legend] == [(2, "#000000"), (9, "#ff0010")]


def test_a_class_knows_its_colour_in_numbers(legend):
    assert legend[0].rgb == (0x33, 0x66, 0xCC)
    assert legend.names == ("Water", "Forêt, dense", "Road")
    assert len(legend) == 3


def test_values_become_class_indices(legend):
    values = np.array([[11, 0], [41, 255]], dtype=np.uint8)
    indices = legend.indices_of(values, unlabelled=(255,))
    assert indices.tolist() == [[0, 2], [1, UNLABELLED]]
    assert indices.dtype == np.uint8


def test_nan_is_unlabelled_and_whole_floats_are_values(legend):
    values = np.array([41.0, np.nan, -9999.0], dtype=np.float32)
    assert legend.indices_of(values, unlabelled=(-9999,)).tolist() == [1, UNLABELLED, UNLABELLED]


def test_a_value_can_be_a_class_and_unlabelled_only_if_asked(legend):
    assert legend.indices_of(np.array([0])).tolist() == [2]
    assert legend.indices_of(np.array([0]), unlabelled=(0,)).tolist() == [UNLABELLED]


def test_values_outside_the_legend_are_named_with_their_counts(legend):
    with pytest.raises(LabelError, match=r"5 \(3 px\), 12 \(1 px\)"):
        legend.indices_of(np.array([5, 5, 12, 11, 5]))


def test_a_long_list_of_unknown_values_is_cut(legend):
    with pytest.raises(LabelError, match="and 12 more"):
        legend.indices_of(np.arange(100, 120))


@pytest.mark.parametrize(
    ("values", "expected"), [((1, 2), 255), ((255, 2), 0), ((255, 0), 254), ((255, 0, 254), 253)]
)
def test_the_nodata_value_is_one_no_class_uses(values, expected):
    classes = tuple(LegendClass(value, f"c{value}", "#000000") for value in values)
    assert Legend(classes).nodata_value == expected
