"""Chips: small patches that say which classes a tile has, on the map and in the gallery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from qgis.PyQt.QtCore import QRectF, Qt
from qgis.PyQt.QtGui import QColor, QFontMetricsF, QPainter, QPen

from ...al_core.legend import UNSURE
from .tile_states import Kind, TileStates

KEYS = 9  # classes that a digit stands for
BRIGHT = 150  # above this grey level black text reads better than white
LETTER_FROM_PX = 10.0
CORNER = 0.22
DOUBT, NONE = "?", "∅"
NEUTRAL = QColor(225, 225, 225)
PAPER = QColor(20, 20, 20, 165)


@dataclass(frozen=True, eq=False)
class Chip:
    """One patch: its colour, what it says, and how sure that is.

    `label` is the class that it stands for; None for "cannot tell" and "none of the classes".
    """

    color: QColor
    text: str
    label: int | None = None
    is_predicted: bool = False

    @property
    def is_class(self) -> bool:
        """Whether the class is said to be there."""
        return self.label is not None and self.text != DOUBT


def chips_of(states: TileStates, tile: int, colors: Sequence[QColor]) -> list[Chip]:
    """Return what there is to say of a tile, in the order of the legend."""
    kind = Kind(states.kind[tile])
    if kind is Kind.OPEN:
        return []
    if kind is Kind.UNSURE:
        return [Chip(NEUTRAL, DOUBT)]
    predicted = kind is Kind.PREDICTED
    found = [
        Chip(colors[index], _key(index), index, predicted)
        for index in np.flatnonzero(states.shown[tile]).tolist()
    ]
    if not predicted:
        doubts = np.flatnonzero(states.tags[tile] == UNSURE).tolist()
        found += [Chip(colors[index], DOUBT, index) for index in doubts]
    return found or [Chip(NEUTRAL, NONE, None, predicted)]


def draw_chip(painter: QPainter, area: QRectF, chip: Chip) -> None:
    """Draw a chip: full of colour if it is a tag, a ring of colour if it is a prediction."""
    color = chip.color
    corner = area.height() * CORNER
    if chip.is_predicted:
        painter.setPen(QPen(color, max(1.4, area.height() * 0.12)))
        painter.setBrush(PAPER)
        ink = QColor(Qt.GlobalColor.white)
    else:
        painter.setPen(QPen(color.darker(170), 1))
        painter.setBrush(color)
        ink = _ink_on(color)
    painter.drawRoundedRect(area, corner, corner)
    if chip.text and area.height() >= LETTER_FROM_PX:
        font = painter.font()
        font.setPixelSize(max(7, round(area.height() * 0.74)))
        font.setBold(not chip.is_predicted)
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), chip.text)


def draw_name(painter: QPainter, chip: QRectF, name: str) -> None:
    """Write the name of a class to the right of its chip, legible on any ground."""
    font = painter.font()
    font.setPixelSize(round(chip.height() * 0.62))
    font.setBold(False)
    painter.setFont(font)
    room = QFontMetricsF(font).horizontalAdvance(name) + chip.height() * 0.6
    area = QRectF(chip.right() + 2, chip.top() + 1, room, chip.height() - 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PAPER)
    painter.drawRoundedRect(area, chip.height() * CORNER, chip.height() * CORNER)
    painter.setPen(QColor(Qt.GlobalColor.white))
    painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), name)


def _ink_on(color: QColor) -> QColor:
    dark = color.red() * 0.299 + color.green() * 0.587 + color.blue() * 0.114 < BRIGHT
    return QColor(Qt.GlobalColor.white if dark else Qt.GlobalColor.black)


def _key(index: int) -> str:
    return str(index + 1) if index < KEYS else ""
