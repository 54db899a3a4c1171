"""Pre-training learns, repeats itself, pauses and says what goes wrong."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from al_core.config import PretrainConfig
from al_core.errors import Cancelled, TrainingError
from al_core.training.contrast import PauseFile, Tiles, loop, pretrain
from al_core.training.contrast.plan import view_px
from al_core.training.contrast.twins import WIDTH, Twins

from .conftest import QUICK, CancelAtQuestion, CancelAtStep, same, weights

CPU = torch.device("cpu")


@pytest.fixture
def pause(tmp_path):
    return PauseFile(tmp_path / "paused.safetensors")


def changed(**options):
    return dataclasses.replace(QUICK, **options)


def test_two_views_of_a_tile_become_more_alike_than_views_of_others(tiles, fresh, silent):
    network = fresh()
    done = pretrain(tiles, network, changed(epochs=12, learning_rate=1.0), CPU, silent)
    assert done.loss < math.log(1 + done.queue) - 0.25, "better than guessing"
    assert not network.training
    assert (done.tiles, done.steps, done.batch_size, done.queue) == (100, 72, 16, 48)
    assert done.images_per_s == pytest.approx(72 * 16 / done.seconds)
    assert done.notes == ()


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tiles, fresh, silent):
    found = []
    for seed in (1, 1, 2):
        network = fresh()
        pretrain(tiles, network, changed(seed=seed), CPU, silent)
        found.append(weights(network))
    assert same(found[0], found[1])
    assert not same(found[0], found[2])


@pytest.fixture
def uninterrupted(tiles, fresh, silent):
    network = fresh()
    done = pretrain(tiles, network, QUICK, CPU, silent)
    return weights(network), done


@pytest.mark.parametrize(
    "watcher",
    [CancelAtStep(4), CancelAtQuestion(250), CancelAtQuestion(400), CancelAtQuestion(1)],
    ids=["between steps", "forwards", "later", "at once"],
)
def test_a_pause_changes_nothing(tiles, fresh, silent, pause, uninterrupted, watcher):
    with pytest.raises(Cancelled):
        pretrain(tiles, fresh(), QUICK, CPU, watcher, pause=pause)
    network = fresh(seed=8)  # what it begins with does not count any more
    done = pretrain(tiles, network, QUICK, CPU, silent, pause=pause)
    expected, whole = uninterrupted
    assert same(weights(network), expected)
    assert (done.steps, done.loss, done.spread) == (whole.steps, whole.loss, whole.spread)


def test_a_process_that_dies_is_gone_on_from_the_last_minute(
    tiles, fresh, silent, pause, uninterrupted, monkeypatch
):
    class Died(BaseException):
        pass

    def die(self, *_):
        if self.step == 4:
            raise Died
        return look_at(self, *_)

    look_at = loop._Run._look_at
    monkeypatch.setattr(loop, "SAVED_EVERY_S", 0.0)
    monkeypatch.setattr(loop, "_CHECKED_EVERY", 1)
    monkeypatch.setattr(loop._Run, "_look_at", die)
    with pytest.raises(Died):
        pretrain(tiles, fresh(), QUICK, CPU, silent, pause=pause)
    monkeypatch.undo()
    assert pause.facts()["step"] == 3
    network = fresh()
    pretrain(tiles, network, QUICK, CPU, silent, pause=pause)
    assert same(weights(network), uninterrupted[0])


def test_progress_is_counted_from_where_a_pause_ended(tiles, fresh, pause):
    first, second = CancelAtStep(4), CancelAtStep(100)
    with pytest.raises(Cancelled):
        pretrain(tiles, fresh(), QUICK, CPU, first, pause=pause)
    pretrain(tiles, fresh(), QUICK, CPU, second, pause=pause)
    assert [fraction for fraction, _ in first.heard] == pytest.approx([0, 1 / 6, 2 / 6, 3 / 6])
    assert [part for part, said in second.heard if said.startswith("Pre")] == pytest.approx(
        [0, 1 / 3, 2 / 3]
    )
    assert first.heard[0][1] == "Pre-training, epoch 1 of 1"


def test_other_options_than_those_of_what_is_paused_are_refused(tiles, fresh, silent, pause):
    with pytest.raises(Cancelled):
        pretrain(tiles, fresh(), QUICK, CPU, CancelAtStep(2), pause=pause)
    for options, words in ((changed(batch_size=8, epochs=2), "epochs, batch size"),):
        with pytest.raises(TrainingError, match=rf"begun otherwise \({words}\)"):
            pretrain(tiles, fresh(), options, CPU, silent, pause=pause)
    fewer = Tiles(tiles.inputs, tiles.ids[:90])
    with pytest.raises(TrainingError, match="tile ids"):
        pretrain(fewer, fresh(), QUICK, CPU, silent, pause=pause)
    assert pause.facts()["step"] == 1
    pretrain(tiles, fresh(), changed(minutes=3.0), CPU, silent, pause=pause)


@pytest.mark.parametrize(
    ("count", "batch", "says"),
    [
        (63, 16, "at least 64 tiles for batches of 16, but there are 63; use smaller tiles"),
        (100, 64, "at least 128 tiles for batches of 64, but there are 100; choose a batch of 50"),
    ],
)
def test_too_few_tiles_are_refused_before_anything_is_read(land, fresh, silent, count, batch, says):
    few = Tiles(land.inputs, land.inputs.tiles.ids[:count])
    with pytest.raises(TrainingError, match=says):
        pretrain(few, fresh(), changed(batch_size=batch), CPU, silent)
    assert land.readers == []


def test_memory_that_runs_out_halves_the_batch_and_says_so(tiles, fresh, silent, monkeypatch):
    embed = Twins.queries

    def hungry(self, views):
        if len(views) > 8:
            raise torch.cuda.OutOfMemoryError
        return embed(self, views)

    monkeypatch.setattr(Twins, "queries", hungry)
    done = pretrain(tiles, fresh(), QUICK, CPU, silent)
    assert (done.batch_size, done.steps) == (8, 12)
    assert done.notes == ("The GPU ran out of memory; went on with batches of 8.",)


def test_memory_too_small_for_any_batch_is_an_error(tiles, fresh, silent, monkeypatch):
    def hungry(self, views):
        raise torch.cuda.OutOfMemoryError

    monkeypatch.setattr(Twins, "queries", hungry)
    with pytest.raises(TrainingError, match="does not hold a batch"):
        pretrain(tiles, fresh(), QUICK, CPU, silent)


def test_features_that_collapse_stop_it_with_advice(tiles, fresh, silent, monkeypatch):
    def alike(self, views, order):
        return torch.nn.functional.normalize(torch.ones(len(views), WIDTH), dim=1)

    monkeypatch.setattr(Twins, "keys", alike)
    monkeypatch.setattr(loop, "GRACE_STEPS", 12)
    with pytest.raises(TrainingError, match=r"All tiles look alike .* after 20 steps"):
        pretrain(tiles, fresh(), changed(epochs=4), CPU, silent)


def test_a_loss_that_is_no_number_stops_it_with_advice(land, fresh, silent, monkeypatch):
    land.pixels[:] = np.nan
    monkeypatch.setattr(loop, "_CHECKED_EVERY", 1)
    tiles = Tiles(land.inputs, land.inputs.tiles.ids)
    with pytest.raises(TrainingError, match="no longer a number after 1 steps"):
        pretrain(tiles, fresh(), QUICK, CPU, silent)


def test_in_the_end_the_normalisations_know_whole_tiles(tiles, land, fresh, silent):
    network = fresh()
    pretrain(tiles, network, QUICK, CPU, silent)
    with torch.inference_mode():
        images = land.inputs.open(land.inputs.images[0])
        whole = torch.from_numpy(
            np.stack([images.read(land.inputs.window(tile))[0] for tile in range(100)])
        )
        first = network.encoder.model.conv1(whole)
    layer = network.encoder.model.bn1
    assert torch.allclose(layer.running_mean, first.mean((0, 2, 3)), atol=0.02)
    assert torch.allclose(layer.running_var, first.var((0, 2, 3)), rtol=0.1)
    assert layer.momentum == 0.1


def test_time_that_runs_out_ends_it_and_says_so(tiles, fresh, silent):
    done = pretrain(tiles, fresh(), changed(epochs=1000, minutes=0.01), CPU, silent)
    assert 1 <= done.steps < 1000
    assert "because the 0.01 minutes were over" in done.notes[0]


def test_the_files_are_closed_when_it_is_cancelled(tiles, land, fresh):
    with pytest.raises(Cancelled):
        pretrain(tiles, fresh(), QUICK, CPU, CancelAtStep(2))
    assert all(reader.closed for reader in land.readers)


def test_every_tile_is_read_once_if_there_is_room_for_all(tiles, land, fresh, silent):
    pretrain(tiles, fresh(), changed(epochs=3), CPU, silent)
    assert sum(len(reader.windows) for reader in land.readers) == 100
    tight = Tiles(land.inputs, land.inputs.tiles.ids, budget_bytes=0)
    pretrain(tight, fresh(), QUICK, CPU, silent)
    assert sum(len(reader.windows) for reader in land.readers) >= 100 + 96


@pytest.mark.parametrize(
    ("wanted", "tile", "kind", "side"),
    [
        (0, 256, "cpu", 128),
        (0, 256, "cuda", 224),
        (0, 100, "cpu", 96),
        (0, 16, "cpu", 32),
        (48, 64, "cpu", 48),
    ],
)
def test_views_are_as_large_as_the_device_is_fast(wanted, tile, kind, side):
    assert view_px(wanted, tile, torch.device(kind)) == side


def test_the_options_that_may_change_during_a_pause_are_options():
    assert {"device", "minutes", "resume", "name"} <= set(vars(PretrainConfig()))
