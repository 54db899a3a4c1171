"""Networks that label whole tiles at work."""

import numpy as np
import pytest
import torch

from al_core.config import Task
from al_core.errors import QueryError
from al_core.inference.tag_validation import probabilities, validate_tags
from al_core.inference.tagging import TagForward, pool_tiles
from al_core.legend import UNSURE
from al_core.models import TaggingSpec, build_tagging
from al_core.models.views import Views

CPU = torch.device("cpu")


def forward_of(**options):
    spec = TaggingSpec("resnet18", 2, 3, options.pop("task", "scene"), **options)
    return TagForward(build_tagging(spec, seed=1), CPU, "abc")


def test_what_is_pooled_does_not_depend_on_the_batch(scene, silent):
    forward, ids = forward_of(learns_loss=True), scene.inputs.tiles.ids
    one, eight = (pool_tiles(forward, scene.inputs, ids, size, silent) for size in (1, 8))
    assert one.shape == (len(ids), 1, 64 + 128 + 256 + 512)
    assert np.allclose(one.astype(float), eight.astype(float), rtol=2e-3, atol=1e-3)  # float16


def test_the_first_view_is_the_tile_and_the_others_differ(scene, silent):
    forward, ids = forward_of(), scene.inputs.tiles.ids[:3]
    plain = pool_tiles(forward, scene.inputs, ids, 4, silent)
    for views in (Views.TURNED, Views.CROPPED):
        rows = pool_tiles(forward, scene.inputs, ids, 4, silent, views=views)
        assert rows.shape[1] == views.count
        assert np.allclose(rows[:, 0].astype(float), plain[:, 0].astype(float), rtol=2e-3)
        assert len(np.unique(rows[0].astype(float).round(4), axis=0)) == views.count


def test_judging_what_was_pooled_is_the_whole_pass(scene, silent):
    network = build_tagging(TaggingSpec("resnet18", 2, 3, "scene", learns_loss=True), seed=1)
    forward = TagForward(network, CPU)
    pixels = torch.randn(2, 2, 64, 64)
    found = forward.judge(forward.pool(pixels).numpy())
    with torch.inference_mode():
        assert np.allclose(found.logits, network.eval()(pixels).numpy(), atol=5e-3)
    assert found.ranks.shape == (2,)


def test_passes_with_dropout_leave_the_weights_alone_and_follow_the_seed():
    network = build_tagging(TaggingSpec("resnet18", 2, 3, "scene", dropout=0.5), seed=1)
    before = {name: values.clone() for name, values in network.state_dict().items()}
    forward = TagForward(network, CPU)
    inner = {name: values.clone() for name, values in forward._network.state_dict().items()}
    rows = np.random.default_rng(0).random((5, 512)).astype(np.float16)
    one, two, other = (forward.passes(rows, 10, seed) for seed in (3, 3, 4))
    assert one.shape == (10, 5, 3)
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)
    assert len(np.unique(one[:, 0, 0])) == 10
    assert all(torch.equal(network.state_dict()[name], before[name]) for name in before)
    assert all(torch.equal(forward._network.state_dict()[name], inner[name]) for name in inner)


def test_many_passes_have_the_mean_of_the_network_without_dropout():
    forward = forward_of(dropout=0.5)
    rows = np.random.default_rng(0).random((4, 512)).astype(np.float16)
    mean = forward.passes(rows, 4000, 0).mean(axis=0)
    assert np.allclose(mean, forward.judge(rows).logits, atol=0.02)


def test_passes_are_those_of_the_dropout_layer_itself():
    forward = forward_of(dropout=0.5)
    rows = np.random.default_rng(0).random((1, 512)).astype(np.float16)
    spread = forward.passes(rows, 3000, 0).std(axis=0)
    layer = forward._network.head
    layer[0].train()
    with torch.inference_mode():
        many = torch.from_numpy(np.repeat(rows.astype(np.float32), 3000, axis=0))
        expected = layer(many).std(dim=0).numpy()
    assert np.allclose(spread[0], expected, rtol=0.08)


def test_a_network_without_dropout_says_so():
    rows = np.zeros((2, 512), np.float16)
    with pytest.raises(QueryError, match="no dropout before its last layer"):
        forward_of(dropout=0.0).passes(rows, 10, 0)


def test_scenes_are_compared_by_their_most_probable_class():
    logits = np.array([[2.0, 1, 0], [0, 1, 2], [0, 3, 1], [9, 0, 0]])
    states = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 0], [UNSURE] * 3], np.uint8)
    found = validate_tags(logits, states, Task.SCENE)
    assert found.scenes.tolist() == [[1, 0, 0], [0, 1, 1], [0, 0, 0]]
    assert found.confusion[1].tolist() == [[1, 0], [1, 1]]
    assert found.scores["accuracy"] == pytest.approx(2 / 3)
    assert found.scores["micro_f1"] == pytest.approx(2 / 3)
    assert found.scores["macro_f1"] == pytest.approx((1 + 2 / 3 + 0) / 3)


def test_tags_are_compared_class_by_class_and_what_is_not_known_does_not_count():
    logits = np.array([[1.0, -1, 5], [1, 1, 5]])
    states = np.array([[1, 0, UNSURE], [0, 1, UNSURE]], np.uint8)
    found = validate_tags(logits, states, Task.MULTILABEL)
    assert found.confusion.tolist() == [[[0, 1], [0, 1]], [[1, 0], [0, 1]], [[0, 0], [0, 0]]]
    assert found.scores["micro_f1"] == pytest.approx(0.8)
    assert found.scores["macro_f1"] == pytest.approx((2 / 3 + 1) / 2)
    assert found.scores["macro_f1_zero"] == pytest.approx((2 / 3 + 1) / 3)
    assert found.scores["accuracy"] == pytest.approx(0.5)
    assert found.scenes.size == 0


@pytest.mark.parametrize("task", [Task.SCENE, Task.MULTILABEL])
def test_a_network_that_is_too_sure_is_told_by_its_temperature(task):
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 3))
    p = probabilities(logits, task)
    if task is Task.SCENE:
        drawn = (p.cumsum(axis=1) > rng.random((4000, 1))).argmax(axis=1)
        states = np.eye(3, dtype=np.uint8)[drawn]
    else:
        states = (rng.random(p.shape) < p).astype(np.uint8)
    found = validate_tags(3 * logits, states, task)
    assert found.temperature == pytest.approx(3, rel=0.06)
    assert found.ece < found.ece_before


def test_without_tags_nothing_is_known():
    found = validate_tags(np.zeros((0, 3)), np.zeros((0, 3), np.uint8), Task.SCENE)
    assert not found.confusion.any()
    assert np.isnan(found.scores["macro_f1"])
    assert found.temperature == 1.0


def test_probabilities_do_not_overflow():
    z = np.array([[1000.0, 0, -1000.0]])
    assert probabilities(z, Task.SCENE).tolist() == [[1, 0, 0]]
    assert probabilities(z, Task.MULTILABEL).tolist() == [[1, 0.5, 0]]
