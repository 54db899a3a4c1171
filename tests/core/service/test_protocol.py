import dataclasses
import enum
import json
from pathlib import PurePosixPath

import numpy as np
import pytest

from al_core.errors import EngineError
from al_core.service import protocol


class Fruit(enum.Enum):
    APPLE = "apple"


@dataclasses.dataclass(frozen=True)
class Inner:
    path: PurePosixPath
    values: tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class Outer:
    inner: Inner
    fruit: Fruit
    array: np.ndarray
    share: float


def test_a_message_is_one_line_of_utf8_json():
    line = protocol.encode({"message": "Straße · 两\nlines"})
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert json.loads(line) == {"message": "Straße · 两\nlines"}
    assert "Straße" in line


def test_dataclasses_paths_enums_arrays_and_nan_travel():
    value = Outer(
        Inner(PurePosixPath("/a/b"), (1.0, float("nan"))),
        Fruit.APPLE,
        np.arange(3),
        np.float64(0.5),
    )
    assert protocol.decode(protocol.encode({"value": value}))["value"] == {
        "inner": {"path": "/a/b", "values": [1.0, None]},
        "fruit": "apple",
        "array": [0, 1, 2],
        "share": 0.5,
    }


def test_what_cannot_travel_is_named():
    with pytest.raises(TypeError, match="object cannot travel"):
        protocol.plain(object())


def test_a_request_comes_back_as_it_was_sent():
    sent = protocol.request(7, "start", {"verb": "train"})
    assert protocol.decode_request(protocol.encode(sent)) == protocol.Request(
        7, "start", {"verb": "train"}
    )


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[1]",
        '{"id": "1", "method": "hello"}',
        '{"id": 1}',
        '{"id":1,"method":"x","params":3}',
    ],
)
def test_a_line_that_is_no_request_is_refused_with_a_sentence(line):
    with pytest.raises(EngineError, match=r"\.$"):
        protocol.decode_request(line)


def test_a_refusal_carries_the_kind_and_the_sentence():
    assert protocol.refusal(3, EngineError("The engine is busy.")) == {
        "id": 3,
        "error": {"type": "EngineError", "message": "The engine is busy."},
    }
