"""Fills the gallery from the controllers, and carries its wishes to them."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QObject, QPoint
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QApplication, QMenu

from ....al_core.diversity import likeness
from ....al_core.scoring import TagPredictions
from ... import bridge, settings
from ...controllers.background import Background
from ...controllers.pictures import Pictures
from ...controllers.plane import PlaneController
from ...controllers.predictions import PredictionsController
from ...controllers.queue import QueueController
from ...controllers.selection import Mode, TileSelection
from ...controllers.session import Session
from ...controllers.tag_order import ANY, Listing, Show, Sort, fitting, listed
from ...controllers.tagging import TaggingController
from ...messages import tr
from .card import Facts
from .chart_presenter import ChartPresenter
from .window import GalleryDock


class GalleryPresenter(QObject):
    """Binds one gallery to what is tagged, selected and predicted.

    The order stays as it is while tiles are tagged, so that nothing moves under the
    analyst's hands; tiles that no longer fit leave when he asks for it.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one argument per controller
        self,
        dock: GalleryDock,
        session: Session,
        tagging: TaggingController,
        selection: TileSelection,
        predictions: PredictionsController,
        queue: QueueController,
        pictures: Pictures,
        plane: PlaneController,
    ) -> None:
        super().__init__(dock)
        self._dock = dock
        self._session = session
        self._tagging = tagging
        self._selection = selection
        self._predictions = predictions
        self._queue = queue
        self._pictures = pictures
        self._background = Background(self)
        self._background.ended.connect(self._end_likeness)
        self._likeness: NDArray[np.float32] | None = None
        self._is_stale = True  # the list has to be made when it is seen
        self._outdated = 0  # listed tiles that no longer fit
        self._chart = ChartPresenter(
            dock.chart_panel, session, tagging, selection, plane, queue, pictures
        )
        dock.bar.chart_toggled.connect(lambda _shown: self._chart.look())
        self._bind_view()
        dock.bar.changed.connect(self._list)
        dock.bar.refresh_requested.connect(self._list)
        dock.bar.size_changed.connect(self._resize)
        dock.bar.set_size(settings.PICTURE_PX.get())
        self._resize(settings.PICTURE_PX.get())
        session.opened.connect(self._open)
        session.closed.connect(self._close)
        session.picks_changed.connect(self._note_queue)
        tagging.changed.connect(self._take_tags)
        tagging.confirmed.connect(self._go_on_after_confirming)
        tagging.tagged.connect(self._go_on_after_tagging)
        selection.changed.connect(self._show_selection)
        dock.visibilityChanged.connect(self._look)

    def show_class(self, label: int) -> None:
        """Show what is predicted to be of a class and waits for tags, the surest first."""
        self._dock.bar.set_listing(Listing(Show.OPEN, label, Sort.CERTAIN))
        self._is_stale = True
        self._dock.setUserVisible(True)
        self._look()
        self._dock.view.setFocus()
        self._dock.view.select_page()

    def unload(self) -> None:
        """Wait for what runs."""
        self._background.close()

    def _bind_view(self) -> None:
        view = self._dock.view
        view.set_pictures(self._pictures.picture)
        view.set_hint(tr("No tile fits. Choose other tiles above."))
        view.pictures_wanted.connect(self._pictures.want)
        view.selected.connect(self._select)
        view.opened.connect(self._queue.fly_to)
        view.confirmed.connect(self._tagging.confirm)
        view.menu_wanted.connect(self._show_menu)
        self._pictures.arrived.connect(view.update_tiles)

    def _open(self) -> None:
        if not self._tagging.is_active:
            return
        project = self._session.project
        self._pictures.start(bridge.shown_bands(QgsProject.instance()))
        colors = tuple(QColor(entry.color) for entry in project.legend)
        facts = Facts(project.tiles, self._tagging.states, project.legend, colors)
        self._dock.view.show_facts(facts)
        self._chart.show_facts(facts)
        self._dock.bar.set_legend(project.legend)
        self._dock.bar.set_listing(Listing())
        self._list()

    def _close(self) -> None:
        self._likeness = None
        self._dock.view.show_facts(None)
        self._dock.setUserVisible(False)

    def _look(self, *_: object) -> None:
        self._chart.look()
        if self._is_stale and self._dock.isVisible():
            self._list()

    def _list(self, *_: object) -> None:
        """Make the list anew, as soon as somebody can see it."""
        if not self._tagging.is_active:
            return
        self._is_stale = not self._dock.isVisible()
        if self._is_stale:
            return
        if self._dock.bar.listing().sort is Sort.LIKENESS:
            self._compare()
        else:
            self._show_list()

    def _show_list(self) -> None:
        listing, states = self._dock.bar.listing(), self._tagging.states
        tiles = self._session.project.tiles
        self._dock.view.show_tiles(listed(listing, states, tiles, self._picks(), self._likeness))
        self._outdated = 0
        self._show_state()

    def _picks(self) -> list[int]:
        return [pick.tile_id for pick in self._queue.picks()]

    def _compare(self) -> None:
        """Sort by likeness to the selected tile, in a thread: there may be many features."""
        like, found = self._selection.current, self._predictions.current
        row = None if like is None or found is None else found.row_of(like)
        if row is None or not found.features.shape[1]:
            self._dock.view.show_tiles(np.zeros(0, dtype=np.int64))
            self._dock.view.set_hint(
                tr("Select a tile that a network has looked at, then sort by likeness to it.")
            )
            self._show_state()
        elif not self._background.is_busy:
            tiles = len(self._session.project.tiles)
            self._background.start(found, partial(_likeness, found, row, tiles))

    def _end_likeness(self, purpose: object, outcome: object) -> None:
        if not self._tagging.is_active or purpose is not self._predictions.current:
            return
        if not isinstance(outcome, Exception):
            self._likeness = outcome
            self._show_list()

    def _take_tags(self, ids: NDArray[np.int64] | None) -> None:
        if not self._tagging.is_active:
            return
        if ids is None:  # another round, or another project
            self._list()
        else:
            self._dock.view.update_tiles(ids.tolist())
            self._count_outdated()

    def _note_queue(self) -> None:
        listing = self._dock.bar.listing()
        if Sort.QUEUE is listing.sort or Show.QUEUE is listing.show:
            self._list()

    def _show_selection(self) -> None:
        if self._tagging.is_active and self._session.is_open:
            self._dock.view.show_selection(self._selection.mask, self._selection.current)
            self._show_state()

    def _count_outdated(self) -> None:
        listing, states = self._dock.bar.listing(), self._tagging.states
        fits = fitting(listing, states, self._session.project.tiles, self._picks())
        self._outdated = int(np.count_nonzero(~fits[self._dock.view.tiles]))
        self._show_state()

    def _show_state(self) -> None:
        shown = len(self._dock.view.tiles)
        self._dock.bar.set_state(shown, self._selection.count, self._outdated)

    def _select(self, ids: list[int], mode: Mode, current: int | None) -> None:
        self._selection.select(ids, mode, current)

    def _go_on_after_confirming(self) -> None:
        if self.has_focus:
            self._dock.view.go_on()

    def _go_on_after_tagging(self) -> None:
        alone = self._selection.count == 1 and self._tagging.states.single
        if self.has_focus and alone and settings.TAG_GO_ON.get():
            self._dock.view.go_on()

    @property
    def has_focus(self) -> bool:
        """Whether the analyst works in the gallery, not on the map."""
        focus = QApplication.focusWidget()
        return focus is not None and (focus is self._dock.view or self._dock.isAncestorOf(focus))

    def _show_menu(self, tile: int, at: QPoint) -> None:
        menu = QMenu(self._dock.view)
        menu.addAction(tr("Show on the map")).triggered.connect(lambda: self._queue.fly_to(tile))
        menu.addAction(tr("Sort by likeness to this tile")).triggered.connect(
            lambda: self._sort_like(tile)
        )
        menu.addSeparator()
        menu.addAction(tr("Select this page (A)")).triggered.connect(self._dock.view.select_page)
        menu.popup(at)

    def _sort_like(self, tile: int) -> None:
        self._selection.select([tile])
        listing = self._dock.bar.listing()
        self._dock.bar.set_listing(Listing(listing.show, ANY, Sort.LIKENESS))
        self._list()

    def _resize(self, side_px: int) -> None:
        settings.PICTURE_PX.set(side_px)
        self._pictures.set_side(round(side_px * self._dock.view.devicePixelRatioF()))
        self._dock.view.set_picture_px(side_px)


def _likeness(found: TagPredictions, row: int, tiles: int) -> NDArray[np.float32]:
    """Return (T,) likeness of every tile to one row of the predictions, NaN where unknown."""
    result = np.full(tiles, np.nan, dtype=np.float32)
    result[found.tile_ids] = likeness(found.features.astype(np.float32), row)
    return result
