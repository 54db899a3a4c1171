import json
import math
from pathlib import Path

import numpy as np

from al_core.project import plainjson


def test_what_is_not_finite_becomes_null_and_comes_back_as_nan():
    text = plainjson.dumps((1.5, math.nan, np.float32(math.inf)))
    assert json.loads(text) == [1.5, None, None]
    assert math.isnan(plainjson.numbers(text)[1])


def test_numbers_of_numpy_and_paths_become_plain():
    value = {"a": np.int64(3), "b": np.arange(2), "c": Path("x"), 4: (True, None, {5})}
    assert json.loads(plainjson.dumps(value)) == {
        "a": 3,
        "b": [0, 1],
        "c": "x",
        "4": [True, None, [5]],
    }
