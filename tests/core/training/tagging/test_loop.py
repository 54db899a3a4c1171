"""Training on whole tiles."""

import numpy as np
import pytest
import torch

from al_core.config import Decoder, Recipe, Task, TrainConfig
from al_core.errors import Cancelled, TrainingError
from al_core.legend import UNSURE
from al_core.models import LOCAL, TaggingSpec, build_tagging
from al_core.models.views import Views
from al_core.training.tagging import PooledViews, fit_tags, tag_settings_of
from al_core.training.tagging.batches import batches, steps_of
from al_core.training.tagging.held_out import part_of
from al_core.training.tagging.loop import planned_tag_steps
from al_core.training.tagging.recipes import Annealing

CPU = torch.device("cpu")


def pooled_rows(task):
    """What an ideal encoder would say of the tiles: one feature a class, and noise."""
    tile = np.arange(16)
    signs = np.stack([tile % 4 < 2, tile % 4 >= 2, tile % 2 == 1], axis=1) * 2.0 - 1
    noise = np.random.default_rng(1).normal(0, 0.2, (16, 8, 3))
    return (signs[:, None] + noise).astype(np.float16)


def network_of(task, features=3, **options):
    """A network whose features are given: the encoder is never asked."""
    network = build_tagging(TaggingSpec(LOCAL, 2, 3, task.value, **options))
    width = 20  # mean and deviation of 2 bands, 5 maps each
    assert network.features == width
    return network


def wide(rows):
    return np.concatenate([rows, np.zeros((*rows.shape[:2], 20 - rows.shape[2]), rows.dtype)], 2)


@pytest.mark.parametrize("task", [Task.SCENE, Task.MULTILABEL])
@pytest.mark.parametrize("recipe", [Recipe.QUICK, Recipe.PLUS, Recipe.MCFPS, Recipe.MULTILABEL])
def test_every_recipe_learns_tiles_that_can_be_told_apart(make_lesson, silent, task, recipe):
    rows = wide(pooled_rows(task))
    lesson = make_lesson(task, rows)
    network = network_of(task, learns_loss=True)
    config = TrainConfig(encoder=LOCAL, recipe=recipe)
    result = fit_tags(lesson, network, config, CPU, silent)
    with torch.inference_mode():
        logits, ranks = network.judge(torch.from_numpy(rows[:, 0].astype(np.float32)))
    found = (logits > 0) if task is Task.MULTILABEL else logits == logits.amax(1, keepdim=True)
    assert np.array_equal(found.numpy(), lesson.states == 1)
    assert ranks.isfinite().all()
    assert result.steps == planned_tag_steps(config, 16)
    assert not network.training


def test_the_whole_network_learns_from_pixels(make_lesson, silent):
    network = build_tagging(TaggingSpec("resnet18", 2, 3, "multilabel", learns_loss=True))
    before = network.encoder.state_dict()["conv1.weight"].clone()
    config = TrainConfig(encoder="resnet18", steps=12, batch_size=4)
    lesson = make_lesson(Task.MULTILABEL)
    result = fit_tags(lesson, network, config, CPU, silent)
    assert (result.steps, result.batch_size) == (12, 4)
    assert not torch.equal(network.encoder.state_dict()["conv1.weight"], before)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(make_lesson, silent):
    weights = []
    for seed in (3, 3, 4):
        network = network_of(Task.SCENE)
        config = TrainConfig(encoder=LOCAL, seed=seed, steps=20)
        lesson = make_lesson(Task.SCENE, wide(pooled_rows(Task.SCENE)))
        fit_tags(lesson, network, config, CPU, silent)
        weights.append(network.last.weight.detach().clone())
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_an_encoder_that_stays_as_it_is_needs_its_rows(make_lesson, silent):
    with pytest.raises(ValueError, match="pooled views"):
        fit_tags(
            make_lesson(Task.SCENE), network_of(Task.SCENE), TrainConfig(encoder=LOCAL), CPU, silent
        )


def test_a_cancel_is_heard(make_lesson):
    class Cancelling:
        def report(self, *_):
            pass

        def is_cancelled(self):
            return True

    lesson = make_lesson(Task.SCENE, wide(pooled_rows(Task.SCENE)))
    with pytest.raises(Cancelled):
        fit_tags(lesson, network_of(Task.SCENE), TrainConfig(encoder=LOCAL), CPU, Cancelling())


@pytest.mark.parametrize(
    ("states", "sentence"),
    [
        ([[1, 0, 0]] * 16, "All tagged tiles outside validation show Dark"),
        ([[0, 0, 0]] * 16, "show none of the classes"),
        ([[UNSURE] * 3] * 16, "show none of the classes"),
    ],
)
def test_tiles_that_all_say_the_same_are_refused(make_lesson, silent, states, sentence):
    lesson = make_lesson(Task.MULTILABEL, states=np.array(states, np.uint8))
    with pytest.raises(TrainingError, match=sentence):
        fit_tags(lesson, network_of(Task.MULTILABEL), TrainConfig(), CPU, silent)


def test_without_any_tag_there_is_nothing_to_learn_from(make_lesson):
    lesson = make_lesson(Task.SCENE)
    empty = type(lesson)(
        lesson.inputs, lesson.ids[:0], lesson.states[:0], lesson.class_names, lesson.task
    )
    with pytest.raises(TrainingError, match="There are no tags to learn from"):
        empty.check()


def test_a_network_for_other_bands_is_refused(make_lesson, silent):
    network = build_tagging(TaggingSpec(LOCAL, 5, 3, "scene"))
    with pytest.raises(TrainingError, match="5 bands and 3 classes, the project has 2 and 3"):
        fit_tags(make_lesson(Task.SCENE), network, TrainConfig(), CPU, silent)


def test_a_loss_that_is_no_number_is_told(make_lesson, silent):
    rows = wide(pooled_rows(Task.SCENE))
    rows[0] = np.nan
    with pytest.raises(TrainingError, match="no longer a number"):
        fit_tags(
            make_lesson(Task.SCENE, rows),
            network_of(Task.SCENE),
            TrainConfig(encoder=LOCAL),
            CPU,
            silent,
        )


def test_every_epoch_shows_every_tile_once_and_may_drop_a_small_rest(make_lesson):
    rows = wide(np.arange(16, dtype=np.float16)[:, None, None].repeat(8, 1))
    lesson = make_lesson(Task.SCENE, rows)
    assert (steps_of(16, 5, whole=False), steps_of(16, 5, whole=True)) == (4, 3)
    stream = batches(lesson, Views.TURNED, 5, (0, 0), 7, whole=False)
    shown = [next(stream).values[:, 0].tolist() for _ in range(8)]
    assert sorted(tile for batch in shown[:4] for tile in batch) == list(range(16))
    assert shown[:4] != shown[4:]
    resumed = batches(lesson, Views.TURNED, 5, (1, 2), 7, whole=False)
    assert next(resumed).values[:, 0].tolist() == shown[6]


def test_crops_leave_the_tile_itself_to_the_predictions(make_lesson):
    rows = np.zeros((16, 8, 20), np.float16)
    rows[:, 0] = 1.0
    lesson = make_lesson(Task.SCENE, rows)
    cropped = type(lesson.pooled)(rows, Views.CROPPED)
    lesson = type(lesson)(
        lesson.inputs, lesson.ids, lesson.states, lesson.class_names, lesson.task, cropped
    )
    stream = batches(lesson, Views.CROPPED, 8, (0, 0), 0, whole=True)
    assert max(float(next(stream).values.max()) for _ in range(20)) == 0


def test_the_recipes_of_the_papers_are_to_the_letter():
    mcfps = tag_settings_of(TrainConfig(recipe=Recipe.MCFPS, weights="w"))
    assert (mcfps.learning_rate, mcfps.momentum, mcfps.epochs) == (0.1, 0.9, 100)
    assert (mcfps.batch_size, mcfps.dropout, mcfps.is_cold) == (64, 0.5, True)
    assert (mcfps.encoder_learning_rate, mcfps.annealing) == (0.0, Annealing.COSINE)
    letter = tag_settings_of(TrainConfig(recipe=Recipe.MULTILABEL))
    assert (letter.learning_rate, letter.encoder_learning_rate) == (0.025, 0.025)
    assert (letter.epochs, letter.batch_size, letter.views) == (100, 10, Views.TURNED)
    assert [letter.annealing.factor(part) for part in (0.0, 0.79, 0.81)] == [1.0, 1.0, 0.1]
    assert not letter.is_timed


def test_the_encoder_stays_as_it_is_with_weights_and_the_light_decoder():
    for weights, decoder, is_held in (
        ("w", Decoder.LIGHT, True),
        ("", Decoder.LIGHT, False),
        ("w", Decoder.UNET, False),
    ):
        settings = tag_settings_of(TrainConfig(weights=weights, decoder=decoder))
        assert (settings.encoder_learning_rate == 0) == is_held


def test_what_a_config_says_wins_over_its_recipe():
    config = TrainConfig(recipe=Recipe.MCFPS, epochs=3, dropout=0.1, decoder_learning_rate=0.2)
    settings = tag_settings_of(config)
    assert (settings.epochs, settings.dropout, settings.learning_rate) == (3, 0.1, 0.2)


def test_ranks_are_learnt_from_tiles_that_were_left_out(make_lesson, silent):
    """Every fourth tile has a wrong tag: whoever has not seen it has a high loss there."""
    rows = np.zeros((48, 8, 20), np.float16)
    rng = np.random.default_rng(0)
    bright = np.arange(48) % 2 == 1
    odd = np.arange(48) % 4 == 3
    rows[:, :, 0] = np.where(bright, 1, -1)[:, None]
    rows[:, :, 1] = np.where(odd, 1, -1)[:, None]
    rows += rng.normal(0, 0.05, rows.shape).astype(np.float16)
    said = np.where(odd, rng.random(48) < 0.5, bright)  # of the odd ones nobody can tell
    states = np.stack([~said, said, np.zeros(48, bool)], axis=1).astype(np.uint8)
    lesson = make_lesson(Task.SCENE)
    lesson = type(lesson)(
        lesson.inputs, np.arange(48), states, lesson.class_names, lesson.task,
        PooledViews(rows, Views.TURNED),
    )  # fmt: skip
    network = network_of(Task.SCENE, learns_loss=True)
    fit_tags(lesson, network, TrainConfig(encoder=LOCAL, learn_loss=True), CPU, silent)
    with torch.inference_mode():
        ranks = network.judge(torch.from_numpy(rows[:, 0].astype(np.float32)))[1].numpy()
    assert ranks[odd].min() > ranks[~odd].max()


def test_learning_ranks_later_changes_nothing_else(make_lesson, silent):
    lesson = make_lesson(Task.SCENE, wide(pooled_rows(Task.SCENE)))
    plain, ranked = network_of(Task.SCENE), network_of(Task.SCENE, learns_loss=True)
    for network in (plain, ranked):
        fit_tags(lesson, network, TrainConfig(encoder=LOCAL, steps=30), CPU, silent)
    assert torch.equal(plain.last.weight, ranked.last.weight)


def test_too_few_tiles_to_leave_some_out_are_told(make_lesson, silent):
    lesson = make_lesson(Task.SCENE, wide(pooled_rows(Task.SCENE)))
    rows = np.array([0, 1, 2, 3, 4, 5])
    result = fit_tags(
        part_of(lesson, rows),
        network_of(Task.SCENE, learns_loss=True),
        TrainConfig(encoder=LOCAL, steps=5),
        CPU,
        silent,
    )
    assert any("too few to leave some out" in note for note in result.notes)
