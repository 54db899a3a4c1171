"""What is saved comes back; what is damaged is refused."""

import hashlib
import json

import pytest
import torch

from al_core.errors import ProjectError, StorageError
from al_core.models import build, checkpoint

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def network():
    return build("mobilenet_v2", 4, 3, seed=3).to(memory_format=torch.channels_last).eval()


@pytest.fixture
def saved(network, tmp_path):
    return tmp_path, checkpoint.save(tmp_path, network, {"classes": ["Water", "Wald"]})


def test_a_network_comes_back_with_its_output_its_hash_and_its_notes(network, saved):
    folder, model_hash = saved
    loaded = checkpoint.load(folder, CPU)
    pixels = torch.randn(1, 4, 64, 64)
    with torch.inference_mode():
        assert torch.allclose(loaded.network(pixels), network(pixels), atol=1e-5)
    assert loaded.model_hash == model_hash
    assert loaded.about == {"classes": ["Water", "Wald"]}
    assert loaded.network.spec == network.spec
    assert not loaded.network.training


def test_the_hash_is_that_of_the_file_and_nothing_else_is_left(saved):
    folder, model_hash = saved
    assert hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest() == model_hash
    assert sorted(path.name for path in folder.iterdir()) == ["model.json", "model.safetensors"]


def test_the_hash_is_that_of_the_weights_not_of_the_moment(network, saved, tmp_path):
    folder, model_hash = saved
    assert checkpoint.save(folder, network, {"other": 1}) == model_hash


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "model.safetensors").write_bytes(b""),
        lambda folder: (folder / "model.safetensors").unlink(),
        lambda folder: (folder / "model.json").unlink(),
        lambda folder: (folder / "model.json").write_text("{"),
        lambda folder: (folder / "model.json").write_text('{"format": 1}'),
        lambda folder: (folder / "model.safetensors").open("r+b").write(b"\0\0\0\0\0\0\0\0"),
    ],
    ids=["empty", "no weights", "no json", "half json", "poor json", "flipped bytes"],
)
def test_a_damaged_model_is_refused_with_advice(saved, damage):
    folder, _ = saved
    damage(folder)
    with pytest.raises(ProjectError, match=r"cannot be read .*retrain with a cold start"):
        checkpoint.load(folder, CPU)


def test_weights_that_were_changed_are_not_used(saved):
    folder, _ = saved
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1] ^= 1  # still a valid file of the same tensors
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ProjectError, match="is not the file that was saved"):
        checkpoint.load(folder, CPU)


def test_a_model_of_a_newer_version_says_so(saved):
    folder, _ = saved
    about = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**about, "format": 2}))
    with pytest.raises(ProjectError, match=r"newer LandLoop .format 2, this one knows 1"):
        checkpoint.load(folder, CPU)


def test_a_disk_that_is_full_is_explained_and_leaves_no_half_file(network, tmp_path, monkeypatch):
    import errno
    import os

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="is full"):
        checkpoint.save(tmp_path, network, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("learns_loss", [False, True])
def test_a_loss_network_comes_back_or_is_not_mentioned(tmp_path, learns_loss):
    network = build("mobilenet_v2", 2, 3, learns_loss=learns_loss).eval()
    checkpoint.save(tmp_path, network, {})
    kept = json.loads((tmp_path / "model.json").read_text())["network"]
    assert kept.get("learns_loss", "not there") == (True if learns_loss else "not there")
    found = checkpoint.load(tmp_path, CPU).network
    assert found.spec == network.spec
    pixels = torch.randn(2, 2, 64, 64)
    with torch.inference_mode():
        (one, two) = (each.look(pixels).ranks for each in (network, found))
    assert (one is two is None) if not learns_loss else torch.equal(one, two)


def test_a_model_of_a_version_without_loss_networks_can_be_read(saved):
    folder, model_hash = saved
    about = json.loads((folder / "model.json").read_text())
    assert set(about["network"]) == {"encoder", "in_channels", "classes", "decoder"}
    del about["network"]["decoder"]  # older still
    (folder / "model.json").write_text(json.dumps(about))
    assert checkpoint.load(folder, CPU).model_hash == model_hash
