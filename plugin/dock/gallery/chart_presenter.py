"""Fills the chart of the tiles from the controllers, and carries its wishes to them."""

from __future__ import annotations

from qgis.PyQt.QtCore import QObject

from ... import messages
from ...controllers.pictures import Pictures
from ...controllers.plane import Layout, PlaneController
from ...controllers.queue import QueueController
from ...controllers.selection import TileSelection
from ...controllers.session import Session
from ...controllers.tagging import TaggingController
from ...messages import tr
from .card import Facts
from .chart_panel import ChartPanel


class ChartPresenter(QObject):
    """Binds one chart; it computes nothing before somebody looks at it."""

    def __init__(  # noqa: PLR0913, PLR0917 - one argument per controller
        self,
        panel: ChartPanel,
        session: Session,
        tagging: TaggingController,
        selection: TileSelection,
        plane: PlaneController,
        queue: QueueController,
        pictures: Pictures,
    ) -> None:
        super().__init__(panel)
        self._panel = panel
        self._session = session
        self._tagging = tagging
        self._selection = selection
        self._plane = plane
        self._pictures = pictures
        chart = panel.chart
        chart.set_pictures(pictures.picture)
        chart.set_hint(tr("Looking at the features of the tiles…"))
        chart.selected.connect(selection.select)
        chart.opened.connect(queue.fly_to)
        chart.looked_at.connect(pictures.want_now)
        pictures.arrived.connect(chart.update_picture)
        panel.layout_requested.connect(plane.lay_out)
        panel.cancel_requested.connect(plane.cancel)
        plane.changed.connect(self._show_places)
        plane.failed.connect(self._show_problem)
        plane.progressed.connect(self._show_progress)
        plane.busy_changed.connect(self._show_busy)
        tagging.changed.connect(lambda _ids: chart.redraw())
        selection.changed.connect(self._show_selection)
        session.closed.connect(lambda: chart.show_facts(None))

    def show_facts(self, facts: Facts) -> None:
        """Show the tiles of another project."""
        self._panel.chart.show_facts(facts)
        self.look()

    def look(self) -> None:
        """Lay the tiles out if that has not been done and the chart can be seen."""
        wanted = self._panel.isVisible() and self._tagging.is_active
        if wanted and self._plane.places is None and not self._plane.is_busy:
            self._plane.lay_out(Layout.PCA)

    def _show_places(self) -> None:
        self._panel.set_layout(self._plane.layout)
        self._panel.chart.show_places(self._plane.places)
        self._show_selection()
        self.look()

    def _show_problem(self, error: object) -> None:
        self._panel.chart.set_hint(messages.sentence_of(error))
        self._panel.set_layout(self._plane.layout)

    def _show_progress(self, fraction: float, message: str) -> None:
        if self._plane.is_busy:
            self._panel.progress.report(fraction, message)

    def _show_busy(self, busy: bool) -> None:  # noqa: FBT001 - a slot
        if not busy:
            self._panel.progress.finish()
            self._panel.set_layout(self._plane.layout)

    def _show_selection(self) -> None:
        if self._tagging.is_active and self._session.is_open:
            self._panel.chart.show_selection(self._selection.mask, self._selection.current)
