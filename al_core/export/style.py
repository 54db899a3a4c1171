"""The files beside a class map that tell QGIS and GDAL its names and colours: text only."""

from __future__ import annotations

import os
import re
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr  # nosec B406 - it writes, and parses nothing

from ..errors import explain_disk_errors
from ..legend import Legend

# GDAL's numbers for the type and the use of a column of an attribute table.
_INTEGER, _TEXT = 0, 2
_COLUMNS = (
    ("Value", _INTEGER, 5),
    ("Class", _TEXT, 2),
    ("Red", _INTEGER, 6),
    ("Green", _INTEGER, 7),
    ("Blue", _INTEGER, 8),
)


def write_legend_sidecars(tif: Path, legend: Legend) -> tuple[Path, Path]:
    """Write `.qml` (QGIS) and `.tif.aux.xml` (GDAL) beside a class map.

    Args:
        tif: A map of legend values in its only band.
        legend: The classes.

    Returns:
        The two files.

    Raises:
        StorageError: The disk is full or protected.
    """
    qml = tif.with_suffix(".qml")
    aux = tif.with_name(tif.name + ".aux.xml")
    _replace(qml, qml_text(legend))
    with explain_disk_errors(aux):
        before = aux.read_text(encoding="utf-8") if aux.exists() else ""
    _replace(aux, aux_text(legend, before))
    return qml, aux


def qml_text(legend: Legend) -> str:
    """Return a QGIS style: the legend as “Paletted/Unique values”."""
    entries = "\n".join(
        f'        <paletteEntry value="{entry.value}" color="{entry.color}" alpha="255" '
        f"label={quoteattr(entry.name)}/>"
        for entry in legend
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        '<qgis version="3.22.0" styleCategories="Symbology">\n'
        "  <pipe>\n"
        '    <rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1" '
        'nodataColor="">\n'
        "      <rasterTransparency/>\n"
        f"      <colorPalette>\n{entries}\n      </colorPalette>\n"
        "    </rasterrenderer>\n"
        '    <brightnesscontrast brightness="0" contrast="0" gamma="1"/>\n'
        '    <huesaturation saturation="0" grayscaleMode="0" colorizeOn="0"/>\n'
        '    <rasterresampler maxOversampling="2"/>\n'
        "  </pipe>\n"
        "  <blendMode>0</blendMode>\n"
        "</qgis>\n"
    )


def aux_text(legend: Legend, before: str = "") -> str:
    """Return GDAL's side file with category names and a raster attribute table.

    Args:
        legend: The classes.
        before: A side file that GDAL has written; what it says of the whole raster stays.
    """
    rest = re.search(r"<PAMDataset[^>]*>(.*)</PAMDataset>", before, re.DOTALL)
    kept = re.sub(
        r"\s*<PAMRasterBand.*?</PAMRasterBand>", "", rest.group(1) if rest else "", flags=re.DOTALL
    )
    return (
        f"<PAMDataset>{kept.rstrip()}\n"
        '  <PAMRasterBand band="1">\n'
        f"    <CategoryNames>\n{_categories(legend)}\n    </CategoryNames>\n"
        '    <GDALRasterAttributeTable tableType="thematic">\n'
        f"{_columns()}\n{_rows(legend)}\n"
        "    </GDALRasterAttributeTable>\n"
        "  </PAMRasterBand>\n"
        "</PAMDataset>\n"
    )


def _categories(legend: Legend) -> str:
    """Return the names by value; a value that no class uses has an empty one."""
    names = {entry.value: escape(entry.name) for entry in legend}
    return "\n".join(
        f"      <Category>{names.get(value, '')}</Category>" for value in range(max(names) + 1)
    )


def _columns() -> str:
    return "\n".join(
        f'      <FieldDefn index="{place}"><Name>{name}</Name><Type>{kind}</Type>'
        f"<Usage>{usage}</Usage></FieldDefn>"
        for place, (name, kind, usage) in enumerate(_COLUMNS)
    )


def _rows(legend: Legend) -> str:
    cells = [(entry.value, escape(entry.name), *entry.rgb) for entry in legend]
    return "\n".join(
        f'      <Row index="{place}">' + "".join(f"<F>{cell}</F>" for cell in row) + "</Row>"
        for place, row in enumerate(cells)
    )


def _replace(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    try:
        with explain_disk_errors(path):
            with part.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
