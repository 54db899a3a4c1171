"""Files of torch.save are read without running what is in them."""

import argparse
import collections
import zipfile
from pathlib import Path

import pytest
import torch

from al_core.models.weights import archive
from al_core.models.weights.opcodes import Unknown, read


def saved(tmp_path, value, name="w.pth"):
    torch.save(value, tmp_path / name)
    return tmp_path / name


def test_the_tensors_of_a_state_dict_come_back_as_they_were(tmp_path):
    state = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8)).state_dict()
    found = archive.tensors_of(saved(tmp_path, state))
    assert list(found) == list(state)
    assert all(torch.equal(found[name], state[name]) for name in state)
    assert found["1.num_batches_tracked"].dtype == torch.int64


def test_views_parameters_and_shared_storages_are_cut_out_rightly(tmp_path):
    block = torch.arange(24.0)
    state = {
        "part": block[4:10],
        "turned": block.view(4, 6).T,
        "parameter": torch.nn.Parameter(block[:3]),
        "half": block.half(),
        "brain": block.bfloat16(),
        "empty": torch.empty(0),
        "number": torch.tensor(7),
    }
    found = archive.tensors_of(saved(tmp_path, state))
    assert all(torch.equal(found[name], state[name].detach()) for name in state)


def test_nested_dicts_are_named_by_their_keys_and_anything_else_is_passed_over(tmp_path):
    value = {
        "epoch": 99,
        "arch": "resnet50",
        "args": argparse.Namespace(lr=0.03, data=Path("/data")),
        "state_dict": collections.OrderedDict({"module.queue": torch.ones(2, 3)}),
        "optimizer": {"state": {0: {"momentum_buffer": torch.zeros(4)}}, "param_groups": [{}]},
        "done": {1, 2},
    }
    value["itself"] = value
    found = archive.tensors_of(saved(tmp_path, value))
    assert set(found) == {"state_dict.module.queue", "optimizer.state.0.momentum_buffer"}


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_what_would_run_on_loading_does_not_run(tmp_path):
    mark = tmp_path / "run"
    path = saved(tmp_path, {"weight": torch.ones(2), "trap": Trap(mark)})
    assert list(archive.tensors_of(path)) == ["weight"]
    assert not mark.exists()
    torch.load(path, weights_only=False)
    assert mark.exists(), "the trap works"


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol_of_pickle_is_understood(tmp_path, protocol):
    path = tmp_path / "w.pth"
    torch.save({"a": {"b": torch.arange(3)}}, path, pickle_protocol=protocol)
    assert archive.tensors_of(path)["a.b"].tolist() == [0, 1, 2]


def test_a_call_of_anything_else_becomes_a_placeholder():
    assert isinstance(read(b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R."), Unknown)


@pytest.mark.parametrize(
    "program", [b"", b"\x80\x02", b"\x80\x02R.", b"\x80\x02h\x05.", b"\x80\x02Vx\nQ.", b"nonsense"]
)
def test_a_program_that_makes_no_sense_is_refused(program):
    with pytest.raises(ValueError):  # noqa: PT011 - many reasons
        read(program)


def rewritten(path, change, compression=zipfile.ZIP_STORED):
    """Write the archive anew with changed entries."""
    with zipfile.ZipFile(path) as source:
        entries = {info.filename: source.read(info) for info in source.infolist()}
    with zipfile.ZipFile(path, "w", compression) as target:
        for name, content in change(entries).items():
            target.writestr(name, content)
    return path


def without(ending):
    return lambda entries: {n: c for n, c in entries.items() if not n.endswith(ending)}


def shortened(entries):
    return {n: c[:4] if n.endswith("/data/0") else c for n, c in entries.items()}


@pytest.mark.parametrize(
    "change", [without("/data.pkl"), without("/data/0"), shortened], ids=["program", "block", "cut"]
)
def test_an_archive_that_lacks_something_is_refused(tmp_path, change):
    path = rewritten(saved(tmp_path, {"w": torch.arange(8.0)}), change)
    with pytest.raises(ValueError):  # noqa: PT011 - many reasons
        archive.tensors_of(path)


def test_a_compressed_archive_is_refused_for_it_may_be_a_bomb(tmp_path):
    path = saved(tmp_path, {"w": torch.zeros(10_000)})
    rewritten(path, lambda entries: entries, zipfile.ZIP_DEFLATED)
    with pytest.raises(ValueError, match="compressed"):
        archive.tensors_of(path)


@pytest.mark.parametrize("shape", [(8,), (1 << 40,)])
def test_a_tensor_that_reaches_beyond_what_is_stored_is_refused(tmp_path, shape, monkeypatch):
    from al_core.models.weights.opcodes import Storage, StoredTensor

    path = saved(tmp_path, {"w": torch.arange(8.0)})
    stride = (0,) if len(shape) == 1 and shape[0] > 8 else (2,)
    place = StoredTensor(Storage("FloatStorage", "0", 8), 0, shape, stride)
    monkeypatch.setattr(archive, "read", lambda program: {"w": place})
    with pytest.raises(ValueError):  # noqa: PT011 - torch's words or ours
        archive.tensors_of(path)
