"""Tiles near by: outlines, hatching and the keys of their classes, drawn with lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from qgis.PyQt.QtCore import QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QPainter, QPen, QPicture, QPolygonF

from ...al_core.coords import TileGrid
from ...al_core.legend import Legend
from .placement import Placement
from .tag_chips import Chip, chips_of, draw_chip, draw_name
from .tile_states import Kind, TileStates

LINE_PX, CASING_PX, MARK_PX = 2.4, 4.4, 3.0
INSET_PX = 3.0  # of the outlines, so that neighbours do not share a line
MARK_INSET_PX = 1.5
FILL_ALPHA, HATCH_ALPHA = 40, 90
CLEAR_PX = 100  # larger tiles are looked at closely: nothing is drawn across them
NAMED_PX = 220  # larger ones have room for the names of their classes
CHIP_SHARE, CHIP_MIN_PX, CHIP_MAX_PX = 0.16, 11.0, 22.0
CHIP_GAP_PX = 3.0
CASING, NEUTRAL, MARK = QColor(0, 0, 0, 150), QColor(225, 225, 225), QColor(255, 255, 255)
UNSURE_HATCH = QColor(240, 240, 240, 150)

Points = NDArray[np.float64]


class TagDetail:
    """Records the tiles of one grid as drawing commands, to be played back while panning."""

    def __init__(self, grid: TileGrid, first_tile: int, states: TileStates, legend: Legend) -> None:
        self.core_px = grid.core_px
        self._grid = grid
        self._first = first_tile
        self._states = states
        self._colors = [QColor(entry.color) for entry in legend]
        self._names = legend.names
        self._marked: NDArray[np.bool_] = np.zeros(len(grid), dtype=bool)
        self._shows_predictions = True

    def mark(self, marked: NDArray[np.bool_]) -> None:
        """Mark these tiles as selected: bool by place on the grid."""
        self._marked = marked.copy()

    def show_predictions(self, shown: bool) -> None:  # noqa: FBT001 - a switch
        """Draw predicted tags, or leave them out."""
        self._shows_predictions = shown

    def record(self, placement: Placement, area: QRectF) -> QPicture:
        """Return the drawing of all tiles that touch a canvas rectangle."""
        picture = QPicture()
        window = placement.visible(area)
        tiles = [] if window is None else self._grid.tiles_in(window)
        shown = [tile for tile in tiles if self._kind(tile) or self._marked[tile]]
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for tile, quad in zip(shown, self._quads(placement, shown), strict=True):
            if np.isfinite(quad).all():
                self._draw(painter, tile, quad)
        painter.end()
        return picture

    def _kind(self, tile: int) -> Kind:
        kind = Kind(self._states.kind[self._first + tile])
        return Kind.OPEN if kind is Kind.PREDICTED and not self._shows_predictions else kind

    def _quads(self, placement: Placement, tiles: Sequence[int]) -> Points:
        cores = [self._grid.core(tile) for tile in tiles]
        windows = np.array([(core.row, core.col, core.height, core.width) for core in cores])
        return placement.quads(windows.reshape(-1, 4))

    def _draw(self, painter: QPainter, tile: int, quad: Points) -> None:
        kind = self._kind(tile)
        if kind:
            chips = chips_of(self._states, self._first + tile, self._colors)
            self._draw_outline(painter, kind, chips, quad)
            self._draw_chips(painter, chips, quad)
        if self._marked[tile]:
            _draw_mark(painter, _inset(quad, MARK_INSET_PX))

    def _draw_outline(
        self, painter: QPainter, kind: Kind, chips: Sequence[Chip], quad: Points
    ) -> None:
        """Draw what is said of a tile as a whole: light fill, hatching, and a line around."""
        color, outline = _ink(kind, chips), _inset(quad, INSET_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        if _side(quad) < CLEAR_PX:
            painter.setBrush(_filling(kind, color, len(chips) == 1 and chips[0].is_class))
            painter.drawPolygon(outline)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if kind is not Kind.PREDICTED:
            painter.setPen(_pen(CASING, CASING_PX))
            painter.drawPolygon(outline)
        style = Qt.PenStyle.DotLine if kind is Kind.PREDICTED else Qt.PenStyle.SolidLine
        painter.setPen(_pen(color, LINE_PX / 2 if kind is Kind.PREDICTED else LINE_PX, style))
        painter.drawPolygon(outline)

    def _draw_chips(self, painter: QPainter, chips: Sequence[Chip], quad: Points) -> None:
        """Draw a chip a class into the lower left corner; the rank is in the upper one."""
        across, middle = _side(quad), quad.mean(axis=0)
        side = min(max(CHIP_SHARE * across, CHIP_MIN_PX), CHIP_MAX_PX)
        step, margin = side + CHIP_GAP_PX, INSET_PX + LINE_PX + CHIP_GAP_PX
        left, bottom = middle[0] - across / 2 + margin, middle[1] + across / 2 - margin
        named = across >= NAMED_PX
        in_row = 1 if named else max(1, int((across - 2 * margin + CHIP_GAP_PX) // step))
        for place, chip in enumerate(chips):
            row, col = divmod(place, in_row)
            area = QRectF(left + col * step, bottom - side - row * step, side, side)
            draw_chip(painter, area, chip)
            if named and chip.label is not None:
                draw_name(painter, area, self._names[chip.label])


def _side(quad: Points) -> float:
    """Return the side of a tile on screen."""
    return float(np.hypot(*(quad[1] - quad[0])))


def _filling(kind: Kind, color: QColor, is_alone: bool) -> QBrush:  # noqa: FBT001 - of the chips
    """Return what covers a tile: its colour, or hatching where it is no certain tag."""
    if kind is Kind.UNSURE:
        return QBrush(UNSURE_HATCH, Qt.BrushStyle.DiagCrossPattern)
    if kind is Kind.PREDICTED:
        return QBrush(_with_alpha(color, HATCH_ALPHA), Qt.BrushStyle.BDiagPattern)
    return QBrush(_with_alpha(color, FILL_ALPHA)) if is_alone else QBrush()


def _draw_mark(painter: QPainter, outline: QPolygonF) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((QColor(0, 0, 0, 220), MARK_PX + 3), (MARK, MARK_PX)):
        painter.setPen(_pen(color, width))
        painter.drawPolygon(outline)


def _inset(quad: Points, inset_px: float) -> QPolygonF:
    """Return a quadrilateral with its corners moved towards its middle."""
    middle = quad.mean(axis=0)
    away = quad - middle
    size = np.abs(away).max()
    factor = max(0.0, 1 - inset_px / size) if size > 0 else 0.0
    return QPolygonF([QPointF(x, y) for x, y in (middle + factor * away).tolist()])


def _ink(kind: Kind, chips: Sequence[Chip]) -> QColor:
    """Return the colour of a tile's outline: that of its class if it has just one."""
    alone = len(chips) == 1 and chips[0].is_class and kind is not Kind.UNSURE
    return chips[0].color if alone else NEUTRAL


def _with_alpha(color: QColor, alpha: int) -> QColor:
    result = QColor(color)
    result.setAlpha(alpha)
    return result


def _pen(color: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    pen = QPen(color, width, style)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    return pen
