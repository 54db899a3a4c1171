"""How one tile looks in the gallery: its picture, and below it what is said of it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from qgis.PyQt.QtCore import QRect, QRectF, Qt
from qgis.PyQt.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QPainter,
    QPalette,
    QPen,
)

from ....al_core.legend import Legend
from ....al_core.project import Role, TileTable
from ...messages import tr
from ...overlays.tag_chips import NEUTRAL, Chip, Stamps, chips_of, draw_chip
from ...overlays.tile_states import Kind, TileStates
from .. import phrases

PADDING_PX, GAP_PX = 5, 3
CAPTION_LINES = 1.35  # heights of the font
FRAME_PX = 2.5
VALIDATION = QColor("#5ae1ff")  # as on the map
DARK = QColor(0, 0, 0, 150)
UNSURE_HATCH = QColor(245, 245, 245, 150)
EMPTY = QColor(128, 128, 128, 60)
SMALLER = 0.9
LEAST_NAME_PX = 24
LIKELY = 3  # classes whose probability the tooltip tells


@dataclass(frozen=True, eq=False)
class Facts:
    """What the cards show: the tiles, what is known of them, and the classes."""

    tiles: TileTable
    states: TileStates
    legend: Legend
    colors: tuple[QColor, ...]


class Look(NamedTuple):
    """How a card is shown: the side of its picture, and whether it is selected or walked to."""

    picture_px: int
    is_selected: bool
    is_current: bool


class Said(NamedTuple):
    """What is said of a tile, as a key: its Kind, its tags, and the certainty in per cent."""

    kind: int
    tags: Hashable
    percent: int


class Caption(NamedTuple):
    """What is written below a picture, and in which colour."""

    tile: int
    percent: int
    chips: list[Chip]
    ink: QColor


class CardPainter:
    """Draws cards with one font and one palette; what many of them share is drawn once."""

    def __init__(self, font: QFont, palette: QPalette) -> None:
        self.font = QFont(font)
        self.font.setPointSizeF(font.pointSizeF() * SMALLER)
        self._metrics = QFontMetrics(self.font)
        self._ink = palette.color(QPalette.ColorRole.Text)
        self._selected = palette.color(QPalette.ColorRole.Highlight)
        self._selected_ink = palette.color(QPalette.ColorRole.HighlightedText)
        self.caption_px = round(self._metrics.height() * CAPTION_LINES)
        self._stamps = Stamps()

    def size(self, picture_px: int) -> tuple[int, int]:
        """Return width and height of a card whose picture has this side."""
        side = picture_px + 2 * PADDING_PX
        return side, side + self.caption_px

    def draw(
        self,
        painter: QPainter,
        area: QRect,
        tile: int,
        facts: Facts,
        picture: QImage | None,
        look: Look,
    ) -> None:
        """Draw one card into its cell."""
        side = look.picture_px
        left, top = area.left() + (area.width() - side) // 2, area.top() + PADDING_PX
        square = QRect(left, top, side, side)
        if look.is_selected:
            painter.fillRect(area.adjusted(1, 1, -1, -1), self._selected)
        if picture is None:
            painter.fillRect(square, EMPTY)
        else:
            painter.drawImage(square, picture)
        said = _said(tile, facts)
        ratio = painter.device().devicePixelRatioF()
        painter.drawImage(left, top, self._frame(tile, facts, said, side, ratio))
        width = area.width() - 2 * PADDING_PX
        caption = self._caption(tile, facts, said, width, look, ratio)
        painter.drawImage(area.left() + PADDING_PX, top + side + GAP_PX, caption)
        if look.is_current:
            painter.setPen(QPen(self._ink, 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(1, 1, -2, -2))

    def _frame(self, tile: int, facts: Facts, said: Said, side: int, ratio: float) -> QImage:
        """Return what lies over a picture: a line around, hatching, the mark of validation."""
        validates = bool(facts.tiles.role[tile] == Role.VALIDATION)

        def draw(painter: QPainter) -> None:
            square = QRect(0, 0, side, side)
            chips = chips_of(facts.states, tile, facts.colors)
            _draw_frame(painter, square, Kind(said.kind), chips)
            if validates:
                _draw_validation(painter, square)

        return self._stamps.get(("frame", said.tags, validates), (side, side), ratio, draw)

    def _caption(
        self, tile: int, facts: Facts, said: Said, width: int, look: Look, ratio: float
    ) -> QImage:
        """Return what is written below a picture."""
        height = self.caption_px - GAP_PX

        def draw(painter: QPainter) -> None:
            chips = chips_of(facts.states, tile, facts.colors)
            painter.setFont(self.font)
            area = QRect(0, 0, width, height)
            ink = self._selected_ink if look.is_selected else self._ink
            self._draw_caption(painter, area, Caption(tile, said.percent, chips, ink), facts)

        which = said if said.kind else tile
        return self._stamps.get((which, look.is_selected), (width, height), ratio, draw)

    def _draw_caption(self, painter: QPainter, area: QRect, caption: Caption, facts: Facts) -> None:
        """Draw the chips, and the name of the class where there is just one."""
        side, chips = area.height() - 1, caption.chips
        room = area.width() // (side + GAP_PX)
        left = area.left()
        shown = chips if len(chips) <= room else chips[: max(room - 1, 1)]
        for chip in shown:
            draw_chip(painter, QRectF(left, area.top(), side, side), chip)
            left += side + GAP_PX
        painter.setFont(self.font)
        painter.setPen(caption.ink)
        rest = QRect(left, area.top(), area.right() - left + 1, area.height())
        if len(shown) < len(chips):
            self._write(painter, rest, f"+{len(chips) - len(shown)}")
        elif len(chips) == 1 and rest.width() >= LEAST_NAME_PX:
            self._write_name(painter, rest, caption, facts.legend)
        elif not chips:
            self._write(painter, rest, str(caption.tile))

    def _write_name(self, painter: QPainter, area: QRect, caption: Caption, legend: Legend) -> None:
        """Write the class, and how sure the network is of it; that is never left out."""
        [chip] = caption.chips
        if chip.is_predicted:
            text = phrases.percent(caption.percent / 100)
            width = self._metrics.horizontalAdvance(text) + 2
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(area, right, text)
            area = area.adjusted(0, 0, -width - GAP_PX, 0)
        if area.width() >= LEAST_NAME_PX:
            self._write(painter, area, name_of(chip, legend))

    def _write(self, painter: QPainter, area: QRect, text: str) -> None:
        fitting = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, fitting)


def _said(tile: int, facts: Facts) -> Said:
    """Return what tells how the card of a tile looks."""
    states = facts.states
    kind = int(states.kind[tile])
    row = states.shown[tile] if kind == Kind.PREDICTED else states.tags[tile]
    percent = -1
    if kind == Kind.PREDICTED:
        percent = round(100 * float(states.outlook.certainty[tile]))
    return Said(kind, (kind, row.tobytes()), percent)


def _draw_frame(painter: QPainter, square: QRect, kind: Kind, chips: list[Chip]) -> None:
    """Draw a line around a picture: firm for tags, dotted for predictions."""
    if kind is Kind.OPEN:
        return
    alone = len(chips) == 1 and chips[0].is_class
    color = chips[0].color if alone else NEUTRAL
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if kind is Kind.UNSURE:
        painter.fillRect(square, QBrush(UNSURE_HATCH, Qt.BrushStyle.DiagCrossPattern))
    line = QRectF(square).adjusted(1, 1, -1, -1)
    if kind is Kind.PREDICTED:
        painter.setPen(QPen(DARK, 1))
        painter.drawRect(line)
        painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine))
    else:
        painter.setPen(QPen(DARK, FRAME_PX + 2))
        painter.drawRect(line)
        painter.setPen(QPen(color, FRAME_PX))
    painter.drawRect(line)


def name_of(chip: Chip, legend: Legend) -> str:
    """Return what a chip stands for."""
    if chip.label is not None:
        return legend[chip.label].name
    return tr("unsure") if chip.text == "?" else tr("none of them")


def describe(tile: int, facts: Facts) -> str:
    """Return everything that is known of a tile, line by line."""
    states = facts.states
    lines = [tr("Tile {tile}").format(tile=tile)]
    if facts.tiles.role[tile] == Role.VALIDATION:
        lines[0] = tr("Tile {tile}, for validation").format(tile=tile)
    names = [facts.legend[index].name for index in np.flatnonzero(states.shown[tile]).tolist()]
    kind = Kind(states.kind[tile])
    if kind is Kind.UNSURE:
        lines.append(tr("Unsure: nobody can tell what is there"))
    elif kind is not Kind.OPEN:
        text = tr("Predicted: {names}") if kind is Kind.PREDICTED else tr("Tagged: {names}")
        lines.append(text.format(names=", ".join(names) or tr("none of the classes")))
    uncertainty, p = float(states.outlook.uncertainty[tile]), states.outlook.p[tile]
    if np.isfinite(uncertainty):
        lines.append(tr("Uncertainty {value}").format(value=phrases.ratio(uncertainty)))
        lines += [
            f"{facts.legend[index].name} {phrases.percent(float(p[index]))}"
            for index in np.argsort(-p, kind="stable")[:LIKELY].tolist()
        ]
    return "\n".join(lines)


def _draw_validation(painter: QPainter, square: QRect) -> None:
    area = QRectF(square).adjusted(4, 4, -4, -4)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(DARK, 2))
    painter.drawRect(area)
    painter.setPen(QPen(VALIDATION, 1, Qt.PenStyle.DashLine))
    painter.drawRect(area)
