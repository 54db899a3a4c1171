"""Tiles near by: outlines, hatching and the keys of their classes, drawn with lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from qgis.PyQt.QtCore import QPointF, QRectF, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPen, QPolygonF

from ...al_core.coords import TileGrid
from ...al_core.legend import Legend
from .placement import UPRIGHT_PX, Placement
from .tag_chips import Chip, Stamps, chips_of, stamp_chip, stamp_name
from .tile_states import Kind, TileStates

LINE_PX, CASING_PX, DOTS_PX = 2, 4, 1
MARK_PX, MARK_CASING_PX = 3, 6
INSET_PX = 3.0  # of the outlines, so that neighbours do not share a line
MARK_INSET_PX = 2.0
FILL_ALPHA, HATCH_ALPHA = 40, 90
CLEAR_PX = 130  # larger tiles are looked at closely: nothing is drawn across them
NAMED_PX = 220  # larger ones have room for the names of their classes
CHIP_SHARE, CHIP_MIN_PX, CHIP_MAX_PX = 0.16, 11, 22
CHIP_GAP_PX = 3
CASING, NEUTRAL, MARK = QColor(0, 0, 0, 150), QColor(225, 225, 225), QColor(255, 255, 255)
MARK_CASING = QColor(0, 0, 0, 220)
UNSURE_HATCH = QColor(240, 240, 240, 150)

Points = NDArray[np.float64]
Shape = QRectF | QPolygonF


@dataclass
class _Sheet:
    """What is drawn of tiles; shapes of one look are drawn at one go, which is quicker."""

    is_upright: bool
    fills: dict[tuple[int, int], tuple[QBrush, list[Shape]]] = field(default_factory=dict)
    lines: dict[tuple[int, int], tuple[QPen, list[Shape]]] = field(default_factory=dict)
    marks: list[Shape] = field(default_factory=list)
    stamps: list[tuple[QPointF, QImage]] = field(default_factory=list)

    def draw(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=not self.is_upright)
        painter.setPen(Qt.PenStyle.NoPen)
        for brush, shapes in self.fills.values():
            painter.setBrush(brush)
            self._draw(painter, shapes)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for _, (pen, shapes) in sorted(self.lines.items(), key=lambda item: item[0]):
            painter.setPen(pen)
            self._draw(painter, shapes)
        for pen in (_pen(MARK_CASING, MARK_CASING_PX), _pen(MARK, MARK_PX)):
            painter.setPen(pen)
            self._draw(painter, self.marks)
        for at, stamp in self.stamps:
            painter.drawImage(at, stamp)

    def _draw(self, painter: QPainter, shapes: list[Shape]) -> None:
        if self.is_upright and shapes:
            painter.drawRects(shapes)
        elif shapes:
            for shape in shapes:
                painter.drawPolygon(shape)


class TagDetail:
    """Draws the tiles of one grid."""

    def __init__(self, grid: TileGrid, first_tile: int, states: TileStates, legend: Legend) -> None:
        self.core_px = grid.core_px
        self._grid = grid
        self._first = first_tile
        self._states = states
        self._colors = [QColor(entry.color) for entry in legend]
        self._names = legend.names
        self._marked: NDArray[np.bool_] = np.zeros(len(grid), dtype=bool)
        self._shows_predictions = True
        self._stamps = Stamps()

    def mark(self, marked: NDArray[np.bool_]) -> None:
        """Mark these tiles as selected: bool by place on the grid."""
        self._marked = marked.copy()

    def show_predictions(self, shown: bool) -> None:  # noqa: FBT001 - a switch
        """Draw predicted tags, or leave them out."""
        self._shows_predictions = shown

    def draw(self, painter: QPainter, placement: Placement, area: QRectF, font: QFont) -> None:
        """Draw all tiles that touch a canvas rectangle; names are written in this font."""
        window = placement.visible(area)
        ratio = painter.device().devicePixelRatioF()
        tiles = [] if window is None else self._grid.tiles_in(window)
        shown = [tile for tile in tiles if self._kind(tile) or self._marked[tile]]
        quads = self._quads(placement, shown)
        sheet = _Sheet(_are_upright(quads))
        for tile, quad in zip(shown, quads, strict=True):
            if np.isfinite(quad).all():
                self._add(sheet, tile, quad, ratio, font)
        sheet.draw(painter)

    def _kind(self, tile: int) -> Kind:
        kind = Kind(self._states.kind[self._first + tile])
        return Kind.OPEN if kind is Kind.PREDICTED and not self._shows_predictions else kind

    def _quads(self, placement: Placement, tiles: Sequence[int]) -> Points:
        cores = [self._grid.core(tile) for tile in tiles]
        windows = np.array([(core.row, core.col, core.height, core.width) for core in cores])
        return placement.quads(windows.reshape(-1, 4))

    def _add(self, sheet: _Sheet, tile: int, quad: Points, ratio: float, font: QFont) -> None:
        kind = self._kind(tile)
        if kind:
            chips = chips_of(self._states, self._first + tile, self._colors)
            _add_outline(sheet, kind, chips, quad)
            self._add_chips(sheet, chips, quad, ratio, font)
        if self._marked[tile]:
            sheet.marks.append(_shape(sheet, quad, MARK_INSET_PX))

    def _add_chips(
        self, sheet: _Sheet, chips: Sequence[Chip], quad: Points, ratio: float, font: QFont
    ) -> None:
        """Add a chip a class in the lower left corner; the rank is in the upper one."""
        across, middle = _side(quad), quad.mean(axis=0)
        side = round(min(max(CHIP_SHARE * across, CHIP_MIN_PX), CHIP_MAX_PX))
        step, margin = side + CHIP_GAP_PX, INSET_PX + LINE_PX + CHIP_GAP_PX
        left, bottom = middle[0] - across / 2 + margin, middle[1] + across / 2 - margin
        named = across >= NAMED_PX
        in_row = 1 if named else max(1, int((across - 2 * margin + CHIP_GAP_PX) // step))
        for place, chip in enumerate(chips):
            row, col = divmod(place, in_row)
            at = QPointF(round(left + col * step), round(bottom - side - row * step))
            sheet.stamps.append((at, stamp_chip(self._stamps, chip, side, ratio)))
            if named and chip.label is not None:
                name = stamp_name(self._stamps, self._names[chip.label], side, ratio, font)
                sheet.stamps.append((at + QPointF(side + 2, 1), name))


def _add_outline(sheet: _Sheet, kind: Kind, chips: Sequence[Chip], quad: Points) -> None:
    """Add what is said of a tile as a whole: light fill, hatching, and a line around."""
    alone = len(chips) == 1 and chips[0].is_class and kind is not Kind.UNSURE
    color = chips[0].color if alone else NEUTRAL
    shape = _shape(sheet, quad, INSET_PX)
    if _side(quad) < CLEAR_PX and (alone or kind is not Kind.TAGGED):
        key = int(kind), color.rgb()
        sheet.fills.setdefault(key, (_filling(kind, color), []))[1].append(shape)
    if kind is Kind.PREDICTED:
        pen = _pen(color, DOTS_PX, Qt.PenStyle.DotLine)
        sheet.lines.setdefault((0, color.rgb()), (pen, []))[1].append(shape)
    else:
        sheet.lines.setdefault((1, 0), (_pen(CASING, CASING_PX), []))[1].append(shape)
        sheet.lines.setdefault((2, color.rgb()), (_pen(color, LINE_PX), []))[1].append(shape)


def _are_upright(quads: Points) -> bool:
    """Tell whether all tiles are rectangles that stand upright on screen."""
    if not len(quads):
        return True
    across, along = quads[:, 1] - quads[:, 0], quads[:, 3] - quads[:, 0]
    return bool(max(np.abs(across[:, 1]).max(), np.abs(along[:, 0]).max()) < UPRIGHT_PX)


def _side(quad: Points) -> float:
    """Return the side of a tile on screen."""
    return float(np.hypot(*(quad[1] - quad[0])))


def _filling(kind: Kind, color: QColor) -> QBrush:
    """Return what covers a tile: its colour, or hatching where it is no certain tag."""
    if kind is Kind.UNSURE:
        return QBrush(UNSURE_HATCH, Qt.BrushStyle.DiagCrossPattern)
    if kind is Kind.PREDICTED:
        return QBrush(_with_alpha(color, HATCH_ALPHA), Qt.BrushStyle.BDiagPattern)
    return QBrush(_with_alpha(color, FILL_ALPHA))


def _shape(sheet: _Sheet, quad: Points, inset_px: float) -> Shape:
    """Return a tile with its borders moved inwards."""
    if sheet.is_upright:
        (left, top), (right, bottom) = quad.min(axis=0).tolist(), quad.max(axis=0).tolist()
        area = QRectF(round(left), round(top), round(right - left), round(bottom - top))
        return area.adjusted(inset_px, inset_px, -inset_px, -inset_px)
    middle = quad.mean(axis=0)
    away = quad - middle
    size = np.abs(away).max()
    factor = max(0.0, 1 - inset_px / size) if size > 0 else 0.0
    return QPolygonF([QPointF(x, y) for x, y in (middle + factor * away).tolist()])


def _with_alpha(color: QColor, alpha: int) -> QColor:
    result = QColor(color)
    result.setAlpha(alpha)
    return result


def _pen(color: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    pen = QPen(color, width, style)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    return pen
