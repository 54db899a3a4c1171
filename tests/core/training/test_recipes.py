"""The recipes, and that training follows them."""

import math

import pytest
import torch

from al_core.config import Decoder, Recipe, TrainConfig
from al_core.models import LOCAL, build
from al_core.training import fit
from al_core.training.recipes import settings_of
from al_core.training.sampling import EpochDraw
from al_core.training.schedule import planned_steps


def test_the_paper_is_adam_with_a_constant_rate_and_nothing_else():
    paper = settings_of(TrainConfig(recipe=Recipe.PAPER))
    assert (paper.decoder_learning_rate, paper.encoder_learning_rate) == (1e-4, 1e-4)
    assert (paper.weight_decay, paper.dice_weight, paper.ema_decay) == (0, 0, 0)
    for switch in ("is_annealed", "is_augmented", "has_dropout", "is_timed"):
        assert not getattr(paper, switch)
    assert math.isinf(paper.max_gradient_norm)


def test_plus_is_slower_and_steadier_than_quick():
    quick, plus = (settings_of(TrainConfig(recipe=name)) for name in (Recipe.QUICK, Recipe.PLUS))
    assert plus.decoder_learning_rate == 3e-4
    assert plus.encoder_learning_rate == 1e-4
    assert plus.ema_decay == 0.995
    assert (plus.dice_weight, plus.weight_decay, plus.stability_weight) == (0.5, 1e-2, 0.1)
    assert quick.decoder_learning_rate > plus.decoder_learning_rate


def test_a_number_of_the_config_comes_before_that_of_the_recipe():
    config = TrainConfig(recipe=Recipe.PLUS, dice_weight=0.0, ema_decay=0.9)
    assert settings_of(config).dice_weight == 0
    assert settings_of(config).ema_decay == 0.9
    assert settings_of(config).decoder_learning_rate == 3e-4


@pytest.mark.parametrize(
    ("recipe", "tiles", "steps"),
    [(Recipe.PAPER, 500, 6300), (Recipe.PAPER, 3, 100), (Recipe.PLUS, 3, 600)],
)
def test_the_paper_counts_epochs_and_the_others_steps(recipe, tiles, steps):
    assert planned_steps(TrainConfig(recipe=recipe), tiles) == steps


def test_an_epoch_shows_every_tile_once_in_a_new_order(scene):
    labels = scene.data().labels
    draw = EpochDraw(labels, seed=1)
    epochs = [[tile for s in (0, 1) for tile, _ in draw.draw(None, 4, 2 * e + s)] for e in (0, 1)]
    assert [len(draw.draw(None, 4, step)) for step in (0, 1)] == [4, 2]
    assert sorted(epochs[0]) == sorted(epochs[1]) == labels.ids.tolist()
    assert epochs[0] != epochs[1]


def test_the_paper_shows_the_tile_as_the_network_will_see_it(scene, network, cpu, silent):
    shown = []
    network.register_forward_pre_hook(lambda _, inputs: shown.append(inputs[0].clone()))
    config = TrainConfig(recipe=Recipe.PAPER, steps=1, batch_size=6)
    fit(scene.data(), network, config, cpu, silent)
    windows = [scene.inputs.window(tile) for tile in (7, 8, 9, 10, 20, 27)]
    expected = {scene.pixels[0, w.row, w.col].round(1) for w in windows}
    assert {round(float(image[0, 0, 0]), 1) for image in shown[0]} == {
        round(float(value), 1) for value in expected
    }


def test_the_paper_has_no_dropout_and_no_deadline(scene, network, cpu, silent):
    modes = []
    network.head[0].register_forward_hook(lambda module, *_: modes.append(module.training))
    config = TrainConfig(recipe=Recipe.PAPER, steps=2, batch_size=2, minutes=1e-9)
    assert fit(scene.data(), network, config, cpu, silent).steps == 2
    assert modes == [False, False]


def moved(scene, cpu, silent, weight, anchor):
    """How far the map has moved from the anchor's where nothing is labelled."""
    network = build("mobilenet_v2", 2, 3, seed=5)
    config = TrainConfig(steps=12, batch_size=2, stability_weight=weight)
    fit(scene.data((7, 8)), network, config, cpu, silent, anchor=anchor)
    pixels = torch.from_numpy(scene.pixels[None, :, 128:, 128:].copy())
    with torch.inference_mode():
        return (network(pixels).softmax(1) - anchor.eval()(pixels).softmax(1)).abs().mean()


def test_a_map_far_from_the_labels_is_held_where_it_was(scene, cpu, silent):
    anchor = build("mobilenet_v2", 2, 3, seed=5)
    before = {name: value.clone() for name, value in anchor.state_dict().items()}
    free = moved(scene, cpu, silent, 0.0, anchor)
    held = moved(scene, cpu, silent, 5.0, anchor)
    assert held < 0.8 * free
    assert all(torch.equal(before[name], value) for name, value in anchor.state_dict().items())


def test_the_network_can_be_its_own_anchor(scene, network, cpu, silent):
    result = fit(
        scene.data(), network, TrainConfig(steps=2, batch_size=2), cpu, silent, anchor=network
    )
    assert math.isfinite(result.loss)


def test_the_local_network_learns_the_scene(scene, cpu, silent):
    network = build(LOCAL, 2, 3)
    config = TrainConfig(encoder=LOCAL, steps=40, batch_size=4)
    fit(scene.data(), network, config, cpu, silent)
    with torch.inference_mode():
        right = network(torch.from_numpy(scene.pixels[None])).argmax(1)[0].numpy() == scene.truth
    assert right.mean() > 0.95
    assert (
        settings_of(config).decoder_learning_rate > settings_of(TrainConfig()).decoder_learning_rate
    )


def test_the_light_decoder_leaves_a_pretrained_encoder_as_it_is(scene, cpu, silent):
    network = build("mobilenet_v2", 2, 3, decoder=Decoder.LIGHT.value)
    before = {name: value.clone() for name, value in network.encoder.state_dict().items()}
    config = TrainConfig(decoder=Decoder.LIGHT, weights="some.safetensors", steps=3, batch_size=2)
    fit(scene.data(), network, config, cpu, silent)
    after = network.encoder.state_dict()
    assert all(torch.equal(before[name], value) for name, value in after.items())
    assert all(value.requires_grad for value in network.parameters())  # a U-Net round may follow


@pytest.mark.parametrize("changes", [{"weights": ""}, {"encoder_learning_rate": 1e-4}])
def test_an_encoder_that_has_to_learn_does(scene, cpu, silent, changes):
    network = build("mobilenet_v2", 2, 3, decoder=Decoder.LIGHT.value)
    before = next(network.encoder.parameters()).clone()
    options = {"weights": "some.safetensors", "decoder": Decoder.LIGHT, "steps": 3, "batch_size": 2}
    fit(scene.data(), network, TrainConfig(**{**options, **changes}), cpu, silent)
    assert not torch.equal(before, next(network.encoder.parameters()))


def test_the_light_decoder_learns_the_scene(scene, cpu, silent):
    network = build("mobilenet_v2", 2, 3, decoder=Decoder.LIGHT.value)
    config = TrainConfig(decoder=Decoder.LIGHT, steps=60, batch_size=4)
    fit(scene.data(), network, config, cpu, silent)
    with torch.inference_mode():
        right = network(torch.from_numpy(scene.pixels[None])).argmax(1)[0].numpy() == scene.truth
    assert right.mean() > 0.9


def test_the_paper_trains_all_of_the_network_at_one_rate():
    paper = settings_of(TrainConfig(recipe=Recipe.PAPER, decoder=Decoder.LIGHT, weights="some"))
    assert (paper.decoder_learning_rate, paper.encoder_learning_rate) == (1e-4, 1e-4)
