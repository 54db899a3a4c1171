"""Pretrained weights fit the encoder, or a sentence tells why not."""

import pytest
import segmentation_models_pytorch as smp
import torch
import torchvision
from safetensors.torch import save_file

from al_core.config import IMAGENET
from al_core.errors import Cancelled, TrainingError
from al_core.models import build, fill_encoder, load_encoder
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
    assert load_encoder(network, "").text == ""
    assert torch.equal(network.encoder.state_dict()[FIRST], before)


@pytest.fixture(scope="module")
def sentinel():
    """A ResNet-18 for 13 bands as torchvision calls its parts."""
    network = torchvision.models.resnet18(weights=None)
    network.conv1 = torch.nn.Conv2d(13, 64, 7, stride=2, padding=3, bias=False)
    return network.state_dict()


@pytest.fixture(scope="module")
def moco(sentinel, tmp_path_factory):
    """A checkpoint of MoCo: two encoders with heads, a queue, an optimiser."""
    path = tmp_path_factory.mktemp("moco") / "B13_rn18_moco.pth.tar"
    state = {f"module.encoder_q.{name}": value for name, value in sentinel.items()}
    state |= {f"module.encoder_k.{name}": torch.zeros_like(v) for name, v in sentinel.items()}
    state["module.queue"] = torch.zeros(128, 8)
    optimizer = {"state": {0: {"momentum_buffer": torch.zeros(3)}}}
    torch.save({"epoch": 99, "state_dict": state, "optimizer": optimizer}, path)
    return str(path)


def test_a_checkpoint_of_moco_fills_the_encoder_and_tells_what_was_left_out(sentinel, moco):
    network = build("resnet18", 13, 2)
    report = load_encoder(network, moco)
    state = network.encoder.state_dict()
    assert all(torch.equal(state[name], sentinel[name]) for name in state)
    assert (report.matched, report.total, report.adapted) == (120, 120, "")
    head = "state_dict.module.encoder_q.fc"
    assert report.text.startswith(
        "120 of 120 tensors of resnet18 from B13_rn18_moco.pth.tar; left out: "
        f"{head}.bias, {head}.weight, optimizer.state.0.momentum_buffer and 123 more"
    )


def test_a_first_layer_for_sentinel_2_is_cut_to_the_bands_that_are_there(sentinel, tmp_path):
    path = tmp_path / "resnet18_sentinel2_all_moco.pth"
    torch.save(sentinel, path)
    network = build("resnet18", 4, 2)
    report = load_encoder(network, str(path))
    expected = sentinel["conv1.weight"][:, [1, 2, 3, 7]]
    assert torch.equal(network.encoder.state_dict()["conv1.weight"], expected)
    assert report.text == (
        "120 of 120 tensors of resnet18 from resnet18_sentinel2_all_moco.pth; left out: fc.bias, "
        "fc.weight; the first layer was cut from 13 to 4 bands (B2, B3, B4, B8)."
    )


def test_bands_are_named_behind_the_file(sentinel, moco):
    network = build("resnet18", 2, 2)
    report = load_encoder(network, f"{moco}#B12,b04")
    expected = sentinel["conv1.weight"][:, [12, 3]]
    assert torch.equal(network.encoder.state_dict()["conv1.weight"], expected)
    assert "cut from 13 to 2 bands (B12, B4)" in report.adapted


def test_as_many_bands_in_another_order_are_put_in_order(sentinel, moco):
    order = "B1,B2,B3,B4,B5,B6,B7,B8,B9,B10,B11,B12,B8A"
    network = build("resnet18", 13, 2)
    load_encoder(network, f"{moco}#{order}")
    expected = sentinel["conv1.weight"][:, [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 8]]
    assert torch.equal(network.encoder.state_dict()["conv1.weight"], expected)


def test_an_encoder_by_itself_is_filled_too(trained, weights_file):
    encoder = smp.encoders.get_encoder("mobilenet_v2", in_channels=3, weights=None)
    report = fill_encoder(encoder, "mobilenet_v2", 3, weights_file)
    assert torch.equal(encoder.state_dict()[FIRST], trained[FIRST])
    assert report.text == "312 of 312 tensors of mobilenet_v2 from encoder.safetensors."


def test_the_network_of_a_round_gives_its_encoder(tmp_path):
    source = build("mobilenet_v2", 4, 5, seed=9)
    save_file(source.state_dict(), tmp_path / "model.safetensors")
    network = build("mobilenet_v2", 4, 2, seed=1)
    report = load_encoder(network, str(tmp_path / "model.safetensors"))
    assert torch.equal(network.encoder.state_dict()[FIRST], source.encoder.state_dict()[FIRST])
    assert report.matched == 312
    assert all(not key.startswith("encoder.") for key in report.unexpected)


def test_every_branch_of_a_first_layer_is_adapted(tmp_path):
    source = build("mobileone_s0", 3, 2)
    save_file(source.encoder.state_dict(), tmp_path / "one.safetensors")
    network = build("mobileone_s0", 5, 2)
    load_encoder(network, str(tmp_path / "one.safetensors"))
    theirs, ours = source.encoder.state_dict(), network.encoder.state_dict()
    for name in ("stage0.rbr_scale.conv.weight", "stage0.rbr_conv.0.conv.weight"):
        assert torch.allclose(ours[name], theirs[name][:, [0, 1, 2, 0, 1]] * 3 / 5)


def test_a_deeper_network_of_the_same_family_is_refused(tmp_path):
    deeper = build("resnet34", 3, 2).encoder.state_dict()
    save_file(deeper, tmp_path / "resnet34.safetensors")
    with pytest.raises(TrainingError, match=r"has the unknown layer1\.2\.bn1\.bias"):
        load_encoder(build("resnet18", 3, 2), str(tmp_path / "resnet34.safetensors"))


def test_a_file_that_only_pickle_could_read_is_refused_with_advice(tmp_path):
    path = tmp_path / "old.pth"
    torch.save({"w": torch.ones(2)}, path, _use_new_zipfile_serialization=False)
    with pytest.raises(TrainingError, match=r"before version 1\.6.*save it again"):
        load_encoder(build("mobilenet_v2", 3, 2), str(path))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nothing", b"no archive"])
def test_a_damaged_file_of_torch_is_refused(tmp_path, content):
    path = tmp_path / "bad.pth"
    path.write_bytes(content)
    with pytest.raises(TrainingError, match=r"cannot be read as a file of torch\.save"):
        load_encoder(build("mobilenet_v2", 3, 2), str(path))


def test_a_file_without_a_single_tensor_is_refused(tmp_path):
    torch.save({"epoch": 3}, tmp_path / "empty.pth")
    with pytest.raises(TrainingError, match="holds no weights"):
        load_encoder(build("mobilenet_v2", 3, 2), str(tmp_path / "empty.pth"))


def test_half_precision_is_widened(trained, tmp_path):
    torch.save(
        {k: v.half() if v.is_floating_point() else v for k, v in trained.items()},
        tmp_path / "half.pth",
    )
    network = build("mobilenet_v2", 3, 2)
    load_encoder(network, str(tmp_path / "half.pth"))
    state = network.encoder.state_dict()
    assert state[FIRST].dtype == torch.float32
    assert torch.equal(state[FIRST], trained[FIRST].half().float())


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
