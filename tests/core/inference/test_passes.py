"""What passes with dropout say together, by the worked example and by hand."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from al_core.config import Averaging, Task
from al_core.inference.passes import Certainty, Disagreement
from al_core.scoring.passes import pass_certainty, pass_disagreement

VECTORS = json.loads((Path(__file__).parents[1] / "vectors.json").read_text(encoding="utf-8"))


def shown(measure, passes):
    """Show (T, n, K, P) logits to a measure, pass by pass."""
    for logits in torch.as_tensor(passes, dtype=torch.float32):
        measure.add(logits)
    return measure.result().numpy()


@pytest.mark.parametrize(
    ("average", "name"), [(Averaging.LOGITS, "logits"), (Averaging.PROBABILITIES, "probs")]
)
def test_the_pixels_of_a_tile_are_as_certain_as_the_worked_example_says_v11(average, name):
    case = VECTORS["vectors"]["V11_mcfps_certainty"]
    pixels = np.array(case["inputs"]["logits"]).transpose(0, 2, 1)[:, None]  # (T, 1, K, P)
    expected = case["expected"][f"certainty_mean_{name}"]
    np.testing.assert_allclose(shown(Certainty(average), pixels), [expected], atol=1e-6)


@pytest.fixture
def passes():
    return np.random.default_rng(0).normal(0, 3, (7, 2, 4, 5))


@pytest.mark.parametrize("average", list(Averaging))
def test_certainty_and_disagreement_are_those_of_the_definition(passes, average):
    rows = passes.transpose(0, 1, 3, 2).reshape(7, 10, 4)  # every pixel a row
    certain = pass_certainty(rows, Task.SCENE, average).reshape(2, 5)
    np.testing.assert_allclose(shown(Certainty(average), passes), certain, atol=1e-6)
    differ = pass_disagreement(rows, Task.SCENE).reshape(2, 5)
    np.testing.assert_allclose(shown(Disagreement(), passes), differ, atol=1e-5)


def test_passes_that_agree_are_as_certain_as_each_and_disagree_about_nothing(passes):
    same = np.repeat(passes[:1], 4, axis=0)
    p = torch.tensor(passes[0]).softmax(1).amax(1)
    for average in Averaging:
        np.testing.assert_allclose(shown(Certainty(average), same), p, atol=1e-6)
    np.testing.assert_allclose(shown(Disagreement(), same), 0, atol=1e-6)


def test_logits_without_limits_are_certain_and_no_nan():
    passes = np.zeros((2, 1, 3, 1))
    passes[:, :, 0] = 1e4
    for average in Averaging:
        assert shown(Certainty(average), passes).tolist() == [[1.0]]
    assert shown(Disagreement(), passes).tolist() == [[0.0]]
