"""Weights for reflectance see the same in normalised values."""

import numpy as np
import pytest
import torch
import torchvision

from al_core.models import build_tagging, load_encoder, save_encoder
from al_core.models.tagging import TaggingSpec
from al_core.models.weights.bands import SENTINEL_2
from al_core.models.weights.reflectance import _USUAL
from al_core.project import Normalisation

INSIDE = (..., slice(4, -4), slice(4, -4))  # the image's edge is padded with other values


def scaling(bands, high=4000.0, low=100.0):
    rng = np.random.default_rng(0)
    return Normalisation(
        (low,) * bands,
        (high,) * bands,
        tuple(rng.uniform(0.2, 0.6, bands)),
        tuple(rng.uniform(0.1, 0.3, bands)),
    )


def normalised(raw, how):
    """Return raw values (1, B, H, W) as the reader of images hands them over."""
    low, high, mean, std = (
        torch.tensor(part)[:, None, None] for part in (how.low, how.high, how.mean, how.std)
    )
    return (((raw - low) / (high - low) - mean) / std).float()


@pytest.fixture(scope="module")
def sentinel(tmp_path_factory):
    """A ResNet for reflectance in 13 bands, with statistics as after training, and its file."""
    torch.manual_seed(0)
    network = torchvision.models.resnet18(weights=None)
    network.conv1 = torch.nn.Conv2d(13, 64, 7, stride=2, padding=3, bias=False)
    torch.nn.init.normal_(network.bn1.running_mean, std=0.2)
    path = tmp_path_factory.mktemp("sentinel") / "resnet18_sentinel2_all_moco.pth"
    torch.save(network.state_dict(), path)
    return network.eval(), str(path)


def first(network, pixels):
    """Return what comes after the first normalisation."""
    with torch.inference_mode():
        return network.bn1(network.conv1(pixels))[INSIDE]


def loaded(weights, bands, how):
    network = build_tagging(TaggingSpec("resnet18", bands, 2, "scene")).eval()
    return network, load_encoder(network, weights, scaling=how)


@pytest.mark.parametrize(
    ("how", "unit"),
    [
        (scaling(13), 10_000.0),
        (scaling(13, high=200.0, low=3.0), 255.0),
        (scaling(13, high=0.4, low=0.0), 1.0),
    ],
    ids=["counts", "bytes", "shares"],
)
def test_all_bands_give_what_reflectance_would(sentinel, how, unit):
    theirs, file = sentinel
    ours, report = loaded(file, 13, how)
    raw = torch.rand((1, 13, 32, 32), dtype=torch.float64) * how.high[0]
    expected = first(theirs, (raw / unit).float())
    assert torch.allclose(first(ours.encoder, normalised(raw, how)), expected, atol=1e-4)
    assert report.adapted == "the first layer reads the bands as reflectance"


def test_bands_that_are_missing_are_taken_to_be_as_usual(sentinel):
    theirs, file = sentinel
    how = scaling(3)
    ours, report = loaded(f"{file}#B8,B3,B12", 3, how)
    raw = torch.rand((1, 3, 32, 32), dtype=torch.float64) * 4000
    whole = torch.tensor([_USUAL[name] for name in SENTINEL_2])[None, :, None, None]
    whole = whole.repeat(1, 1, 32, 32)
    for place, name in enumerate(("B8", "B3", "B12")):
        whole[:, SENTINEL_2.index(name)] = (raw[:, place] / 10_000).float()
    expected = first(theirs, whole)
    assert torch.allclose(first(ours.encoder, normalised(raw, how)), expected, atol=1e-4)
    assert report.adapted.endswith("3 bands (B8, B3, B12) and reads the bands as reflectance")


def test_what_is_missing_goes_into_a_bias_if_there_is_one(tmp_path):
    theirs = torchvision.models.vgg11(weights=None)
    theirs.features[0] = torch.nn.Conv2d(13, 64, 3, padding=1)
    torch.save(theirs.state_dict(), tmp_path / "vgg.pth")
    how = scaling(13)
    network = build_tagging(TaggingSpec("vgg11", 13, 2, "scene"))
    load_encoder(network, str(tmp_path / "vgg.pth"), scaling=how)
    raw = torch.rand((1, 13, 32, 32), dtype=torch.float64) * 4000
    with torch.inference_mode():
        expected = theirs.features[0]((raw / 10_000).float())[INSIDE]
        found = network.encoder.features[0](normalised(raw, how))[INSIDE]
    assert torch.allclose(found, expected, atol=1e-4)


def test_encoders_of_ours_read_normalised_values_already(tmp_path):
    source = build_tagging(TaggingSpec("resnet18", 13, 2, "scene"), 5)
    save_encoder(tmp_path / "own.safetensors", source.encoder, {})
    ours, report = loaded(str(tmp_path / "own.safetensors"), 13, scaling(13))
    assert torch.equal(ours.encoder.conv1.weight, source.encoder.conv1.weight)
    assert report.adapted == ""


def test_weights_for_colours_are_left_as_they_are(tmp_path):
    theirs = torchvision.models.resnet18(weights=None)
    torch.save(theirs.state_dict(), tmp_path / "rgb.pth")
    ours, report = loaded(str(tmp_path / "rgb.pth"), 3, scaling(3))
    assert torch.equal(ours.encoder.conv1.weight, theirs.conv1.weight)
    assert report.adapted == ""
