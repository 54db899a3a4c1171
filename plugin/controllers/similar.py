"""Find similar tiles: to the one on the map, or to one that is clicked."""

from __future__ import annotations

from qgis.core import QgsPointXY
from qgis.gui import QgsMapCanvas, QgsMapTool
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...al_core.errors import QueryError
from ..maptools.tile_tool import TileTool
from ..messages import tr
from . import places
from .queue import QueueController
from .ranking import RankingController
from .session import Session


class SimilarController(QObject):
    """Lends the mouse to the tile tool for one click, and gives it back."""

    failed = pyqtSignal(object)

    def __init__(
        self,
        session: Session,
        queue: QueueController,
        ranking: RankingController,
        canvas: QgsMapCanvas,
    ) -> None:
        super().__init__()
        self._session = session
        self._queue = queue
        self._ranking = ranking
        self._canvas = canvas
        self._before: QgsMapTool | None = None
        self.tool = TileTool(canvas)
        self.tool.clicked.connect(self._take)
        self.tool.cancelled.connect(self._give_back)
        session.closed.connect(self._give_back)

    def find(self) -> None:
        """Find tiles like the one that the map shows; without one, ask for a click."""
        if self._queue.current is None:
            self.find_by_click()
        else:
            self._ranking.find_similar(self._queue.current)

    def find_by_click(self) -> None:
        """Wait for a click on a tile of the map."""
        if self._session.is_open and self._canvas.mapTool() is not self.tool:
            self._before = self._canvas.mapTool()
            self._canvas.setMapTool(self.tool)

    def unload(self) -> None:
        """Give the mouse back and remove the tool."""
        self._give_back()
        self.tool.deleteLater()

    def _take(self, point: QgsPointXY) -> None:
        self._give_back()
        tile = places.tile_at(self._session.project, self._canvas, point)
        if tile is None:
            self.failed.emit(
                QueryError(tr("There is no tile at this place; click inside an image."))
            )
        else:
            self._ranking.find_similar(tile)

    def _give_back(self) -> None:
        if self._canvas.mapTool() is self.tool:
            self._canvas.unsetMapTool(self.tool)
            if self._before is not None:
                self._canvas.setMapTool(self._before)
        self._before = None
