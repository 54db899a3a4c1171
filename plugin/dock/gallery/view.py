"""The wall of pictures: draws the cards that can be seen, and turns mouse and keys into wishes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from qgis.PyQt.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import (
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from qgis.PyQt.QtWidgets import QAbstractScrollArea, QSizePolicy, QToolTip, QWidget

from ...controllers.selection import Mode
from ...messages import tr
from ..hint_table import draw_hint
from .card import CardPainter, Facts, Look, describe
from .cells import Cells
from .drawn_box import DrawnBox

SCROLL_MS, SCROLL_PX = 16, 24  # while a box is drawn beyond the border
AHEAD = 1.0  # heights of the view whose pictures are asked for before they are seen
LEAST_PX = 64

Ids = NDArray[np.int64]
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NO_KEYS = Qt.KeyboardModifier.NoModifier


class GalleryView(QAbstractScrollArea):
    """Shows tiles in a given order; holds no selection, but shows that of the project."""

    selected = pyqtSignal(object, object, object)  # ids, Mode, the tile pointed at or None
    opened = pyqtSignal(int)  # tile: go there on the map
    confirmed = pyqtSignal()
    menu_wanted = pyqtSignal(int, QPoint)  # tile, and where on the screen
    pictures_wanted = pyqtSignal(list)  # tiles, the most urgent first

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ids: Ids = np.zeros(0, dtype=np.int64)
        self._places: Ids = np.zeros(0, dtype=np.int64)
        self._mask: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._current: int | None = None
        self._anchor: int | None = None
        self._facts: Facts | None = None
        self._picture: Callable[[int], QImage | None] = lambda _tile: None
        self._picture_px = 96
        self._hint = ""
        self._box = DrawnBox(self.viewport())
        self._cards = CardPainter(self.font(), self.palette())
        self._beyond = QTimer(self)
        self._beyond.setInterval(SCROLL_MS)
        self._beyond.timeout.connect(self._scroll_beyond)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Gallery of the tiles"))
        self.viewport().setMouseTracking(False)

    @property
    def tiles(self) -> Ids:
        """The tiles in the order in which they are shown."""
        return self._ids

    @property
    def cells(self) -> Cells:
        """Where the cards lie."""
        width, height = self._cards.size(self._picture_px)
        size = self.viewport().size()
        return Cells(len(self._ids), max(size.width(), 1), size.height(), width, height)

    def show_facts(self, facts: Facts | None) -> None:
        """Show the tiles of another project, none of them until `show_tiles`."""
        self._facts = facts
        count = 0 if facts is None else len(facts.tiles)
        self._places = np.full(count, -1, dtype=np.int64)
        self._mask = np.zeros(count, dtype=bool)
        self._current = self._anchor = None
        self.show_tiles(np.zeros(0, dtype=np.int64))

    def show_tiles(self, ids: Ids) -> None:
        """Show these tiles in this order, from the first one on."""
        self._ids = ids
        self._places[:] = -1
        self._places[ids] = np.arange(len(ids))
        self.verticalScrollBar().setValue(0)
        self._arrange()

    def show_selection(self, mask: NDArray[np.bool_], current: int | None) -> None:
        """Show which tiles are selected; the current one is brought into view if it is new."""
        changed = np.flatnonzero(mask != self._mask) if len(mask) == len(self._mask) else None
        moved = current if current != self._current else None
        before, self._mask, self._current = self._current, mask, current
        if changed is None or len(changed) > self.cells.page:
            self.viewport().update()
        else:
            tiles = [*changed.tolist(), *(tile for tile in (before, current) if tile is not None)]
            self.update_tiles(tiles)
        if moved is not None:
            self._anchor = moved if self._anchor is None else self._anchor
            self._reveal(moved)

    def set_pictures(self, ask: Callable[[int], QImage | None]) -> None:
        """Ask this for pictures."""
        self._picture = ask

    def set_picture_px(self, side: int) -> None:
        """Show pictures of this size, and the same tile at the top."""
        top = self._top_position()
        self._picture_px = side
        self._arrange()
        if top is not None:
            self.verticalScrollBar().setValue(self.cells.rect(top).top())

    def set_hint(self, hint: str) -> None:
        """Set what is said while there are no tiles."""
        self._hint = hint
        self.viewport().update()

    def update_tiles(self, tiles: Sequence[int] | None) -> None:
        """Draw the cards of these tiles again; None for all."""
        if tiles is None or len(tiles) > self.cells.page:
            self.viewport().update()
            return
        cells, shift, view = self.cells, self._shift(), self.viewport().rect()
        for tile in tiles:
            place = self._place(tile)
            area = QRect() if place is None else cells.rect(place).translated(0, -shift)
            if area.intersects(view):
                self.viewport().update(area)

    def page_tiles(self) -> Ids:
        """Return the tiles whose cards can be seen as a whole."""
        cells, shift = self.cells, self._shift()
        first = -(-shift // cells.cell_height) * cells.columns
        return self._ids[first : first + cells.page]

    def select_page(self) -> None:
        """Select what waits for tags on this page; if nothing does, all of the page."""
        page = self.page_tiles()
        waiting = page[~self._facts.states.judged[page]] if self._facts else page
        chosen = waiting if len(waiting) else page
        if len(chosen):
            self.selected.emit(chosen.tolist(), Mode.REPLACE, None)

    def go_on(self) -> None:
        """Select what comes after the selection: a page after many tiles, else one tile."""
        places = self._places[np.flatnonzero(self._mask)]
        places = places[places >= 0]
        if not len(places) or self._facts is None:
            return
        after = int(places.max()) + 1
        waiting = after + np.flatnonzero(~self._facts.states.judged[self._ids[after:]])
        if not len(waiting):
            return
        if len(places) == 1:
            self._select_place(int(waiting[0]), NO_KEYS)
            return
        cells = self.cells
        row = int(waiting[0]) // cells.columns
        self.verticalScrollBar().setValue(row * cells.cell_height)
        self.select_page()

    def sizeHint(self) -> QSize:
        """Ask for a few cards."""
        width, height = self._cards.size(self._picture_px)
        return QSize(6 * width, 2 * height)

    def minimumSizeHint(self) -> QSize:
        """Need one card."""
        width, height = self._cards.size(LEAST_PX)
        return QSize(width + self.verticalScrollBar().sizeHint().width(), height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cards in the part that has to be drawn."""
        if not len(self._ids) or self._facts is None:
            draw_hint(self.viewport(), self._hint)
            return
        painter = QPainter(self.viewport())
        cells, shift = self.cells, self._shift()
        area = event.rect()
        for place in cells.seen(area.top() + shift, area.bottom() + shift):
            card = cells.rect(place).translated(0, -shift)
            if card.intersects(area):
                self._draw(painter, card, int(self._ids[place]))
        painter.end()

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802 - Qt's name
        """Move what is drawn already; only the rest is drawn anew."""
        self.viewport().scroll(dx, dy)
        if self._box.is_drawn:
            self._draw_box(self.viewport().mapFromGlobal(self.cursor().pos()))
        self._want_pictures()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the cards anew, with the same tile at the top."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the font and the colours of the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.PaletteChange):
            self._cards = CardPainter(self.font(), self.palette())
            self._arrange()

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell about the tile under the mouse."""
        if event.type() == QEvent.Type.ToolTip:
            place = self._place_at(event.pos())
            if place is None or self._facts is None:
                QToolTip.hideText()
            else:
                text = describe(int(self._ids[place]), self._facts)
                QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a box."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._box.begin(self._in_content(event.pos()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the box, and scroll when it leaves the view."""
        if not (self._box.is_begun and event.buttons() & Qt.MouseButton.LeftButton):
            return
        self._draw_box(event.pos())
        inside = 0 <= event.pos().y() <= self.viewport().height()
        if inside or not self._box.is_drawn:
            self._beyond.stop()
        elif not self._beyond.isActive():
            self._beyond.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Select what was clicked or boxed."""
        if event.button() != Qt.MouseButton.LeftButton or not self._box.is_begun:
            return
        self._beyond.stop()
        area = self._box.end(self._in_content(event.pos()))
        if area is not None:
            tiles = self._ids[self.cells.touched(area)].tolist()
            self.selected.emit(tiles, Mode.of_keys(event.modifiers()), None)
            return
        place = self._place_at(event.pos())
        if place is not None:
            self._select_place(place, event.modifiers())
        elif not event.modifiers() & (CTRL | SHIFT):
            self.selected.emit([], Mode.REPLACE, None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to a tile on the map."""
        place = self._place_at(event.pos())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.opened.emit(int(self._ids[place]))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of a tile."""
        place = self._place_at(event.pos())
        if place is not None:
            self.menu_wanted.emit(int(self._ids[place]), event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk with the arrows, select pages and all, confirm with Space."""
        key, keys = event.key(), event.modifiers()
        if key == Qt.Key.Key_A and keys & CTRL:
            self.selected.emit(self._ids.tolist(), Mode.REPLACE, None)
        elif key == Qt.Key.Key_A:
            self.select_page()
        elif key == Qt.Key.Key_S and self._current is not None:
            self.selected.emit([self._current], Mode.TOGGLE, self._current)
        elif key == Qt.Key.Key_Escape and self._box.is_drawn:
            self._beyond.stop()
            self._box.forget()
        elif key == Qt.Key.Key_Escape:
            self.selected.emit([], Mode.REPLACE, None)
        elif key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.confirmed.emit()
        elif not self._walk(key, keys):
            super().keyPressEvent(event)

    def _walk(self, key: int, keys: Qt.KeyboardModifier) -> bool:
        """Go to another card; tell whether the key is one for that."""
        cells = self.cells
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -cells.columns,
            Qt.Key.Key_Down: cells.columns,
            Qt.Key.Key_PageUp: -cells.page,
            Qt.Key.Key_PageDown: cells.page,
            Qt.Key.Key_Home: -cells.count,
            Qt.Key.Key_End: cells.count,
        }
        if key not in steps or not cells.count:
            return key in steps
        here = None if self._current is None else self._place(self._current)
        if here is None:  # the first step goes to the first card
            here = 0 if key == Qt.Key.Key_End else -steps[key]
        goal = min(max(here + steps[key], 0), cells.count - 1)
        if keys & CTRL and not keys & SHIFT:  # only the frame moves
            tile = int(self._ids[goal])
            self.selected.emit([], Mode.ADD, tile)
            self._anchor = tile
        else:
            self._select_place(goal, keys & SHIFT)
        return True

    def _select_place(self, place: int, keys: Qt.KeyboardModifier) -> None:
        """Select a card; with Shift all from the one where the last selection began."""
        tile = int(self._ids[place])
        anchor = None if self._anchor is None else self._place(self._anchor)
        if keys & SHIFT and anchor is not None:
            low, high = sorted((anchor, place))
            mode = Mode.ADD if keys & CTRL else Mode.REPLACE
            self.selected.emit(self._ids[low : high + 1].tolist(), mode, tile)
            return
        self._anchor = tile
        self.selected.emit([tile], Mode.TOGGLE if keys & CTRL else Mode.REPLACE, tile)

    def _draw(self, painter: QPainter, area: QRect, tile: int) -> None:
        is_current = tile == self._current and self.hasFocus()
        look = Look(self._picture_px, bool(self._mask[tile]), is_current)
        self._cards.draw(painter, area, tile, self._facts, self._picture(tile), look)

    def _arrange(self) -> None:
        cells, bar = self.cells, self.verticalScrollBar()
        bar.setRange(0, max(cells.total_height - cells.height, 0))
        bar.setSingleStep(cells.cell_height // 3)
        bar.setPageStep(max(cells.height - cells.cell_height // 2, cells.cell_height))
        self.viewport().update()
        self._want_pictures()

    def _want_pictures(self) -> None:
        """Ask for the pictures that are seen, then for those above and below."""
        if not len(self._ids) or not self.isVisible():
            return
        cells, top = self.cells, self._shift()
        seen = cells.seen(top, top + cells.height)
        margin = round(AHEAD * cells.height)
        around = cells.seen(top - margin, top + cells.height + margin)
        after = self._ids[seen.stop : around.stop].tolist()
        before = self._ids[around.start : seen.start].tolist()
        self.pictures_wanted.emit([*self._ids[seen.start : seen.stop].tolist(), *after, *before])

    def showEvent(self, event: QEvent) -> None:
        """Ask for the pictures when there is somebody to look at them."""
        super().showEvent(event)
        self._want_pictures()

    def _shift(self) -> int:
        return self.verticalScrollBar().value()

    def _in_content(self, point: QPoint) -> QPoint:
        """Return a point of the viewport, counted from the top of the first row."""
        return point + QPoint(0, self._shift())

    def _place(self, tile: int) -> int | None:
        place = int(self._places[tile]) if 0 <= tile < len(self._places) else -1
        return place if place >= 0 else None

    def _place_at(self, point: QPoint) -> int | None:
        return self.cells.position_at(self._in_content(point))

    def _top_position(self) -> int | None:
        cells = self.cells
        return self._shift() // cells.cell_height * cells.columns if cells.count else None

    def _reveal(self, tile: int) -> None:
        place = self._place(tile)
        if place is None:
            return
        cells, bar = self.cells, self.verticalScrollBar()
        area = cells.rect(place)
        if area.top() < bar.value():
            bar.setValue(area.top())
        elif area.bottom() > bar.value() + cells.height:
            bar.setValue(min(area.bottom() - cells.height + 1, area.top()))

    def _draw_box(self, end: QPoint) -> None:
        self._box.draw(self._in_content(end), QPoint(0, self._shift()))

    def _scroll_beyond(self) -> None:
        at = self.viewport().mapFromGlobal(self.cursor().pos())
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + (SCROLL_PX if at.y() > 0 else -SCROLL_PX))
