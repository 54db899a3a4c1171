"""The tiles as points: zoom, pan, select with a box, look at one under the mouse."""

from __future__ import annotations

import enum
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from qgis.PyQt.QtWidgets import QAbstractScrollArea, QSizePolicy, QWidget

from ...controllers.selection import Mode
from ...messages import tr
from ...overlays.tile_states import Kind
from ..hint_table import draw_hint
from . import dot_colors
from .card import Facts, describe
from .closeup import draw_closeup
from .dots import Colors, Dots, radius_for
from .drawn_box import DrawnBox
from .lens import Lens, Places, in_unit_square

REACH_PX = 9.0  # from the mouse to the point that it means
NOTCH = 120
RIM = 0.75  # how dark the line around a tagged point is
DARK, MARK = QColor("#202020"), QColor("#ffffff")

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class ColorBy(enum.Enum):
    """What the colour of a point says."""

    CLASS = "class"
    UNCERTAINTY = "uncertainty"


class TileChart(QAbstractScrollArea):
    """Draws a point for each tile that has a place; it never scrolls."""

    selected = pyqtSignal(object, object, object)  # ids, Mode, the tile pointed at or None
    opened = pyqtSignal(int)  # tile: go there on the map
    looked_at = pyqtSignal(int)  # tile under the mouse, whose picture is wanted

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: Facts | None = None
        self._ids: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._places: Places = np.zeros((0, 2))  # in the unit square
        self._mask: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._current: int | None = None
        self._color_by = ColorBy.CLASS
        self._ask: Callable[[int], QImage | None] = lambda _tile: None
        self._hint = ""
        self._lens = Lens()
        self._drawn: Colors | None = None
        self._inks: Colors | None = None  # of the points, until more is known
        self._box = DrawnBox(self.viewport())
        self._grip: QPoint | None = None  # of a pan
        self._looked: int | None = None
        self._mouse = QPoint()
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Tiles by likeness"))

    @property
    def screen_places(self) -> Places:
        """Where the points are in the viewport, (n, 2) x, y; aligned with `tiles`."""
        return self._lens.to_screen(self._places, self.viewport().size())

    @property
    def tiles(self) -> NDArray[np.int64]:
        """The tiles that have a place."""
        return self._ids

    def show_facts(self, facts: Facts | None) -> None:
        """Show the tiles of another project, none until there are places."""
        self._facts = facts
        self._mask = np.zeros(0 if facts is None else len(facts.tiles), dtype=bool)
        self._current = None
        self.show_places(None)

    def show_places(self, places: NDArray[np.float32] | None) -> None:
        """Show points at these places, (T, 2) by tile id; NaN for none."""
        if places is None:
            self._ids, self._places = np.zeros(0, dtype=np.int64), np.zeros((0, 2))
        else:
            known = np.isfinite(places).all(axis=1)
            self._ids = np.flatnonzero(known)
            self._places = in_unit_square(places[known].astype(np.float64))
        self._looked = None
        self.fit()

    def show_selection(self, mask: NDArray[np.bool_], current: int | None) -> None:
        """Show which tiles are selected."""
        self._mask, self._current = mask, current
        self._draw_later()

    def set_color_by(self, what: ColorBy) -> None:
        """Colour the points by class or by uncertainty."""
        self._color_by = what
        self.redraw()

    def set_pictures(self, ask: Callable[[int], QImage | None]) -> None:
        """Ask this for pictures."""
        self._ask = ask

    def set_hint(self, hint: str) -> None:
        """Set what is said while there are no points."""
        self._hint = hint
        self.viewport().update()

    def redraw(self) -> None:
        """Draw all points again: what is known of them has changed."""
        self._inks = None
        self._draw_later()

    def update_picture(self, tiles: list[int]) -> None:
        """Show the picture of the tile under the mouse if it is among these."""
        if self._looked in tiles:
            self.viewport().update()

    def fit(self) -> None:
        """Show all points."""
        self._lens.fit()
        self.redraw()

    def sizeHint(self) -> QSize:
        """Ask for a square."""
        return QSize(320, 260)

    def minimumSizeHint(self) -> QSize:
        """Need a little."""
        return QSize(160, 100)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Draw the points, and the tile under the mouse."""
        if not len(self._ids) or self._facts is None:
            draw_hint(self.viewport(), self._hint)
            return
        if self._drawn is None:
            self._drawn = self._draw_dots()
        height, width = self._drawn.shape
        painter = QPainter(self.viewport())
        picture = QImage(
            self._drawn.ctypes.data, width, height, 4 * width, QImage.Format.Format_RGB32
        )
        painter.drawImage(0, 0, picture)
        self._draw_current(painter)
        if self._looked is not None and not self._box.is_drawn:
            picture, text = self._ask(self._looked), describe(self._looked, self._facts)
            draw_closeup(painter, self.viewport(), self._mouse, picture, text)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the points into the new size."""
        super().resizeEvent(event)
        self.redraw()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the colours of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.redraw()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the mouse."""
        notches = event.angleDelta().y() / NOTCH
        self._lens.zoom(_position(event), notches, self.viewport().size())
        event.accept()
        self._draw_later()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click, a box or a pan."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._box.begin(event.pos())
        elif event.button() in (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
            self._grip = event.pos()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the box, pan, or look at the tile under the mouse."""
        if self._grip is not None:
            self._lens.pan(event.pos() - self._grip, self.viewport().size())
            self._grip = event.pos()
            self._draw_later()
        elif self._box.is_begun and event.buttons() & Qt.MouseButton.LeftButton:
            self._box.draw(event.pos())
        else:
            self._look(event.pos())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Select what was clicked or boxed, or end the pan."""
        if event.button() != Qt.MouseButton.LeftButton:
            self._grip = None
            self.viewport().unsetCursor()
            return
        if not self._box.is_begun:
            return
        area, mode = self._box.end(event.pos()), Mode.of_keys(event.modifiers())
        if area is not None:
            self._select_box(area, mode)
            return
        tile = self._tile_at(event.pos())
        if tile is not None:
            self.selected.emit([tile], mode, tile)
        elif not event.modifiers() & (CTRL | SHIFT):
            self.selected.emit([], Mode.REPLACE, None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to a tile on the map."""
        tile = self._tile_at(event.pos())
        if event.button() == Qt.MouseButton.LeftButton and tile is not None:
            self.opened.emit(tile)

    def leaveEvent(self, event: QEvent) -> None:
        """Look at no tile any more."""
        self._looked = None
        self.viewport().update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show all points with Home, select all with Ctrl+A, none with Escape."""
        if event.key() == Qt.Key.Key_Home:
            self.fit()
        elif event.key() == Qt.Key.Key_A and event.modifiers() & CTRL:
            self.selected.emit(self._ids.tolist(), Mode.REPLACE, None)
        elif event.key() == Qt.Key.Key_Escape:
            self._box.forget()
            self.selected.emit([], Mode.REPLACE, None)
        else:
            super().keyPressEvent(event)

    def _draw_later(self) -> None:
        self._drawn = None
        self.viewport().update()

    def _draw_dots(self) -> Colors:
        """Return the picture of all points: what is tagged above what is not."""
        size = self.viewport().size()
        base = self.palette().color(QPalette.ColorRole.Base)
        dots = Dots(size.width(), size.height(), base.rgb())
        places, states = self.screen_places, self._facts.states
        kinds = states.kind[self._ids]
        if self._inks is None:
            self._inks = self._colors(base)
        colors = self._inks
        radius = radius_for(len(self._ids))
        tagged = (kinds == Kind.TAGGED) | (kinds == Kind.UNSURE)
        dots.draw(places[~tagged], colors[~tagged], radius)
        rim = dot_colors.mixed(DARK, base, RIM).rgb()
        dots.draw(places[tagged], colors[tagged], radius + 0.4, rim)
        marked = self._mask[self._ids]
        dots.draw(places[marked], np.full(int(marked.sum()), DARK.rgb()), radius + 3.4)
        dots.draw(places[marked], np.full(int(marked.sum()), MARK.rgb()), radius + 2.2)
        dots.draw(places[marked], colors[marked], radius)
        return dots.picture()

    def _colors(self, base: QColor) -> Colors:
        if self._color_by is ColorBy.UNCERTAINTY:
            return dot_colors.by_uncertainty(self._facts.states, self._ids)
        return dot_colors.by_class(self._facts, self._ids, base)

    def _draw_current(self, painter: QPainter) -> None:
        place = np.flatnonzero(self._ids == self._current) if self._current is not None else ()
        if not len(place):
            return
        x, y = self.screen_places[place[0]]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = radius_for(len(self._ids)) + 5
        for color, width in ((DARK, 4.0), (MARK, 2.0)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(QPointF(x, y), radius, radius)

    def _look(self, at: QPoint) -> None:
        tile = self._tile_at(at)
        self._mouse = at
        if tile is not None or self._looked is not None:
            self.viewport().update()
        if tile is not None and tile != self._looked:
            self.looked_at.emit(tile)
        self._looked = tile

    def _tile_at(self, at: QPoint) -> int | None:
        """Return the tile whose point is nearest to a position, None where none is near."""
        if not len(self._ids):
            return None
        gaps = np.square(self.screen_places - (at.x(), at.y())).sum(axis=1)
        nearest = int(gaps.argmin())
        return int(self._ids[nearest]) if gaps[nearest] <= REACH_PX**2 else None

    def _select_box(self, box: QRect, mode: Mode) -> None:
        low = (box.left(), box.top())
        high = (box.right(), box.bottom())
        places = self.screen_places
        inside = ((places >= low) & (places <= high)).all(axis=1)
        self.selected.emit(self._ids[inside].tolist(), mode, None)


def _position(event: QWheelEvent) -> QPointF:
    return event.position() if hasattr(event, "position") else QPointF(event.pos())
