"""Maps of a whole image: right values, on its grid, whole or not at all."""

import numpy as np
import pytest
import rasterio

from al_core.config import PredictConfig
from al_core.errors import Cancelled, ConfigError, StorageError
from al_core.inference import predict, predict_image
from al_core.inference.predict import layout, window_px
from al_core.progress import Silent

SMALL = PredictConfig(window_px=64, batch_size=3)


def read(path):
    with rasterio.open(path) as source:
        return source.read(1)


def maps(request):
    return [read(path) for path in (request.prediction, request.uncertainty, request.confidence)]


def test_the_maps_hold_class_values_uncertainty_and_confidence(
    scene, by_pixel, request_maps, silent
):
    request = request_maps(scene)
    predict_image(by_pixel, scene.inputs, request, SMALL, silent)
    prediction, uncertainty, confidence = maps(request)
    first = 1 / (1 + np.exp(-2 * scene.pixels[0].astype(float)))
    entropy = -(first * np.log(first) + (1 - first) * np.log(1 - first))
    expected = entropy * (0.75 * first + 0.25 * (1 - first)) / (np.log(2) * 0.75)
    assert np.array_equal(prediction, np.where(first > 0.5, 7, 9))
    assert np.allclose(uncertainty, expected, atol=1e-5)
    assert np.allclose(confidence, np.maximum(first, 1 - first), atol=1e-5)


def test_pixels_without_data_have_none_in_the_maps(scene, by_pixel, request_maps, silent):
    scene.valid[20:90, 30:160] = False  # some windows see nothing at all
    request = request_maps(scene)
    predict_image(by_pixel, scene.inputs, request, SMALL, silent)
    prediction, uncertainty, confidence = maps(request)
    assert np.array_equal(prediction == 255, ~scene.valid)
    assert np.array_equal(np.isnan(uncertainty), ~scene.valid)
    assert np.array_equal(np.isnan(confidence), ~scene.valid)


def test_the_maps_lie_on_the_grid_of_the_image_in_its_colours(
    scene, by_pixel, request_maps, silent
):
    request = request_maps(scene)
    predict_image(by_pixel, scene.inputs, request, SMALL, silent)
    with rasterio.open(request.prediction) as source:
        assert source.crs.to_epsg() == 32632
        assert source.transform[:6] == (10, 0, 5e5, 0, -10, 5e6)
        assert source.shape == (150, 170)
        assert source.colormap(1)[9] == (0, 255, 0, 255)
        assert source.nodata == 255
        assert source.tags()["round"] == "3"
    with rasterio.open(request.uncertainty) as source:
        assert (source.dtypes, np.isnan(source.nodata)) == (("float32",), True)


def test_the_cut_into_bands_does_not_matter(
    make_scene, by_network, request_maps, silent, monkeypatch, tmp_path
):
    scene = make_scene(100, 300)
    found = []
    for strip_bytes in (1 << 20, 1):
        monkeypatch.setattr(
            predict, "layout", lambda *given, limit=strip_bytes: layout(*given, limit)
        )
        folder = tmp_path / str(strip_bytes)
        folder.mkdir()
        request = request_maps(scene, folder=folder)
        scan = PredictConfig(window_px=64, batch_size=2)
        two_classes = TwoClasses(by_network)
        predict_image(two_classes, scene.inputs, request, scan, silent)
        found.append(maps(request))
    assert len(layout(scene.image, 64, 2, 1).bands) == 5
    assert len(layout(scene.image, 64, 2, 1 << 20).bands) == 1
    for whole, cut in zip(*found, strict=True):
        assert np.allclose(whole, cut, atol=1e-5)


class TwoClasses:
    """The first two of three classes of a network."""

    def __init__(self, forward):
        self.forward = forward
        self.classes = 2
        self.device = forward.device
        self.batch_size = forward.batch_size

    def run(self, pixels):
        logits, features = self.forward.run(pixels)
        return logits[:, :2], features


def test_an_image_smaller_than_a_window_is_mapped_whole(make_scene, by_pixel, request_maps, silent):
    scene = make_scene(40, 150)
    request = request_maps(scene)
    predict_image(by_pixel, scene.inputs, request, PredictConfig(), silent)
    assert np.array_equal(read(request.prediction), np.where(scene.pixels[0] > 0, 7, 9))


@pytest.mark.parametrize(
    ("wanted", "tile", "size", "expected"),
    [
        (0, 64, 2000, 256),
        (0, 320, 2000, 320),
        (0, 1024, 2000, 512),
        (0, 256, 150, 160),
        (96, 256, 2000, 96),
    ],
)
def test_the_window_follows_the_tile_size_within_limits(make_scene, wanted, tile, size, expected):
    image = make_scene(64, 64).image
    assert window_px(wanted, tile, type(image)(**{**vars(image), "height": size})) == expected


@pytest.mark.parametrize("wanted", [32, 100, -64])
def test_an_impossible_window_is_refused_before_anything_is_written(
    scene, by_pixel, request_maps, silent, wanted, tmp_path
):
    with pytest.raises(ConfigError, match=f"window is {wanted} px; choose a multiple of 32"):
        predict_image(
            by_pixel, scene.inputs, request_maps(scene), PredictConfig(window_px=wanted), silent
        )
    assert list(tmp_path.iterdir()) == []


class Stop(Silent):
    left = 5

    def is_cancelled(self):
        self.left -= 1
        return self.left < 0


def test_a_cancel_leaves_no_map_and_keeps_the_old_ones(scene, by_pixel, request_maps, tmp_path):
    request = request_maps(scene)
    request.prediction.write_bytes(b"the old map")
    with pytest.raises(Cancelled):
        predict_image(by_pixel, scene.inputs, request, SMALL, Stop())
    assert [path.name for path in tmp_path.iterdir()] == ["prediction.tif"]
    assert request.prediction.read_bytes() == b"the old map"


def test_a_disk_that_fills_up_is_an_error_and_leaves_no_map(
    scene, by_pixel, request_maps, silent, monkeypatch, tmp_path
):
    from al_core.geo.writer import MapWriter

    def full(self, window, pixels):
        raise StorageError("The disk is full.")

    monkeypatch.setattr(MapWriter, "write", full)
    with pytest.raises(StorageError, match="full"):
        predict_image(by_pixel, scene.inputs, request_maps(scene), SMALL, silent)
    assert list(tmp_path.iterdir()) == []


def test_progress_grows_and_names_the_image(scene, by_pixel, request_maps):
    class Watcher(Silent):
        seen = ()

        def report(self, fraction, message):
            self.seen += ((fraction, message),)

    watcher = Watcher()
    predict_image(by_pixel, scene.inputs, request_maps(scene), SMALL, watcher)
    fractions = [fraction for fraction, _ in watcher.seen]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert 0.8 < fractions[-1] < 1
    assert {message for _, message in watcher.seen} == {"Predicting scene"}
