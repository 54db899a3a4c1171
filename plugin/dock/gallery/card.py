"""How one tile looks in the gallery: its picture, and below it what is said of it."""

from __future__ import annotations

from dataclasses import dataclass

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
from ...overlays.tag_chips import NEUTRAL, Chip, chips_of, draw_chip
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


class CardPainter:
    """Draws cards with one font and one palette."""

    def __init__(self, font: QFont, palette: QPalette) -> None:
        self.font = QFont(font)
        self.font.setPointSizeF(font.pointSizeF() * SMALLER)
        self._metrics = QFontMetrics(self.font)
        self._ink = palette.color(QPalette.ColorRole.Text)
        self._selected = palette.color(QPalette.ColorRole.Highlight)
        self._selected_ink = palette.color(QPalette.ColorRole.HighlightedText)
        self._paper = palette.color(QPalette.ColorRole.Base)
        self.caption_px = round(self._metrics.height() * CAPTION_LINES)

    def size(self, picture_px: int) -> tuple[int, int]:
        """Return width and height of a card whose picture has this side."""
        side = picture_px + 2 * PADDING_PX
        return side, side + self.caption_px

    def draw(  # noqa: PLR0913 - one card is all of this
        self,
        painter: QPainter,
        area: QRect,
        tile: int,
        facts: Facts,
        picture: QImage | None,
        *,
        picture_px: int,
        is_selected: bool,
        is_current: bool,
    ) -> None:
        """Draw one card into its cell."""
        if is_selected:
            painter.fillRect(area.adjusted(1, 1, -1, -1), self._selected)
        square = QRect(0, 0, picture_px, picture_px)
        square.moveCenter(area.center())
        square.moveTop(area.top() + PADDING_PX)
        if picture is None:
            painter.fillRect(square, EMPTY)
        else:
            painter.drawImage(square, picture)
        chips = chips_of(facts.states, tile, facts.colors)
        kind = Kind(facts.states.kind[tile])
        self._draw_frame(painter, square, kind, chips)
        if facts.tiles.role[tile] == Role.VALIDATION:
            _draw_validation(painter, square)
        caption = QRect(
            area.left() + PADDING_PX,
            square.bottom() + GAP_PX,
            area.width() - 2 * PADDING_PX,
            self.caption_px - GAP_PX,
        )
        self._draw_caption(painter, caption, tile, facts, chips, is_selected=is_selected)
        if is_current:
            painter.setPen(QPen(self._ink, 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(1, 1, -2, -2))

    def _draw_frame(self, painter: QPainter, square: QRect, kind: Kind, chips: list[Chip]) -> None:
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

    def _draw_caption(
        self,
        painter: QPainter,
        area: QRect,
        tile: int,
        facts: Facts,
        chips: list[Chip],
        *,
        is_selected: bool,
    ) -> None:
        """Draw the chips, and the name of the class where there is just one."""
        side = area.height() - 1
        room = area.width() // (side + GAP_PX)
        painter.setFont(self.font)
        ink = self._selected_ink if is_selected else self._ink
        left = area.left()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown = chips if len(chips) <= room else chips[: max(room - 1, 1)]
        for chip in shown:
            draw_chip(painter, QRectF(left + 0.5, area.top() + 0.5, side - 1, side - 1), chip)
            left += side + GAP_PX
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setFont(self.font)
        painter.setPen(ink)
        rest = QRect(left, area.top(), area.right() - left + 1, area.height())
        if len(shown) < len(chips):
            self._write(painter, rest, f"+{len(chips) - len(shown)}")
        elif len(chips) == 1 and rest.width() >= LEAST_NAME_PX:
            self._write_name(painter, rest, tile, facts, chips[0])
        elif not chips:
            self._write(painter, rest, str(tile))

    def _write_name(
        self, painter: QPainter, area: QRect, tile: int, facts: Facts, chip: Chip
    ) -> None:
        """Write the class, and how sure the network is of it; that is never left out."""
        if chip.is_predicted:
            text = phrases.percent(float(facts.states.outlook.certainty[tile]))
            width = self._metrics.horizontalAdvance(text) + 2
            painter.drawText(
                area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text
            )
            area = area.adjusted(0, 0, -width - GAP_PX, 0)
        if area.width() >= LEAST_NAME_PX:
            self._write(painter, area, name_of(chip, facts.legend))

    def _write(self, painter: QPainter, area: QRect, text: str) -> None:
        fitting = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, fitting)


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
