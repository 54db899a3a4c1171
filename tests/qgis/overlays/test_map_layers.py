"""The layer group in a real QGIS project."""

import numpy as np
import pytest
from landloop.al_core.coords import GeoTransform
from landloop.al_core.project import Normalisation, PickRecord, ProjectSettings, Role
from landloop.al_core.project.tiles import tile_table
from landloop.plugin.overlays.map_layers import MapLayers
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
    QgsSingleBandGrayRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

from .conftest import HALO, TILE, make_image, write_tif

UTM = GeoTransform(500000.0, 4000000.0, 1.0, -1.0)


@pytest.fixture
def project(qgis_app):
    return QgsProject()


@pytest.fixture
def layers(project):
    return MapLayers(project)


@pytest.fixture
def round_files(tmp_path):
    """Write the maps of a round; each is filled with one value."""

    def write(number, value=1, uncertainty=0.5, images=("",)):
        folder = tmp_path / f"{number:04}"
        folder.mkdir(exist_ok=True)
        maps = ([], [])
        for image in images:
            for paths, kind, fill, dtype in (
                (maps[0], "prediction", value, np.uint8),
                (maps[1], "uncertainty", uncertainty, np.float32),
            ):
                bands = np.full((1, 20, 20), fill, dtype)
                paths.append(write_tif(folder / f"{kind}{image}.tif", bands, UTM, 32612))
        return maps

    return write


@pytest.fixture
def tiles():
    """One image of 16 tiles; 3 and 9 validate."""
    return table_of([make_image("scene.tif", 128, 128, UTM, 32612)], validation=(3, 9))


def table_of(images, validation=()):
    settings = ProjectSettings(TILE, HALO, (1,), Normalisation((0,), (1,), (0,), (1,)), 0, "")
    count = sum(image.tile_count for image in images)
    role = np.zeros(count, np.uint8)
    role[list(validation)] = Role.VALIDATION
    return tile_table(images, settings, np.full(count, 9, np.int32), role), images


def pick(rank, tile):
    return PickRecord(rank, tile, 1.0, {}, 1, "dcau")


def group(project):
    return next(g for g in project.layerTreeRoot().findGroups() if g.name() == "LandLoop")


def named(project, name):
    (layer,) = project.mapLayersByName(name)
    return layer


def node(project, name):
    return project.layerTreeRoot().findLayer(named(project, name).id())


def color_of(layer):
    """Return the colour, with alpha, in the middle of a rendered layer."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setExtent(layer.extent())
    settings.setDestinationCrs(layer.crs())
    settings.setOutputSize(QSize(40, 40))
    settings.setBackgroundColor(QColor(0, 0, 0, 0))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage().pixelColor(20, 20)


def features(project):
    return {
        feature["tile"]: (feature["role"], feature["rank"] or None, feature["state"])
        for feature in named(project, "Tiles").getFeatures()
    }


def test_a_round_appears_in_a_group_at_the_top(project, layers, legend, round_files):
    project.layerTreeRoot().addGroup("mine")
    layers.show_round(*round_files(1), legend)

    assert [child.name() for child in project.layerTreeRoot().children()] == ["LandLoop", "mine"]
    assert [child.name() for child in group(project).children()] == ["Uncertainty", "Prediction"]
    assert named(project, "Prediction").crs().authid() == "EPSG:32612"


def test_the_prediction_has_the_legend_and_is_shown_half_transparent(
    project, layers, legend, round_files
):
    layers.show_round(*round_files(1, value=5), legend)
    layer = named(project, "Prediction")

    entries = [(c.value, c.label, c.color.name()) for c in layer.renderer().classes()]
    assert entries == [(1, "Water", "#0000ff"), (5, "Forest", "#00ff00"), (7, "Town", "#ff0000")]
    assert node(project, "Prediction").isVisible()
    assert color_of(layer).name() == "#00ff00"
    assert color_of(layer).alphaF() == pytest.approx(0.6, abs=0.01)


def test_the_uncertainty_waits_hidden_and_its_alpha_grows_with_the_value(
    project, layers, legend, round_files
):
    alphas = []
    for number, value in enumerate((0.0, 0.2, 0.5, 1.0)):
        layers.show_round(*round_files(number, uncertainty=value), legend)
        assert not node(project, "Uncertainty").isVisible()
        color = color_of(named(project, "Uncertainty"))
        alphas.append(color.alpha())

    assert alphas[0] == 0
    assert alphas == sorted(set(alphas))
    assert color.hue() == pytest.approx(QColor("#ff00d4").hue(), abs=3)


def test_uncertain_pixels_without_data_are_not_drawn(project, layers, legend, round_files):
    layers.show_round(*round_files(1, uncertainty=np.nan), legend)

    assert color_of(named(project, "Uncertainty")).alpha() == 0


def test_a_new_round_swaps_the_content_of_the_same_layers(project, layers, legend, round_files):
    layers.show_round(*round_files(1, value=1), legend)
    before = set(project.mapLayers())
    layers.show_round(*round_files(2, value=7), legend)

    assert set(project.mapLayers()) == before
    assert color_of(named(project, "Prediction")).name() == "#ff0000"


def test_what_the_user_did_to_a_layer_survives_the_next_round(project, layers, legend, round_files):
    root = project.layerTreeRoot()
    layers.show_round(*round_files(1), legend)
    layer = named(project, "Prediction")
    layer.setName("my map")
    layer.setRenderer(QgsSingleBandGrayRenderer(layer.dataProvider(), 1))
    layer.setOpacity(0.25)
    root.findLayer(layer.id()).setItemVisibilityChecked(False)
    mine = root.addGroup("mine")
    mine.addChildNode(root.findLayer(layer.id()).clone())
    group(project).removeLayer(layer)
    group(project).setName("machine")
    layers.show_round(*round_files(2), legend)

    kept = named(project, "my map")
    assert kept.id() == layer.id()
    assert kept.renderer().type() == "singlebandgray"
    assert kept.opacity() == 0.25
    assert "0002" in kept.source()
    assert [child.name() for child in root.children()] == ["machine", "mine"]
    assert [child.name() for child in mine.children()] == ["my map"]
    assert not root.findLayer(kept.id()).isVisible()


def test_the_old_map_stays_when_the_new_one_cannot_be_read(
    project, layers, legend, round_files, tmp_path
):
    layers.show_round(*round_files(1, value=5), legend)
    broken = tmp_path / "prediction.tif"
    broken.write_bytes(b"not a tif")
    layers.show_round([broken], [tmp_path / "uncertainty.tif"], legend)

    assert "0001" in named(project, "Prediction").source()
    assert color_of(named(project, "Prediction")).name() == "#00ff00"


def test_a_file_written_anew_is_read_again(project, layers, legend, round_files):
    maps = round_files(1, value=1)
    layers.show_round(*maps, legend)
    color_of(named(project, "Prediction"))
    maps[0][0].unlink()
    layers.show_round(*round_files(1, value=7), legend)

    assert color_of(named(project, "Prediction")).name() == "#ff0000"


def test_each_image_has_layers_of_its_own(project, layers, legend, round_files):
    layers.show_round(*round_files(1, images=("_1", "_2")), legend)
    layers.show_round(*round_files(2, images=("_1", "_2")), legend)

    names = [child.name() for child in group(project).children()]
    assert sorted(names) == ["Prediction 1", "Prediction 2", "Uncertainty 1", "Uncertainty 2"]


def test_deleted_layers_and_groups_are_made_again(project, layers, legend, round_files):
    layers.show_round(*round_files(1), legend)
    layers.toggle_uncertainty()
    project.removeMapLayer(named(project, "Prediction").id())
    layers.toggle_prediction()
    layers.set_prediction_opacity(0.5)
    root = project.layerTreeRoot()
    root.removeChildNode(group(project))
    project.removeAllMapLayers()
    assert layers.toggle_prediction() is False
    layers.show_round(*round_files(2), legend)

    assert len(project.mapLayers()) == 2
    assert named(project, "Prediction").opacity() == 0.5


def test_toggling_shows_and_hides(project, layers, legend, round_files):
    assert layers.toggle_prediction() is False
    layers.show_round(*round_files(1), legend)

    assert layers.prediction_visible
    assert layers.toggle_prediction() is False
    assert not node(project, "Prediction").isVisible()
    assert layers.toggle_uncertainty() is True
    assert layers.uncertainty_visible


def test_toggling_shows_a_layer_in_a_group_that_was_off(project, layers, legend, round_files):
    layers.show_round(*round_files(1), legend)
    group(project).setItemVisibilityChecked(False)

    assert layers.toggle_prediction() is True
    assert node(project, "Prediction").isVisible()


def test_clearing_removes_only_what_is_ours(project, layers, legend, round_files, tiles):
    table, images = tiles
    theirs = QgsVectorLayer("Point?crs=EPSG:4326", "theirs", "memory")
    project.addMapLayer(theirs)
    layers.show_round(*round_files(1), legend)
    layers.show_tiles(table, images, [], [])
    layers.clear()
    layers.clear()

    assert [layer.name() for layer in project.mapLayers().values()] == ["theirs"]
    assert [child.name() for child in project.layerTreeRoot().children()] == ["theirs"]


def test_clearing_leaves_a_group_in_which_the_user_keeps_something(
    project, layers, legend, round_files
):
    layers.show_round(*round_files(1), legend)
    theirs = QgsVectorLayer("Point?crs=EPSG:4326", "theirs", "memory")
    project.addMapLayer(theirs, False)
    group(project).addLayer(theirs)
    layers.clear()

    assert [child.name() for child in group(project).children()] == ["theirs"]


def test_layers_of_a_saved_qgis_project_are_found_again(
    project, layers, legend, round_files, tiles, tmp_path
):
    table, images = tiles
    layers.show_round(*round_files(1), legend)
    layers.show_tiles(table, images, [pick(1, 5)], [])
    assert project.write(str(tmp_path / "map.qgz"))
    again = QgsProject()
    assert again.read(str(tmp_path / "map.qgz"))
    before = set(again.mapLayers())
    assert len(before) == 4
    restored = MapLayers(again)
    restored.show_round(*round_files(2), legend)
    restored.show_tiles(table, images, [pick(1, 6)], [])

    assert set(again.mapLayers()) == before
    assert features(again)[6] == ("pool", 1, "open")
    assert named(again, "Tile grid").featureCount() == 1


def test_picks_validation_and_labelled_tiles_are_shown_and_no_others(project, layers, tiles):
    table, images = tiles
    layers.show_tiles(table, images, [pick(1, 5), pick(2, 7)], [7, 8, 9])

    assert features(project) == {
        3: ("validation", None, "open"),
        5: ("pool", 1, "open"),
        7: ("pool", 2, "labelled"),
        8: ("pool", None, "labelled"),
        9: ("validation", None, "labelled"),
    }


def test_tiles_lie_where_their_cores_are(project, layers, tiles):
    table, images = tiles
    layers.show_tiles(table, images, [pick(1, 5)], [])
    (shape,) = [
        feature.geometry()
        for feature in named(project, "Tiles").getFeatures()
        if feature["tile"] == 5
    ]

    box = shape.boundingBox()
    assert (box.xMinimum(), box.yMaximum()) == (500032, 4000000 - 32)
    assert (box.width(), box.height()) == (32, 32)
    assert shape.isGeosValid()
    assert named(project, "Tiles").crs().authid() == "EPSG:32612"


def test_only_what_changed_is_written_again(project, layers, tiles):
    table, images = tiles
    layers.show_tiles(table, images, [pick(1, 5), pick(2, 6)], [])
    layer = named(project, "Tiles")
    ids = {feature["tile"]: feature.id() for feature in layer.getFeatures()}
    repaints = []
    layer.repaintRequested.connect(lambda *_: repaints.append(1))

    layers.show_tiles(table, images, [pick(1, 5), pick(2, 6)], [])
    assert repaints == []
    layers.show_tiles(table, images, [pick(1, 6), pick(2, 10)], [5])

    assert repaints
    assert features(project)[5] == ("pool", None, "labelled")
    assert features(project)[6] == ("pool", 1, "open")
    assert features(project)[10] == ("pool", 2, "open")
    assert {f["tile"]: f.id() for f in layer.getFeatures()}[5] == ids[5]


def test_other_picks_are_shown_as_if_all_were_shown_anew(project, layers, tiles):
    table, images = tiles
    layers.show_tiles(table, images, [pick(1, 5), pick(2, 6), pick(3, 7)], [6, 8])
    layers.show_picks([pick(1, 10), pick(2, 7), pick(3, 8)], [6, 8])
    quick = features(project)
    layers.show_tiles(table, images, [pick(1, 10), pick(2, 7), pick(3, 8)], [6, 8])
    assert quick == features(project)
    assert quick[6] == ("pool", None, "labelled")  # was a pick
    assert 5 not in quick
    layers.show_picks([], [6, 8])
    assert {rank for _, rank, _ in features(project).values()} == {None}


def test_tiles_can_be_selected_but_not_edited(project, layers, tiles):
    table, images = tiles
    layers.show_tiles(table, images, [pick(1, 5)], [])
    layer = named(project, "Tiles")
    layer.selectByExpression('"rank" = 1')

    assert layer.selectedFeatureCount() == 1
    assert layer.startEditing() is False


def test_tiles_of_images_in_different_crs_share_one_layer(project, layers):
    first = make_image("a.tif", 128, 128, UTM, 32612)
    lonlat = GeoTransform(-111.0, 36.0, 1e-5, -1e-5)
    made = make_image("b.tif", 64, 64, lonlat, 4326)
    second = type(made)(**{**vars(made), "id": 2, "first_tile": len(first.grid(TILE, HALO))})
    table, images = table_of([first, second])
    layers.show_tiles(table, images, [pick(1, 16)], [])
    (shape,) = [feature.geometry() for feature in named(project, "Tiles").getFeatures()]

    assert named(project, "Tile grid").featureCount() == 2
    to_utm = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"),
        QgsCoordinateReferenceSystem("EPSG:32612"),
        project,
    )
    truth = to_utm.transform(QgsPointXY(-111.0 + 16e-5, 36.0 - 16e-5))
    assert shape.centroid().asPoint().distance(truth) < 0.1  # metres


def test_the_grid_has_a_line_for_every_border(project, layers, tiles):
    table, images = tiles
    layers.show_tiles(table, images, [], [])
    (grid,) = named(project, "Tile grid").getFeatures()

    assert len(grid.geometry().asMultiPolyline()) == 5 + 5
    box = grid.geometry().boundingBox()
    assert (box.width(), box.height()) == (128, 128)


def test_a_hundred_thousand_tiles_are_shown_without_a_long_wait(project, layers):
    import time

    image = make_image("big.tif", 32 * 320, 32 * 320, UTM, 32612)
    table, images = table_of([image], validation=range(0, 102_400, 10))
    picks = [pick(rank, 10 * rank + 1) for rank in range(1, 51)]
    started = time.perf_counter()
    layers.show_tiles(table, images, picks, [])
    first = time.perf_counter() - started
    started = time.perf_counter()
    layers.show_tiles(table, images, picks, [picks[0].tile_id])
    later = time.perf_counter() - started

    assert first < 3
    assert later < 0.5
