import pytest
from landloop.plugin.dock.layers_row import LAYERS, LayersRow
from landloop.plugin.dock.rows import LayersState
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest


@pytest.fixture
def row(shown):
    return shown(LayersRow())


def test_without_a_round_only_labels_can_be_switched(row):
    assert [row.boxes[name].isEnabled() for name in LAYERS] == [False, False, True]
    assert row.hint.isVisible()


def test_it_shows_the_state_without_a_word(row, heard):
    toggles, opacities = heard(row.toggled), heard(row.opacity_changed)
    row.set_state(LayersState(True, False, True, True, 0.25, 0.5, 1.0))
    assert [row.boxes[name].isChecked() for name in LAYERS] == [False, True, True]
    assert [row.opacities[name].value() for name in LAYERS] == [25, 50, 100]
    assert row.percents["prediction"].text() == "25 %"
    assert not row.hint.isVisible()
    assert toggles == []
    assert opacities == []


def test_a_click_switches_a_layer(row, heard):
    row.set_state(LayersState(available=True))
    toggles = heard(row.toggled)
    for name in LAYERS:
        QTest.keyClick(row.boxes[name], Qt.Key.Key_Space)
    assert toggles == [("prediction", False), ("uncertainty", True), ("labels", False)]


def test_a_slider_sets_the_opacity(row, heard):
    row.set_state(LayersState(available=True, uncertainty_opacity=0.5))
    opacities = heard(row.opacity_changed)
    QTest.keyClick(row.opacities["uncertainty"], Qt.Key.Key_PageUp)
    assert opacities == [("uncertainty", 0.6)]
    assert row.percents["uncertainty"].text() == "60 %"


def test_tips_name_the_keys(row):
    assert "(P)" in row.boxes["prediction"].toolTip()
    assert "(U)" in row.boxes["uncertainty"].toolTip()
    assert all(row.opacities[name].accessibleName() for name in LAYERS)
