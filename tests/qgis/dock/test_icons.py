import re
from pathlib import Path

import pytest
from landloop.plugin.dock import icons
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QIcon

DOCK = Path(icons.__file__).parent
NAMES = sorted(path.stem for path in icons.FOLDER.glob("*.svg"))


def _inked(icon, size=24):
    image = icon.pixmap(size, size).toImage()
    colors = [image.pixelColor(x, y) for x in range(size) for y in range(size)]
    return [color for color in colors if color.alpha() > 200]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "landloop"])
def test_a_symbol_is_drawn_in_the_colour_of_button_text(qgis_app, name):
    ink = _inked(icons.icon(name))
    assert len(ink) > 15
    assert {color.name() for color in ink} == {icons._ink().name()}


def test_the_plugin_icon_is_readable_by_qgis_as_it_is(qgis_app):
    assert len(_inked(QIcon(str(icons.path("landloop"))))) > 100


def test_every_icon_that_the_dock_names_exists():
    sources = "".join(path.read_text(encoding="utf-8") for path in DOCK.glob("*.py"))
    named = set(re.findall(r'icon\("(\w+)"\)', sources))
    assert named
    assert named <= set(NAMES)


def test_a_swatch_keeps_its_colour_in_a_selected_row(qgis_app):
    swatch = icons.swatch("#2f86c8", "3", QSize(20, 16))
    image = swatch.pixmap(QSize(20, 16), QIcon.Mode.Selected).toImage()
    assert image.pixelColor(4, 8).name() == "#2f86c8"


@pytest.mark.parametrize(("color", "ink"), [("#102030", "#ffffff"), ("#f2e14e", "#000000")])
def test_the_key_on_a_swatch_can_be_read(qgis_app, color, ink):
    image = icons.swatch(color, "8", QSize(40, 32)).pixmap(QSize(40, 32)).toImage()
    found = {image.pixelColor(x, y).name() for x in range(12, 28) for y in range(6, 26)}
    assert QColor(ink).name() in found
