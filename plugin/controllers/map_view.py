"""The layers on the map: prediction, uncertainty and tiles of the current round."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from qgis.core import QgsProject
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ...al_core.config import Task
from ...al_core.project import Role, RoundRecord
from ..overlays.map_layers import MapLayers
from .labelling import LabellingController
from .queue import QueueController
from .session import Session
from .tag_map import TagMapController

SETTLE_MS = 300  # strokes come in bursts; the tile layer follows when they pause
FOLLOW_MS = 150  # while a slider is dragged the tile layer follows no more often


@dataclass(frozen=True)
class LayersState:
    """Which maps are there, shown, and how opaque (0 to 1)."""

    available: bool = False
    prediction: bool = True
    uncertainty: bool = False
    labels: bool = True
    prediction_opacity: float = 0.6
    uncertainty_opacity: float = 0.9
    labels_opacity: float = 0.55


class MapController(QObject):
    """Keeps the layer group and what is drawn over the map in step with the project.

    Where tiles are tagged, predictions are drawn with the tags; the raster of predicted
    scenes is there, too, but not shown.
    """

    state_changed = pyqtSignal(object)  # LayersState

    def __init__(
        self,
        session: Session,
        queue: QueueController,
        labelling: LabellingController,
        tag_map: TagMapController,
        qgis_project: QgsProject,
    ) -> None:
        super().__init__()
        self._tag_map = tag_map
        self._session = session
        self._queue = queue
        self._labelling = labelling
        self._layers = MapLayers(qgis_project)
        self._tree = qgis_project.layerTreeRoot()
        self._state = LayersState()
        self._layers.set_prediction_opacity(self._state.prediction_opacity)
        self._layers.set_uncertainty_opacity(self._state.uncertainty_opacity)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.show_tiles)
        self._follow = QTimer(self)
        self._follow.setSingleShot(True)
        self._follow.setInterval(FOLLOW_MS)
        self._follow.timeout.connect(self._show_picks)
        self._tree.visibilityChanged.connect(self._look)
        session.opened.connect(self._open)
        session.closed.connect(self._close)
        session.rounds_changed.connect(self.show_round)
        session.picks_changed.connect(self.show_tiles)
        session.labels_changed.connect(lambda _tiles: self._settle.start())
        queue.picks_shown.connect(self._follow_soon)

    def show_round(self) -> None:
        """Show the maps of the newest round that has any."""
        project = self._session.project
        rounds = [record for record in project.rounds.list() if record.predicted]
        if rounds:
            many = project.settings.task is Task.MULTILABEL  # its raster has a band a class
            self._layers.show_round(
                [] if many else _maps(rounds[-1], "prediction"),
                _maps(rounds[-1], "uncertainty"),
                project.legend,
                is_prediction_shown=not self._draws_tags,
            )
        self._change(available=bool(rounds))
        self._look()

    def show_tiles(self) -> None:
        """Show picks, validation tiles and labelled tiles."""
        if not self._session.is_open:
            return
        project, picks = self._session.project, self._queue.picks()
        labelled = self._queue.labelled_tiles()
        if self._draws_tags:  # the others are drawn with their tags, and may be very many
            known = {pick.tile_id for pick in picks} | set(
                np.flatnonzero(project.tiles.role == Role.VALIDATION).tolist()
            )
            labelled &= known
        self._layers.show_tiles(project.tiles, project.images, picks, labelled)

    def toggle(self, name: str) -> None:
        """Show a map that is hidden, hide one that is shown."""
        if name == "prediction" and self._draws_tags:
            self._tag_map.show_predictions(not self._tag_map.shows_predictions)
            self._look()
        elif name == "prediction":
            self._layers.toggle_prediction()
        else:
            self._layers.toggle_uncertainty()

    def set_visible(self, name: str, visible: bool) -> None:  # noqa: FBT001 - a slot
        """Show or hide the prediction, the uncertainty or the painted labels."""
        if name == "labels":
            self._labelling.set_overlay_visible(visible)
            self._tag_map.set_visible(visible)
            self._change(labels=visible)
        elif getattr(self._state, name) != visible:
            self.toggle(name)

    def set_opacity(self, name: str, opacity: float) -> None:
        """Set how opaque one of the three is, 0 to 1."""
        setters = {
            "labels": self._labelling.set_overlay_opacity,
            "prediction": self._layers.set_prediction_opacity,
            "uncertainty": self._layers.set_uncertainty_opacity,
        }
        setters[name](opacity)
        self._change(**{f"{name}_opacity": opacity})

    def unload(self) -> None:
        """Remove our layers from the QGIS project."""
        self._tree.visibilityChanged.disconnect(self._look)
        self._close()

    @property
    def _draws_tags(self) -> bool:
        """Whether tiles are tagged in the open project."""
        return self._session.is_open and self._session.project.settings.task.labels_tiles

    def _open(self) -> None:
        self._tag_map.set_visible(self._state.labels)
        self._labelling.set_overlay_visible(self._state.labels)
        self._labelling.set_overlay_opacity(self._state.labels_opacity)
        self.show_round()
        self.show_tiles()

    def _close(self) -> None:
        self._settle.stop()
        self._follow.stop()
        self._layers.clear()
        self._change(available=False)

    def _show_picks(self) -> None:
        if self._session.is_open:
            self._layers.show_picks(self._queue.picks(), self._queue.labelled_tiles())

    def _follow_soon(self) -> None:
        if not self._follow.isActive():
            self._follow.start()

    def _look(self, *_: object) -> None:
        """Take note of what is visible: the user has the layer tree too."""
        tags = self._draws_tags
        self._change(
            prediction=(
                self._tag_map.shows_predictions if tags else self._layers.prediction_visible
            ),
            uncertainty=self._layers.uncertainty_visible,
        )

    def _change(self, **changes: object) -> None:
        state = replace(self._state, **changes)
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)


def _maps(record: RoundRecord, kind: str) -> list[Path]:
    return sorted(record.folder.glob(f"{kind}*.tif"))
