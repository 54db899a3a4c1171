"""Chips: small patches that say which classes a tile has, on the map and in the gallery."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from qgis.PyQt.QtCore import QRectF, Qt
from qgis.PyQt.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from ...al_core.legend import UNSURE
from .tile_states import Kind, TileStates

KEYS = 9  # classes that a digit stands for
BRIGHT = 150  # above this grey level black text reads better than white
LETTER_FROM_PX = 10.0
CORNER = 0.22
DOUBT, NONE = "?", "∅"
NEUTRAL = QColor(225, 225, 225)
PAPER = QColor(20, 20, 20, 165)
MOST_STAMPS = 4000
PIXEL_FORMAT = QImage.Format.Format_ARGB32_Premultiplied


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

    @property
    def key(self) -> Hashable:
        """What tells how it looks."""
        return self.color.rgb(), self.text, self.is_predicted


class Stamps:
    """Small drawings that are made once and pressed onto the screen many times."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, QImage] = {}

    def get(
        self,
        key: Hashable,
        size: tuple[float, float],
        ratio: float,
        draw: Callable[[QPainter], None],
    ) -> QImage:
        """Return a drawing; it is made by `draw` if it is new.

        Args:
            key: What tells it from all others of the same size.
            size: Width and height in pixels of the screen's coordinates.
            ratio: Device pixels a pixel.
            draw: Draws it from the origin.
        """
        whole = (key, size, ratio)
        found = self._kept.get(whole)
        if found is None:
            if len(self._kept) >= MOST_STAMPS:
                self._kept.clear()
            found = self._kept[whole] = _drawn(size, ratio, draw)
        return found


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
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if chip.is_predicted:
        pen = QPen(color, max(1.4, area.height() * 0.12))
        painter.setPen(pen)
        painter.setBrush(PAPER)
        half = pen.widthF() / 2
        painter.drawRoundedRect(area.adjusted(half, half, -half, -half), corner, corner)
        ink = QColor(Qt.GlobalColor.white)
    else:
        painter.setPen(QPen(color.darker(170), 1))
        painter.setBrush(color)
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), corner, corner)
        ink = _ink_on(color)
    if chip.text and area.height() >= LETTER_FROM_PX:
        font = painter.font()
        font.setPixelSize(max(7, round(area.height() * 0.74)))
        font.setBold(not chip.is_predicted)
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), chip.text)


def stamp_chip(stamps: Stamps, chip: Chip, side: float, ratio: float) -> QImage:
    """Return a chip as a small picture."""
    area = QRectF(0, 0, side, side)
    return stamps.get(chip.key, (side, side), ratio, lambda painter: draw_chip(painter, area, chip))


def stamp_name(stamps: Stamps, name: str, height: float, ratio: float, font: QFont) -> QImage:
    """Return the name of a class as a small picture, legible on any ground."""
    font = QFont(font)
    font.setPixelSize(round(height * 0.62))
    font.setBold(False)
    area = QRectF(0, 0, QFontMetricsF(font).horizontalAdvance(name) + height * 0.6, height - 2)

    def draw(painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(PAPER)
        painter.drawRoundedRect(area, height * CORNER, height * CORNER)
        painter.setPen(QColor(Qt.GlobalColor.white))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), name)

    return stamps.get(("name", name), (area.width(), area.height()), ratio, draw)


def _drawn(size: tuple[float, float], ratio: float, draw: Callable[[QPainter], None]) -> QImage:
    width, height = (max(1, round(length * ratio + 0.49)) for length in size)
    picture = QImage(width, height, PIXEL_FORMAT)
    picture.setDevicePixelRatio(ratio)
    picture.fill(0)
    painter = QPainter(picture)
    draw(painter)
    painter.end()
    return picture


def _ink_on(color: QColor) -> QColor:
    dark = color.red() * 0.299 + color.green() * 0.587 + color.blue() * 0.114 < BRIGHT
    return QColor(Qt.GlobalColor.white if dark else Qt.GlobalColor.black)


def _key(index: int) -> str:
    return str(index + 1) if index < KEYS else ""
