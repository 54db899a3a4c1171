"""LandLoop's layer group: the maps of the current round, and the tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsDataProvider,
    QgsLayerTreeGroup,
    QgsLayerTreeLayer,
    QgsMapLayer,
    QgsProject,
    QgsRasterLayer,
    QgsRasterRenderer,
)

from ...al_core.legend import Legend
from ...al_core.project import ImageRecord, PickRecord, TileTable
from ..messages import log, tr
from . import styles, tile_layer
from .tile_layer import TileContent, TileFrames

GROUP = "LandLoop"
ROLE = "landloop/role"  # custom property: what a layer of ours, or our group, is for
PART = "landloop/part"  # custom property: which image's map it is
TILES, GRID, UNCERTAINTY, PREDICTION = "tiles", "grid", "uncertainty", "prediction"
ORDER = (TILES, GRID, UNCERTAINTY, PREDICTION)  # from top to bottom when we add them


class MapLayers:
    """Adds our layers, swaps their content, and leaves alone what the user did to them.

    Layers are found again by a custom property, so nothing breaks when the user renames,
    moves or deletes one; a deleted one is made again.
    """

    def __init__(self, project: QgsProject, root: QgsLayerTreeGroup | None = None) -> None:
        self._project = project
        self._root = root or project.layerTreeRoot()
        self._opacity = {PREDICTION: 0.6, UNCERTAINTY: 0.9}
        self._content: dict[str, TileContent] = {}  # by layer id
        self._frames: TileFrames | None = None  # of the tiles that are shown

    def show_round(
        self,
        prediction: Sequence[Path],
        uncertainty: Sequence[Path],
        legend: Legend,
        *,
        is_prediction_shown: bool = True,
    ) -> None:
        """Show the maps of a round instead of those before.

        Args:
            prediction: Class values, one file an image.
            uncertainty: Likewise, 0 to 1.
            legend: The classes.
            is_prediction_shown: Whether a layer of predictions is visible when it is new.
        """
        self._show_maps(
            PREDICTION,
            prediction,
            lambda layer: styles.prediction_renderer(layer.dataProvider(), legend),
            is_shown=is_prediction_shown,
        )
        self._show_maps(
            UNCERTAINTY,
            uncertainty,
            lambda layer: styles.uncertainty_renderer(layer.dataProvider()),
            is_shown=False,
        )

    def show_tiles(
        self,
        tiles: TileTable,
        images: Sequence[ImageRecord],
        picks: Iterable[PickRecord],
        labelled: Iterable[int],
    ) -> None:
        """Show picks with their ranks, validation tiles, labelled tiles, and the grid."""
        frames = self._frames = TileFrames(tiles, images)
        for role, make in (
            (GRID, tile_layer.new_grid_layer),
            (TILES, tile_layer.new_tile_layer),
        ):
            kept = self._layers(role)
            useless = [layer.id() for layer in kept if not tile_layer.fits(layer, frames)]
            self._project.removeMapLayers(useless)
            if len(useless) == len(kept):
                self._add(make(frames), role)
        for layer in self._layers(GRID):
            tile_layer.fill_grid(layer, frames)
        rows = tile_layer.tile_rows(tiles, picks, labelled)
        for layer in self._layers(TILES):
            if layer.id() not in self._content:
                self._content[layer.id()] = TileContent(layer)
            self._content[layer.id()].update(layer, rows, frames)

    def show_picks(self, picks: Iterable[PickRecord], labelled: Iterable[int]) -> None:
        """Show other picks among the tiles that are shown; quick, whatever their number."""
        ranks = {pick.tile_id: pick.rank for pick in picks}
        rows = tile_layer.pick_rows(ranks, labelled)
        for layer in self._layers(TILES):
            if layer.id() in self._content and self._frames is not None:
                self._content[layer.id()].rerank(layer, rows, self._frames)

    def toggle_prediction(self) -> bool:
        """Show or hide the prediction; return whether it is visible now."""
        return self._toggle(PREDICTION)

    def toggle_uncertainty(self) -> bool:
        """Show or hide the uncertainty; return whether it is visible now."""
        return self._toggle(UNCERTAINTY)

    @property
    def prediction_visible(self) -> bool:
        """Whether a prediction is on the map."""
        return self._is_visible(PREDICTION)

    @property
    def uncertainty_visible(self) -> bool:
        """Whether the uncertainty is on the map."""
        return self._is_visible(UNCERTAINTY)

    def set_prediction_opacity(self, opacity: float) -> None:
        """Set the opacity of the prediction, 0 to 1."""
        self._set_opacity(PREDICTION, opacity)

    def set_uncertainty_opacity(self, opacity: float) -> None:
        """Set the opacity of the uncertainty, 0 to 1."""
        self._set_opacity(UNCERTAINTY, opacity)

    def clear(self) -> None:
        """Remove our layers, and our group unless the user keeps something of his in it."""
        ours = [layer.id() for role in ORDER for layer in self._layers(role)]
        self._project.removeMapLayers(ours)
        self._content = {}
        self._frames = None
        group = self._find_group()
        if group is not None and not group.children():
            group.parent().removeChildNode(group)

    def _show_maps(
        self,
        role: str,
        paths: Sequence[Path],
        renderer: Callable[[QgsRasterLayer], QgsRasterRenderer],
        *,
        is_shown: bool,
    ) -> None:
        shown = {layer.customProperty(PART): layer for layer in self._layers(role)}
        for path in paths:
            fresh = QgsRasterLayer(str(path), _title(role, path), "gdal")
            if not fresh.isValid():
                log(f"{path} cannot be shown; the map before stays.", Qgis.MessageLevel.Warning)
            elif path.stem in shown:
                _swap(shown[path.stem], path)
            else:
                fresh.setRenderer(renderer(fresh))
                fresh.setOpacity(self._opacity[role])
                fresh.setCustomProperty(PART, path.stem)
                node = self._add(fresh, role)
                node.setItemVisibilityChecked(is_shown)
        wanted = {path.stem for path in paths}
        gone = [layer.id() for part, layer in shown.items() if part not in wanted]
        self._project.removeMapLayers(gone)

    def _add(self, layer: QgsMapLayer, role: str) -> QgsLayerTreeLayer:
        layer.setCustomProperty(ROLE, role)
        added = self._project.addMapLayer(layer, False)  # noqa: FBT003 - QGIS: not into the tree
        group = self._find_group() or self._new_group()
        node = group.insertLayer(_place(group, role), added)
        node.setExpanded(False)
        return node

    def _layers(self, role: str) -> list[QgsMapLayer]:
        layers = self._project.mapLayers().values()
        return [layer for layer in layers if layer.customProperty(ROLE) == role]

    def _nodes(self, role: str) -> list[QgsLayerTreeLayer]:
        nodes = (self._root.findLayer(layer.id()) for layer in self._layers(role))
        return [node for node in nodes if node is not None]

    def _find_group(self) -> QgsLayerTreeGroup | None:
        groups = _groups_in(self._root)
        return next((group for group in groups if group.customProperty(ROLE)), None)

    def _new_group(self) -> QgsLayerTreeGroup:
        group = self._root.insertGroup(0, GROUP)
        group.setCustomProperty(ROLE, "group")
        return group

    def _is_visible(self, role: str) -> bool:
        return any(node.isVisible() for node in self._nodes(role))

    def _toggle(self, role: str) -> bool:
        nodes, show = self._nodes(role), not self._is_visible(role)
        for node in nodes:
            if show:
                node.setItemVisibilityCheckedParentRecursive(True)
            else:
                node.setItemVisibilityChecked(False)
        return show and bool(nodes)

    def _set_opacity(self, role: str, opacity: float) -> None:
        self._opacity[role] = opacity
        for layer in self._layers(role):
            layer.setOpacity(opacity)
            layer.triggerRepaint()


def _swap(layer: QgsRasterLayer, path: Path) -> None:
    """Let a layer show another file; its id, place, name and style stay."""
    if layer.source() == str(path) and layer.isValid():
        layer.reload()  # the same file, written anew
    else:
        options = QgsDataProvider.ProviderOptions()
        layer.setDataSource(str(path), layer.name(), "gdal", options)
    layer.triggerRepaint()


def _place(group: QgsLayerTreeGroup, role: str) -> int:
    """Return where in the group a new layer goes: below those that belong above it."""
    above = ORDER[: ORDER.index(role) + 1]
    places = [
        place + 1
        for place, node in enumerate(group.children())
        if isinstance(node, QgsLayerTreeLayer)
        and node.layer() is not None
        and node.layer().customProperty(ROLE) in above
    ]
    return max(places, default=0)


def _groups_in(parent: QgsLayerTreeGroup) -> Iterable[QgsLayerTreeGroup]:
    for node in parent.children():
        if isinstance(node, QgsLayerTreeGroup):
            yield node
            yield from _groups_in(node)


def _title(role: str, path: Path) -> str:
    """Return a name for the layer; the maps of several images end in a number."""
    title = tr("Prediction") if role == PREDICTION else tr("Uncertainty")
    _, _, number = path.stem.partition("_")
    return f"{title} {number}" if number else title
