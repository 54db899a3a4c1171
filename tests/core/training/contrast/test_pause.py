"""What is paused is there whole, or not at all."""

import errno
import os

import pytest
import torch

from al_core.errors import StorageError, TrainingError
from al_core.training.contrast import PauseFile


@pytest.fixture
def pause(tmp_path):
    return PauseFile(tmp_path / "paused.safetensors")


def test_tensors_and_facts_come_back(pause):
    pause.save({"a": torch.arange(6.0).view(2, 3).T}, {"step": 3, "notes": ["Wärme"]})
    found = pause.load()
    assert found.tensors["a"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert found.facts == pause.facts() == {"step": 3, "notes": ["Wärme"]}


def test_nothing_is_paused_before_and_after(pause):
    assert pause.load() is None
    assert pause.facts() is None
    pause.save({"a": torch.ones(1)}, {})
    pause.remove()
    pause.remove()
    assert pause.load() is None


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff" * 64])
def test_a_damaged_file_is_refused_with_advice(pause, content):
    pause.path.write_bytes(content)
    with pytest.raises(TrainingError, match=r"is damaged; start anew"):
        pause.load()


def test_a_full_disk_leaves_the_state_before_and_nothing_else(pause, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    pause.save({"a": torch.ones(1)}, {"step": 1})
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="is full"):
        pause.save({"a": torch.ones(1)}, {"step": 2})
    assert pause.facts() == {"step": 1}
    assert [path.name for path in pause.path.parent.iterdir()] == [pause.path.name]
