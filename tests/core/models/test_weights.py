"""Pretrained weights fit the encoder, or a sentence tells why not."""

import pytest
import segmentation_models_pytorch as smp
import torch
from safetensors.torch import save_file

from al_core.config import IMAGENET
from al_core.errors import Cancelled, TrainingError
from al_core.models import build, load_encoder
from al_core.progress import Silent

FIRST = "features.0.0.weight"


@pytest.fixture(scope="module")
def trained():
    """The state of an encoder for three channels."""
    return build("mobilenet_v2", 3, 2, seed=7).encoder.state_dict()


@pytest.fixture(scope="module")
def weights_file(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "encoder.safetensors"
    save_file(trained, path)
    return str(path)


def filled(weights, bands):
    network = build("mobilenet_v2", bands, 2)
    load_encoder(network, weights)
    return network.encoder.state_dict()


def test_a_file_fills_the_whole_encoder(trained, weights_file):
    state = filled(weights_file, 3)
    assert all(torch.equal(state[name], trained[name]) for name in trained)


def test_more_bands_repeat_the_colours_and_keep_the_sum(trained, weights_file):
    state = filled(weights_file, 5)
    expected = torch.stack([trained[FIRST][:, band % 3] for band in range(5)], 1) * 3 / 5
    assert torch.allclose(state[FIRST], expected)
    last = "features.18.0.weight"
    assert torch.equal(state[last], trained[last])


def test_one_band_gets_the_sum_of_the_colours(trained, weights_file):
    assert torch.allclose(
        filled(weights_file, 1)[FIRST], trained[FIRST].sum(1, keepdim=True), atol=1e-6
    )


def test_no_weights_leave_the_network_as_it_is():
    network = build("mobilenet_v2", 3, 2)
    before = network.encoder.state_dict()[FIRST].clone()
    load_encoder(network, "")
    assert torch.equal(network.encoder.state_dict()[FIRST], before)


def test_a_file_for_another_encoder_is_refused_by_naming_keys(trained, tmp_path):
    other = dict(trained)
    other["conv1.weight"] = other.pop(FIRST)
    path = tmp_path / "other.safetensors"
    save_file(other, path)
    network = build("mobilenet_v2", 3, 2)
    before = network.encoder.state_dict()["features.1.conv.0.0.weight"].clone()
    with pytest.raises(TrainingError, match=r"misses features\.0\.0\.weight.*conv1\.weight"):
        load_encoder(network, str(path))
    assert torch.equal(network.encoder.state_dict()["features.1.conv.0.0.weight"], before)


def test_a_layer_of_another_shape_is_named(trained, tmp_path):
    path = tmp_path / "wide.safetensors"
    save_file({**trained, FIRST: torch.zeros(32, 4, 3, 3)}, path)
    with pytest.raises(TrainingError, match=r"another shape of features\.0\.0\.weight"):
        load_encoder(build("mobilenet_v2", 3, 2), str(path))


@pytest.mark.parametrize("content", [b"", b"no tensors at all", b"\xff" * 100])
def test_a_damaged_file_is_refused(tmp_path, content):
    path = tmp_path / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(TrainingError, match="cannot be read as a safetensors file"):
        load_encoder(build("mobilenet_v2", 3, 2), str(path))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(TrainingError, match=r"gone\.safetensors does not exist"):
        load_encoder(build("mobilenet_v2", 3, 2), str(tmp_path / "gone.safetensors"))


def test_a_download_that_fails_says_what_else_there_is(monkeypatch):
    def offline(*args, **options):
        raise OSError("Name or service not known")

    network = build("mobilenet_v2", 3, 2)
    monkeypatch.setattr(smp.encoders, "get_encoder", offline)
    with pytest.raises(TrainingError, match=r"could not be downloaded.*choose a local file"):
        load_encoder(network, IMAGENET)


def test_a_download_can_be_cancelled_while_it_hangs(monkeypatch):
    import threading

    release = threading.Event()

    class Impatient(Silent):
        def is_cancelled(self):
            return True

    network = build("mobilenet_v2", 3, 2)
    monkeypatch.setattr(smp.encoders, "get_encoder", lambda *args, **options: release.wait(5))
    try:
        with pytest.raises(Cancelled):
            load_encoder(network, IMAGENET, Impatient())
    finally:
        release.set()


def test_an_encoder_without_imagenet_weights_says_so(monkeypatch):
    def unknown(*args, **options):
        raise KeyError("Wrong pretrained weights")

    network = build("mobilenet_v2", 3, 2)
    monkeypatch.setattr(smp.encoders, "get_encoder", unknown)
    with pytest.raises(TrainingError, match="no ImageNet weights for the encoder “mobilenet_v2”"):
        load_encoder(network, IMAGENET)
