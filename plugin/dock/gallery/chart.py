"""The tiles as points: zoom, pan, select with a box, look at one under the mouse."""

from __future__ import annotations

import enum
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, pyqtSignal
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
from qgis.PyQt.QtWidgets import QAbstractScrollArea, QRubberBand, QSizePolicy, QWidget

from ...controllers.selection import Mode
from ...messages import tr
from ...overlays.tile_states import NOBODY, Kind
from ..hint_table import draw_hint
from .card import Facts, describe
from .dots import Dots, radius_for

REACH_PX = 9.0  # from the mouse to the point that it means
DRAG_PX = 5
MARGIN = 0.06  # of the view, around all points
STEP = 1.25  # of the zoom, a notch of the wheel
NOTCH = 120
CLOSEST, FARTHEST = 200.0, 0.5  # of the view of all points
PALE = 0.6  # how much of its colour a prediction keeps
LOOK_PX = 12  # between the mouse and the picture of a tile
LOOK_PADDING_PX = 6
UNCERTAIN = ((0.0, "#d9d9d9"), (0.35, "#f4a6d7"), (0.7, "#d6219c"), (1.0, "#4d004b"))
UNKNOWN, DARK, MARK = QColor("#9aa0a6"), QColor("#202020"), QColor("#ffffff")

Places = NDArray[np.float64]
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
        self._zoom = 1.0
        self._center = (0.5, 0.5)
        self._drawn: np.ndarray | None = None
        self._inks: NDArray[np.uint32] | None = None  # of the points, until more is known
        self._start: QPoint | None = None
        self._band: QRubberBand | None = None
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
        scale, shift = self._transform()
        return self._places * scale + shift

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
            self._places = _in_unit_square(places[known].astype(np.float64))
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
        self._zoom, self._center = 1.0, (0.5, 0.5)
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
        if self._looked is not None and self._band is None:
            self._draw_look(painter, self._looked)
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
        at = _position(event)
        factor = STEP ** (event.angleDelta().y() / NOTCH)
        zoom = min(max(self._zoom * factor, FARTHEST), CLOSEST)
        scale, shift = self._transform()
        under = (np.array([at.x(), at.y()]) - shift) / scale
        self._zoom = zoom
        scale, shift = self._transform()
        moved = (np.array([at.x(), at.y()]) - shift) / scale - under
        self._center = tuple((np.array(self._center) - moved).tolist())
        event.accept()
        self._draw_later()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click, a box or a pan."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._start = event.pos()
        elif event.button() in (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
            self._grip = event.pos()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the box, pan, or look at the tile under the mouse."""
        if self._grip is not None:
            self._pan(event.pos() - self._grip)
            self._grip = event.pos()
        elif self._start is not None and event.buttons() & Qt.MouseButton.LeftButton:
            moved = event.pos() - self._start
            if self._band is not None or moved.manhattanLength() >= DRAG_PX:
                self._draw_band(event.pos())
        else:
            self._look(event.pos())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Select what was clicked or boxed, or end the pan."""
        if event.button() != Qt.MouseButton.LeftButton:
            self._grip = None
            self.viewport().unsetCursor()
            return
        if self._start is None:
            return
        box = None if self._band is None else QRect(self._start, event.pos()).normalized()
        self._forget_box()
        if box is not None:
            self._select_box(box, _mode(event.modifiers()))
            return
        tile = self._tile_at(event.pos())
        if tile is not None:
            self.selected.emit([tile], _mode(event.modifiers()), tile)
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
            self._forget_box()
            self.selected.emit([], Mode.REPLACE, None)
        else:
            super().keyPressEvent(event)

    def _draw_later(self) -> None:
        self._drawn = None
        self.viewport().update()

    def _transform(self) -> tuple[float, Places]:
        """Return scale and shift from the unit square to the viewport; up is up."""
        size = self.viewport().size()
        side = min(size.width(), size.height()) * (1 - 2 * MARGIN) * self._zoom
        middle = np.array([size.width() / 2, size.height() / 2])
        return side, middle - np.array(self._center) * side

    def _pan(self, by: QPoint) -> None:
        scale, _ = self._transform()
        self._center = (self._center[0] - by.x() / scale, self._center[1] - by.y() / scale)
        self._draw_later()

    def _draw_dots(self) -> np.ndarray:
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
        rim = _mixed(DARK, base, 0.75).rgb()
        dots.draw(places[tagged], colors[tagged], radius + 0.4, rim)
        marked = self._mask[self._ids]
        dots.draw(places[marked], np.full(int(marked.sum()), DARK.rgb()), radius + 3.4)
        dots.draw(places[marked], np.full(int(marked.sum()), MARK.rgb()), radius + 2.2)
        dots.draw(places[marked], colors[marked], radius)
        return dots.picture()

    def _colors(self, base: QColor) -> NDArray[np.uint32]:
        """Return the colour of each point, uint32 (n,)."""
        states = self._facts.states
        if self._color_by is ColorBy.UNCERTAINTY:
            ramp = _ramp()
            values = states.outlook.uncertainty[self._ids]
            places = np.nan_to_num(values, nan=0.0) * (len(ramp) - 1)
            return np.where(np.isnan(values), UNKNOWN.rgb(), ramp[places.astype(np.int64)])
        full = np.array([color.rgb() for color in self._facts.colors], dtype=np.uint32)
        pale = np.array(
            [_mixed(color, base, PALE).rgb() for color in self._facts.colors], dtype=np.uint32
        )
        lead, kinds = states.lead[self._ids], states.kind[self._ids]
        colors = np.where(kinds == Kind.PREDICTED, pale[lead], full[lead])
        return np.where(lead == NOBODY, UNKNOWN.rgb(), colors).astype(np.uint32)

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

    def _draw_look(self, painter: QPainter, tile: int) -> None:
        """Draw the picture of a tile beside the mouse, and what is known of it below."""
        picture = self._ask(tile)
        text = describe(tile, self._facts)
        align = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        words = painter.boundingRect(QRectF(0, 0, 1000, 1000), align, text)
        side = 0 if picture is None else min(picture.width(), self.viewport().height() // 2)
        gap = LOOK_PADDING_PX if side else 0
        area = QRectF(0, 0, max(side, words.width()), side + gap + words.height())
        area = area.adjusted(0, 0, 2 * LOOK_PADDING_PX, 2 * LOOK_PADDING_PX)
        area.moveTopLeft(QPointF(self._mouse) + QPointF(LOOK_PX, LOOK_PX))
        view = QRectF(self.viewport().rect())
        if area.right() > view.right():
            area.moveRight(self._mouse.x() - LOOK_PX)
        area.moveBottom(min(area.bottom(), view.bottom() - 2))
        area.moveTop(max(area.top(), 2))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.setBrush(self.palette().color(QPalette.ColorRole.ToolTipBase))
        painter.drawRect(area)
        if picture is not None:
            square = QRectF(0, area.top() + LOOK_PADDING_PX, side, side)
            square.moveLeft(area.center().x() - side / 2)
            painter.drawImage(square, picture)
        painter.setPen(self.palette().color(QPalette.ColorRole.ToolTipText))
        inside = area.adjusted(LOOK_PADDING_PX, LOOK_PADDING_PX + side + gap, 0, 0)
        painter.drawText(inside, align, text)

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

    def _draw_band(self, end: QPoint) -> None:
        if self._band is None:
            self._band = QRubberBand(QRubberBand.Shape.Rectangle, self.viewport())
            self._band.show()
        self._band.setGeometry(QRect(self._start, end).normalized())

    def _forget_box(self) -> None:
        self._start = None
        if self._band is not None:
            self._band.deleteLater()
            self._band = None


def _in_unit_square(places: Places) -> Places:
    """Return places moved and scaled into the unit square, their proportions kept; y points up."""
    if not len(places):
        return places
    low, high = places.min(axis=0), places.max(axis=0)
    span = float((high - low).max()) or 1.0
    middle = (low + high) / 2
    return 0.5 + (places - middle) / span * (1, -1)


def _ramp() -> NDArray[np.uint32]:
    """Return 256 colours for 0…1 of uncertainty."""
    at = np.linspace(0, 1, 256)
    stops = [place for place, _ in UNCERTAIN]
    parts = [
        np.interp(at, stops, [getattr(QColor(name), part)() for _, name in UNCERTAIN])
        for part in ("red", "green", "blue")
    ]
    red, green, blue = (part.astype(np.uint32) for part in parts)
    return np.uint32(0xFF000000) | red << 16 | green << 8 | blue


def _mixed(color: QColor, base: QColor, share: float) -> QColor:
    """Return a colour of which a share is left over another."""
    parts = zip(color.getRgb()[:3], base.getRgb()[:3], strict=True)
    return QColor(*(round(share * one + (1 - share) * other) for one, other in parts))


def _position(event: QWheelEvent) -> QPointF:
    return event.position() if hasattr(event, "position") else QPointF(event.pos())


def _mode(keys: Qt.KeyboardModifier) -> Mode:
    if keys & CTRL:
        return Mode.TOGGLE
    return Mode.ADD if keys & SHIFT else Mode.REPLACE
