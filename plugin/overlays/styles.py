"""How LandLoop's layers look: made to be read over imagery."""

from __future__ import annotations

from qgis.core import (
    QgsColorRampShader,
    QgsFillSymbol,
    QgsLineSymbol,
    QgsPalettedRasterRenderer,
    QgsPalLayerSettings,
    QgsRasterDataProvider,
    QgsRasterShader,
    QgsRuleBasedRenderer,
    QgsSimpleLineSymbolLayer,
    QgsSingleBandPseudoColorRenderer,
    QgsSingleSymbolRenderer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayerSimpleLabeling,
    QgsWkbTypes,
)
from qgis.PyQt.QtGui import QColor, QFont

from ...al_core.legend import Legend
from ..messages import tr

UNCERTAINTY_TINT = "#ff00d4"  # nothing on land or water has this colour
UNCERTAINTY_ALPHA = ((0.0, 0), (0.1, 25), (0.25, 80), (0.5, 145), (0.75, 190), (1.0, 220))
PICK, VALIDATION = "255,200,0", "90,225,255"
LABELLED, GRID, CASING = "255,255,255", "255,255,255", "0,0,0"


def prediction_renderer(
    provider: QgsRasterDataProvider, legend: Legend
) -> QgsPalettedRasterRenderer:
    """Draw class values in the legend's colours, under the legend's names."""
    classes = [
        QgsPalettedRasterRenderer.Class(entry.value, QColor(entry.color), entry.name)
        for entry in legend
    ]
    return QgsPalettedRasterRenderer(provider, 1, classes)


def uncertainty_renderer(provider: QgsRasterDataProvider) -> QgsSingleBandPseudoColorRenderer:
    """Draw values 0…1 in one tint that grows from invisible to nearly opaque."""
    ramp = QgsColorRampShader(0.0, 1.0)
    ramp.setColorRampType(QgsColorRampShader.Type.Interpolated)
    ramp.setColorRampItemList(
        [
            QgsColorRampShader.ColorRampItem(value, _tint(alpha), f"{value:g}")
            for value, alpha in UNCERTAINTY_ALPHA
        ]
    )
    shader = QgsRasterShader()
    shader.setRasterShaderFunction(ramp)
    renderer = QgsSingleBandPseudoColorRenderer(provider, 1, shader)
    renderer.setClassificationMin(0.0)
    renderer.setClassificationMax(1.0)
    return renderer


def tile_renderer(overview_scale: float) -> QgsRuleBasedRenderer:
    """Draw picks, validation tiles and labelled tiles.

    Beyond `overview_scale` (a denominator), where a tile is a few pixels, only picks stay.
    """
    root = QgsRuleBasedRenderer.Rule(None)
    for label, expression, symbol, everywhere in (
        (
            tr("Labelled"),
            '"rank" IS NULL AND "role" = \'pool\'',
            _outline((LABELLED, 140, 0.2, "solid"), level=0),
            False,
        ),
        (
            tr("Validation"),
            '"rank" IS NULL AND "role" = \'validation\'',
            _outline((CASING, 130, 0.9, "solid"), (VALIDATION, 255, 0.5, "dash"), level=1),
            False,
        ),
        (
            tr("Picked, labelled"),
            '"rank" IS NOT NULL AND "state" = \'labelled\'',
            _outline((CASING, 110, 0.8, "solid"), (PICK, 200, 0.35, "solid"), level=3),
            True,
        ),
        (
            tr("Label next"),
            '"rank" IS NOT NULL AND "state" <> \'labelled\'',
            _outline((CASING, 190, 1.3, "solid"), (PICK, 255, 0.7, "solid"), level=5),
            True,
        ),
    ):
        rule = QgsRuleBasedRenderer.Rule(symbol, 0, 0, expression, label)
        if not everywhere:
            rule.setMinimumScale(overview_scale)
        root.appendChild(rule)
    renderer = QgsRuleBasedRenderer(root)
    renderer.setUsingSymbolLevels(True)
    return renderer


def rank_labeling(overview_scale: float) -> QgsVectorLayerSimpleLabeling:
    """Write the rank of a pick into the upper left corner of its tile."""
    settings = QgsPalLayerSettings()
    settings.fieldName = 'CASE WHEN "state" <> \'labelled\' THEN "rank" END'
    settings.isExpression = True
    settings.geometryGenerator = "make_point(x_min($geometry), y_max($geometry))"
    settings.geometryGeneratorType = QgsWkbTypes.GeometryType.PointGeometry
    settings.geometryGeneratorEnabled = True
    settings.placement = QgsPalLayerSettings.Placement.OverPoint
    settings.quadOffset = QgsPalLayerSettings.QuadrantPosition.QuadrantBelowRight
    settings.xOffset, settings.yOffset = 1.2, 0.8
    settings.scaleVisibility = True
    settings.minimumScale = overview_scale
    settings.setFormat(_rank_format())
    return QgsVectorLayerSimpleLabeling(settings)


def grid_renderer() -> QgsSingleSymbolRenderer:
    """Draw the borders of all tiles as hairlines."""
    return QgsSingleSymbolRenderer(
        QgsLineSymbol.createSimple({"line_color": f"{GRID},70", "line_width": "0.15"})
    )


def _rank_format() -> QgsTextFormat:
    buffer = QgsTextBufferSettings()
    buffer.setEnabled(True)
    buffer.setSize(0.8)
    buffer.setColor(QColor(0, 0, 0, 200))
    font = QFont()
    font.setBold(True)
    text = QgsTextFormat()
    text.setFont(font)
    text.setSize(11)
    text.setColor(QColor(*map(int, PICK.split(","))))
    text.setBuffer(buffer)
    return text


def _outline(*lines: tuple[str, int, float, str], level: int) -> QgsFillSymbol:
    """Return nothing inside, and around it lines (r,g,b; alpha; mm; pen) from `level` up."""
    symbol = QgsFillSymbol()
    symbol.deleteSymbolLayer(0)
    for step, (color, alpha, width, pen) in enumerate(lines):
        line = QgsSimpleLineSymbolLayer.create(
            {
                "line_color": f"{color},{alpha}",
                "line_width": str(width),
                "line_style": pen,
                "joinstyle": "miter",
                "capstyle": "flat",
            }
        )
        line.setRenderingPass(level + step)
        symbol.appendSymbolLayer(line)
    return symbol


def _tint(alpha: int) -> QColor:
    color = QColor(UNCERTAINTY_TINT)
    color.setAlpha(alpha)
    return color
