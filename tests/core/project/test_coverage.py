"""Tags from labelled pixels, with the worked example of vectors.json."""

import json
from pathlib import Path

import numpy as np
import pytest

from al_core.config import TagConfig, Task
from al_core.project import tags_from_counts

FILE = Path(__file__).parents[1] / "vectors.json"
V30 = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]["V30_multilabel_from_mask"]


def derived(counts, core_px, task, **options):
    usual = TagConfig()
    shares = {"coverage": usual.coverage, "least_labelled": usual.least_labelled}
    return tags_from_counts(np.array(counts), core_px, task, **(shares | options))


def tags(counts, core_px=100, task=Task.MULTILABEL, **options):
    judged, states = derived([counts], core_px, task, **options)
    return states[0].tolist() if judged[0] else None


def test_a_class_is_present_if_it_covers_more_than_the_threshold_v30():
    mask = np.array(V30["inputs"]["mask"])
    counts = np.bincount(mask[mask != V30["inputs"]["ignore"]], minlength=4)
    assert counts.sum() == V30["expected"]["n_labelled"]
    np.testing.assert_allclose(counts / counts.sum(), V30["expected"]["coverage"], atol=V30["tol"])
    assert tags(counts, mask.size, coverage=V30["inputs"]["threshold"]) == V30["expected"]["tags"]
    assert tags(counts, mask.size) == V30["expected"]["tags"]


def test_exactly_the_threshold_is_not_enough():
    assert tags([93, 7, 0]) == [1, 0, 0]
    assert tags([92, 8, 0]) == [1, 1, 0]


def test_the_share_is_of_what_is_labelled_not_of_the_tile():
    assert tags([27, 3], core_px=100) == [1, 1]


@pytest.mark.parametrize(("labelled", "judged"), [(24, False), (25, True), (0, False)])
def test_a_tile_is_judged_if_enough_of_it_is_labelled(labelled, judged):
    assert (tags([labelled, 0]) is not None) is judged


def test_without_a_least_share_a_tile_without_labels_is_still_not_judged():
    assert tags([0, 0], least_labelled=0.0) is None
    assert tags([0, 1], least_labelled=0.0) == [0, 1]


def test_a_scene_is_its_largest_class_and_the_first_of_equals():
    assert tags([40, 60, 0], task=Task.SCENE) == [0, 1, 0]
    assert tags([50, 50, 0], task=Task.SCENE) == [1, 0, 0]


def test_every_tile_has_a_size_of_its_own():
    judged, states = derived([[10, 0], [10, 0], [0, 10]], [40, 41, 20], Task.SCENE)
    assert judged.tolist() == [True, False, True]
    assert states.dtype == np.uint8
    assert states[[0, 2]].tolist() == [[1, 0], [0, 1]]


def test_no_tiles_give_no_tags():
    for task in Task:
        judged, states = derived(np.zeros((0, 3), np.int64), 100, task)
        assert (judged.shape, states.shape) == ((0,), (0, 3))
