"""Training learns, repeats itself, stops when asked and says what goes wrong."""

import time

import numpy as np
import pytest
import torch

from al_core.config import TrainConfig
from al_core.errors import Cancelled, TrainingError
from al_core.models import build
from al_core.progress import Silent
from al_core.training import fit
from al_core.training.stepping import Stepper

QUICK = TrainConfig(steps=3, batch_size=2)


def weights(network):
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def same(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)


def test_training_learns_the_scene_and_leaves_the_network_ready(scene, network, cpu, silent):
    config = TrainConfig(
        steps=40,
        batch_size=3,
        decoder_learning_rate=5e-3,
        encoder_learning_rate=5e-3,
        ema_decay=0.5,
        dice_weight=0.0,
    )
    result = fit(scene.data(), network, config, cpu, silent)
    with torch.inference_mode():
        logits = network(torch.from_numpy(scene.pixels[None]))
    right = logits.argmax(1)[0].numpy() == scene.truth
    assert right.mean() > 0.9
    assert not network.training
    assert (result.steps, result.batch_size, result.notes) == (40, 3, ())
    assert result.images_per_s == pytest.approx(40 * 3 / result.seconds)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(scene, cpu, silent):
    runs = []
    for seed in (1, 1, 2):
        network = build("mobilenet_v2", 2, 3)
        fit(scene.data(), network, TrainConfig(steps=2, batch_size=2, seed=seed), cpu, silent)
        runs.append(weights(network))
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])


def test_labels_of_validation_tiles_change_nothing(scene, cpu, silent):
    scene.roles[8] = 1
    runs = []
    for wrong in (0, 2):
        core = scene.inputs.tiles.core(8)
        scene.truth[core.rows, core.cols] = wrong
        network = build("mobilenet_v2", 2, 3)
        fit(scene.data(), network, QUICK, cpu, silent)
        runs.append(weights(network))
    assert same(*runs)


class CancelAt(Silent):
    def __init__(self, number):
        self.left = number
        self.messages = []

    def report(self, fraction, message):
        self.left -= 1
        self.messages.append((fraction, message))

    def is_cancelled(self):
        return self.left <= 0


def test_a_cancel_stops_within_two_seconds(scene, network, cpu):
    watcher = CancelAt(2)
    started = time.monotonic()
    with pytest.raises(Cancelled):
        fit(scene.data(), network, TrainConfig(batch_size=2, minutes=0.5), cpu, watcher)
    assert time.monotonic() - started < 2
    assert all(reader.closed for reader in scene.readers)


class CancelAfter(CancelAt):
    """Cancels when it has been asked so often, however few steps that are."""

    def report(self, fraction, message):
        self.messages.append((fraction, message))

    def is_cancelled(self):
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize("questions", [20, 100])  # the network has about 60 convolutions
def test_a_cancel_does_not_wait_for_the_end_of_a_step(scene, network, cpu, questions):
    watcher = CancelAfter(questions)
    with pytest.raises(Cancelled):
        fit(scene.data(), network, QUICK, cpu, watcher)
    assert len(watcher.messages) == 1, "the first step was under way"
    assert not any(module._forward_hooks for module in network.modules())


def test_every_step_is_reported_with_its_place(scene, network, cpu):
    watcher = CancelAt(100)
    fit(scene.data(), network, QUICK, cpu, watcher)
    assert [message.split(",")[1] for _, message in watcher.messages] == [
        " step 1 of 3",
        " step 2 of 3",
        " step 3 of 3",
    ]
    assert [fraction for fraction, _ in watcher.messages] == pytest.approx([0, 1 / 3, 2 / 3])


def test_the_time_budget_ends_training_and_says_so(scene, network, cpu, silent):
    config = TrainConfig(steps=100_000, batch_size=1, minutes=0.01)
    result = fit(scene.data(), network, config, cpu, silent)
    assert 1 <= result.steps < 100
    assert "Stopped after" in result.notes[0]
    assert "0.01 minutes" in result.notes[0]


def test_memory_that_runs_out_halves_the_batch_and_says_so(
    scene, network, cpu, silent, monkeypatch
):
    step = Stepper.step

    def hungry(self, batch, *rest):
        if len(batch.pixels) > 2:
            raise torch.cuda.OutOfMemoryError
        return step(self, batch, *rest)

    monkeypatch.setattr(Stepper, "step", hungry)
    result = fit(scene.data(), network, TrainConfig(steps=2, batch_size=8), cpu, silent)
    assert (result.batch_size, result.steps) == (2, 2)
    assert result.notes == (
        "The GPU ran out of memory; went on with batches of 4.",
        "The GPU ran out of memory; went on with batches of 2.",
    )


def test_memory_too_small_for_one_window_is_an_error(scene, network, cpu, silent, monkeypatch):
    def hungry(self, batch, *rest):
        raise torch.cuda.OutOfMemoryError

    monkeypatch.setattr(Stepper, "step", hungry)
    with pytest.raises(TrainingError, match="does not hold a single window"):
        fit(scene.data(), network, QUICK, cpu, silent)


def test_a_loss_that_is_no_number_stops_training_with_advice(scene, network, cpu, silent):
    scene.pixels[:] = np.nan
    with pytest.raises(TrainingError, match="no longer a number after 1 steps"):
        fit(scene.data(), network, QUICK, cpu, silent)


def test_a_batch_without_a_labelled_pixel_is_skipped(scene, network, cpu, silent):
    data = scene.data()
    scene.valid[:] = False
    before = weights(network)
    result = fit(data, network, QUICK, cpu, silent)
    assert result.steps == 3
    assert same(before, weights(network))


def test_a_network_for_other_bands_is_refused(scene, cpu, silent):
    with pytest.raises(TrainingError, match=r"made for 3 bands .* has 2 .*cold start"):
        fit(scene.data(), build("mobilenet_v2", 3, 3), QUICK, cpu, silent)


def test_no_labels_are_refused_before_anything_is_read(scene, network, cpu, silent):
    with pytest.raises(TrainingError, match="no labels"):
        fit(scene.data(()), network, QUICK, cpu, silent)
    assert scene.readers == []
