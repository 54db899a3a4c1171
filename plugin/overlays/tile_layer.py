"""The tiles as map layers: which to label next, which validate, which are labelled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsMapLayer,
    QgsProject,
    QgsUnitTypes,
    QgsVectorLayer,
)

from ...al_core.coords import GeoTransform
from ...al_core.project import ImageRecord, PickRecord, Role, TileTable
from ..messages import tr
from . import styles
from .points import LINE, LINE_HEADER, MULTI_LINE, Points, polygon, reproject

TILE_FIELDS = (
    "tile:integer",
    "image:string(80)",
    "role:string(12)",
    "rank:integer",
    "state:string(12)",
)
GRID_FIELDS = ("image:string(80)",)
MAX_TILES = 20_000  # beyond, merely labelled tiles are left out; the labels themselves show
OVERVIEW_TILE_PX = 14  # smaller on screen, only picks are drawn
GRID_TILE_PX = 64  # smaller on screen, no grid is drawn
SCREEN_PX_M = 0.0254 / 96
EDGE_CELLS = 4  # points along the side of a tile that is bent in the layer's CRS


class TileRow(NamedTuple):
    """What the layer tells about one tile; rank 0 is no pick."""

    tile: int
    role: str
    rank: int
    state: str


def tile_rows(
    tiles: TileTable, picks: Iterable[PickRecord], labelled: Iterable[int]
) -> dict[int, TileRow]:
    """Return the tiles to be shown: picks, then validation, then labelled ones."""
    ranks = {pick.tile_id: pick.rank for pick in picks}
    done = set(labelled)
    validation = set(np.flatnonzero(tiles.role == Role.VALIDATION).tolist())
    shown = list(dict.fromkeys([*ranks, *sorted(validation), *sorted(done)]))[:MAX_TILES]
    return {
        tile: TileRow(
            tile,
            "validation" if tile in validation else "pool",
            ranks.get(tile, 0),
            "labelled" if tile in done else "open",
        )
        for tile in shown
    }


def pick_rows(ranks: Mapping[int, int], labelled: Iterable[int]) -> dict[int, TileRow]:
    """Return the tiles that are picks, by id; a pick is never a validation tile."""
    done = set(labelled)
    return {
        tile: TileRow(tile, "pool", rank, "labelled" if tile in done else "open")
        for tile, rank in ranks.items()
    }


class TileFrames:
    """Where tiles lie in the CRS of the layers: that of the first image."""

    def __init__(self, tiles: TileTable, images: Sequence[ImageRecord]) -> None:
        self._tiles = tiles
        self._images = {image.id: image for image in images}
        self.crs = _crs(images[0])
        self._to_layer = {image.id: self._transform(image) for image in images}
        self._size_m = self._tile_size_m(images[0])

    def scale_at(self, tile_px: int) -> float:
        """Return the scale (denominator) at which a tile is so many pixels on screen."""
        return self._size_m / (tile_px * SCREEN_PX_M)

    def name(self, tile: int) -> str:
        """Return the name of a tile's image."""
        return self._images[int(self._tiles.image[tile])].name

    def outlines(self, tiles: Sequence[int]) -> list[QgsGeometry]:
        """Return the cores of tiles as polygons."""
        found: dict[int, QgsGeometry] = {}
        ids = np.asarray(tiles, dtype=np.int64)
        for image in self._images.values():
            mine = ids[self._tiles.image[ids] == image.id]
            if len(mine):
                found.update(zip(mine.tolist(), self._polygons(image, mine), strict=True))
        return [found[tile] for tile in tiles]

    def grids(self) -> list[tuple[str, QgsGeometry]]:
        """Return each image's name and the borders of its tiles as lines."""
        return [(image.name, self._grid(image)) for image in self._images.values()]

    def _polygons(self, image: ImageRecord, ids: np.ndarray) -> list[QgsGeometry]:
        table, transform = self._tiles, self._to_layer[image.id]
        square = _square(1 if transform is None else EDGE_CELLS)  # (points, 2) col, row
        origin = np.stack([table.col[ids], table.row[ids]], axis=-1)[:, None]
        size = np.stack([table.width[ids], table.height[ids]], axis=-1)[:, None]
        rings = self._place(image, (origin + square * size).reshape(-1, 2).astype(np.float64))
        return [polygon(ring) for ring in rings.reshape(len(ids), len(square), 2)]

    def _grid(self, image: ImageRecord) -> QgsGeometry:
        mine = self._tiles.image == image.id
        along = np.linspace(0, 1, 2 if self._to_layer[image.id] is None else 65)
        lines = [
            np.stack([along * image.width, np.full_like(along, row)], axis=-1)
            for row in (*np.unique(self._tiles.row[mine]), image.height)
        ] + [
            np.stack([np.full_like(along, col), along * image.height], axis=-1)
            for col in (*np.unique(self._tiles.col[mine]), image.width)
        ]
        placed = self._place(image, np.concatenate(lines)).reshape(len(lines), len(along), 2)
        shape = QgsGeometry()
        shape.fromWkb(_multi_line(placed))
        return shape

    def _place(self, image: ImageRecord, pixels: Points) -> Points:
        geo: GeoTransform = image.transform
        points = pixels * (geo.dx, geo.dy) + (geo.x0, geo.y0)
        transform = self._to_layer[image.id]
        return points if transform is None else reproject(points, transform)

    def _transform(self, image: ImageRecord) -> QgsCoordinateTransform | None:
        context = QgsProject.instance().transformContext()
        transform = QgsCoordinateTransform(_crs(image), self.crs, context)
        return None if transform.isShortCircuited() else transform

    def _tile_size_m(self, image: ImageRecord) -> float:
        units = self.crs.mapUnits()
        metres = QgsUnitTypes.fromUnitToUnitFactor(units, QgsUnitTypes.DistanceUnit.DistanceMeters)
        size_px = max(int(self._tiles.height.max()), int(self._tiles.width.max()))
        return abs(image.transform.dy) * size_px * metres


def new_tile_layer(frames: TileFrames) -> QgsVectorLayer:
    """Return an empty layer of tiles, to be filled by TileContent."""
    layer = _memory_layer("Polygon", tr("Tiles"), TILE_FIELDS, frames.crs)
    overview = frames.scale_at(OVERVIEW_TILE_PX)
    layer.setRenderer(styles.tile_renderer(overview))
    layer.setLabeling(styles.rank_labeling(overview))
    layer.setLabelsEnabled(True)
    layer.setDisplayExpression("'Tile ' || \"tile\"")
    return layer


def new_grid_layer(frames: TileFrames) -> QgsVectorLayer:
    """Return the borders of all tiles; drawn only where the map is large enough."""
    layer = _memory_layer("MultiLineString", tr("Tile grid"), GRID_FIELDS, frames.crs)
    layer.setRenderer(styles.grid_renderer())
    layer.setScaleBasedVisibility(True)
    layer.setMinimumScale(frames.scale_at(GRID_TILE_PX))
    layer.setFlags(layer.flags() & ~QgsMapLayer.LayerFlag.Identifiable)
    return layer


def fits(layer: QgsVectorLayer, frames: TileFrames) -> bool:
    """Tell whether a layer that QGIS has kept is still of use."""
    fields = TILE_FIELDS if layer.fields().indexOf("tile") >= 0 else GRID_FIELDS
    names = [field.partition(":")[0] for field in fields]
    return layer.isValid() and layer.crs() == frames.crs and layer.fields().names() == names


def fill_grid(layer: QgsVectorLayer, frames: TileFrames) -> None:
    """Put the borders of all images into the layer, if they are not there yet."""
    if layer.featureCount() > 0:
        return
    features = [_feature(layer, lines, [name]) for name, lines in frames.grids()]
    layer.dataProvider().addFeatures(features)
    layer.updateExtents()


class TileContent:
    """Keeps the features of a tile layer in step, touching only what has changed."""

    def __init__(self, layer: QgsVectorLayer) -> None:
        layer.dataProvider().truncate()
        self._shown: dict[int, tuple[int, TileRow]] = {}  # feature id, row
        self._picks: set[int] = set()

    def update(
        self, layer: QgsVectorLayer, rows: Mapping[int, TileRow], frames: TileFrames
    ) -> None:
        """Show these tiles and no others."""
        gone = [tile for tile in self._shown if tile not in rows]
        self._picks = {tile for tile, row in rows.items() if row.rank}
        self._apply(layer, gone, rows, frames)

    def rerank(
        self, layer: QgsVectorLayer, picks: Mapping[int, TileRow], frames: TileFrames
    ) -> None:
        """Show other picks; all that is there for another reason stays, and is not looked at."""
        before = {tile: self._shown[tile][1] for tile in self._picks - set(picks)}
        gone = [tile for tile, row in before.items() if row.state == "open"]
        rows = {
            tile: row._replace(rank=0) for tile, row in before.items() if row.state == "labelled"
        }
        self._picks = set(picks)
        self._apply(layer, gone, {**rows, **picks}, frames)

    def _apply(
        self,
        layer: QgsVectorLayer,
        gone: Sequence[int],
        rows: Mapping[int, TileRow],
        frames: TileFrames,
    ) -> None:
        """Take tiles away, change or add others."""
        shown = self._shown
        changed = [row for tile, row in rows.items() if tile in shown and shown[tile][1] != row]
        new = [row for tile, row in rows.items() if tile not in shown]
        if not (gone or changed or new):
            return
        provider = layer.dataProvider()
        provider.deleteFeatures([shown.pop(tile)[0] for tile in gone])
        values = {shown[row.tile][0]: dict(enumerate(_attributes(row, frames))) for row in changed}
        if provider.changeAttributeValues(values):
            for row in changed:
                shown[row.tile] = (shown[row.tile][0], row)
        self._add(layer, new, frames)
        layer.updateExtents()
        layer.triggerRepaint()

    def _add(self, layer: QgsVectorLayer, rows: list[TileRow], frames: TileFrames) -> None:
        if not rows:
            return
        outlines = frames.outlines([row.tile for row in rows])
        features = [
            _feature(layer, outline, _attributes(row, frames))
            for row, outline in zip(rows, outlines, strict=True)
        ]
        _, stored = layer.dataProvider().addFeatures(features)
        for row, feature in zip(rows, stored, strict=True):
            self._shown[row.tile] = (feature.id(), row)


def _attributes(row: TileRow, frames: TileFrames) -> list[object]:
    return [row.tile, frames.name(row.tile), row.role, row.rank or None, row.state]


def _feature(layer: QgsVectorLayer, geometry: QgsGeometry, attributes: list[object]) -> QgsFeature:
    feature = QgsFeature(layer.fields())
    feature.setGeometry(geometry)
    feature.setAttributes(attributes)
    return feature


def _memory_layer(
    kind: str, name: str, fields: Sequence[str], crs: QgsCoordinateReferenceSystem
) -> QgsVectorLayer:
    source = f"{kind}?" + "&".join(f"field={field}" for field in fields)
    layer = QgsVectorLayer(source, name, "memory")
    layer.setCrs(crs)
    layer.setReadOnly(True)
    layer.setCustomProperty("skipMemoryLayersCheck", 1)  # nothing is lost when QGIS closes
    return layer


def _crs(image: ImageRecord) -> QgsCoordinateReferenceSystem:
    return QgsCoordinateReferenceSystem.fromWkt(image.crs_wkt)


def _square(cells: int) -> Points:
    """Return the closed border of the unit square, (4 cells + 1, 2), clockwise on a map."""
    steps = np.arange(cells) / cells
    zeros, ones = np.zeros(cells), np.ones(cells)
    col = np.concatenate([steps, ones, 1 - steps, zeros, [0]])
    row = np.concatenate([zeros, steps, ones, 1 - steps, [0]])
    return np.stack([col, row], axis=-1)


def _multi_line(lines: Points) -> bytes:
    """Return (lines, points, 2) as well-known binary."""
    head = LINE_HEADER.pack(1, MULTI_LINE, len(lines))
    line = LINE_HEADER.pack(1, LINE, lines.shape[1])
    return head + b"".join(line + one.astype("<f8").tobytes() for one in lines)
