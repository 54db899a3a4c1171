"""A training makes a whole round, or changes nothing."""

import errno
import json
import os

import numpy as np
import pytest

from al_core import jobs
from al_core.config import Decoder, PredictConfig, Recipe, ScanConfig, Start, TrainConfig
from al_core.errors import AlCoreError, Cancelled, StorageError, TrainingError
from al_core.jobs import networks
from al_core.progress import Silent
from al_core.project import Access, Project, Role

from .areas import QUICK, CancelAt, OnMessage, label, make, rounds_on_disk


def test_a_round_records_what_it_was_made_of(project):
    record = project.rounds.current()
    note = json.loads((record.folder / "round.json").read_text())
    assert note["config"]["train"]["steps"] == 3
    assert note["config"]["tiles_trained_on"] == [
        tile for tile in (0, 4, 6, 12, 18) if project.tiles.role[tile] == Role.POOL
    ]
    assert {"landloop", "python", "torch"} <= set(note["versions"])
    assert note["model_hash"] == record.model_hash
    assert note["device"].startswith(("CPU", "NVIDIA"))


def test_the_weights_follow_from_the_iou_of_the_validation_tiles(project):
    metrics = project.rounds.current().metrics
    labelled, counts = project.labels.counts()
    on_validation = counts[project.tiles.role[labelled] == Role.VALIDATION]
    assert metrics.confusion.sum(axis=1).tolist() == on_validation.sum(axis=0).tolist()
    assert metrics.miou == pytest.approx(np.nanmean(metrics.iou))
    assert sum(metrics.weight) == pytest.approx(1)


def test_the_same_seed_makes_the_same_network_whatever_the_validation_labels_are(area):
    hashes = []
    for scrambled in (False, True):
        with Project.open(area / "p") as project:
            if scrambled:
                tiles = np.flatnonzero(project.tiles.role == Role.VALIDATION)
                project.labels.write({int(t): np.full((32, 32), 2, np.uint8) for t in tiles})
            cold = TrainConfig(steps=3, batch_size=2, start=Start.COLD)
            jobs.train(project, cold, Silent())
            hashes.append(project.rounds.current().model_hash)
    assert hashes[0] == hashes[1]


def test_training_without_labels_or_with_one_class_is_refused_and_changes_nothing(tmp_path, land):
    make(tmp_path / "p", land)
    with Project.open(tmp_path / "p") as project:
        label(project, land, validation=True)
        with pytest.raises(TrainingError, match="no labels"):
            jobs.train(project, QUICK, Silent())
        one = next(t for t in (0, 5, 10) if project.tiles.role[t] == Role.POOL)
        label(project, land, tiles=(one,))
        with pytest.raises(TrainingError, match="Only “Water”"):
            jobs.train(project, QUICK, Silent())
        assert project.rounds.list() == ()
        assert not (project.folder / "rounds").exists()


def test_without_validation_labels_the_accuracy_is_unknown_and_the_weights_are_even(tmp_path, land):
    make(tmp_path / "p", land)
    with Project.open(tmp_path / "p") as project:
        pool = [tile for tile in range(25) if project.tiles.role[tile] == Role.POOL]
        label(project, land, tiles=tuple(tile for tile in pool if tile in (0, 4, 5, 9, 20, 24)))
        told = jobs.train(project, QUICK, Silent())
        metrics = project.rounds.current().metrics
    assert told.miou is None
    assert told.iou == (None, None, None)
    assert metrics.weight == (0.5, 0.5, 0.0)
    assert any("No validation tile" in note for note in told.notes)
    assert any("Sand" in note for note in told.notes)


def test_labels_that_arrive_during_training_count_in_the_next_round(area):
    def paint():
        with Project.open(area / "p", Access.SHARED) as other:
            other.labels.write({1: np.zeros((32, 32), np.uint8)})

    with Project.open(area / "p") as project:
        before = len(project.labels.counts()[0])
        told = jobs.train(project, QUICK, OnMessage("step 2", paint))
        assert project.rounds.current().labelled_tiles == before
        again = jobs.train(project, QUICK, Silent())
        assert project.rounds.current().labelled_tiles == before + 1
    assert (told.round, again.round) == (2, 3)


@pytest.mark.parametrize("words", ["Reading the labels", "step 2", "Looking at tile"])
def test_a_cancelled_training_keeps_the_previous_model(project, words):
    before = project.rounds.current().model_hash
    with pytest.raises(Cancelled):
        jobs.train(project, QUICK, CancelAt(words))
    assert project.rounds.current().model_hash == before
    assert rounds_on_disk(project) == ["0001"]


def test_a_full_disk_keeps_the_previous_model(project, monkeypatch):
    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="full"):
        jobs.train(project, QUICK, Silent())
    monkeypatch.undo()
    assert rounds_on_disk(project) == ["0001"]
    assert project.rounds.current().number == 1


def test_another_encoder_starts_cold_and_says_so(project):
    told = jobs.train(project, TrainConfig(encoder="mobileone_s0", steps=1, batch_size=2), Silent())
    assert "Started cold, because round 1 has the encoder mobilenet_v2." in told.notes


def test_another_decoder_starts_cold_and_says_so(project):
    light = TrainConfig(decoder=Decoder.LIGHT, steps=1, batch_size=2)
    assert "Started cold, because round 1 has the decoder unet." in (
        jobs.train(project, light, Silent()).notes
    )
    assert not jobs.train(project, light, Silent()).notes


@pytest.mark.parametrize(
    "options",
    [{"steps": -1}, {"minutes": 0.0}, {"batch_size": 0}, {"seed": -1}, {"encoder": "nonsense"}],
)
def test_impossible_options_of_training_are_refused(project, options):
    with pytest.raises(AlCoreError, match="choose"):
        jobs.train(project, TrainConfig(**{"steps": 1, "start": Start.COLD} | options), Silent())
    assert rounds_on_disk(project) == ["0001"]


def test_the_paper_starts_cold_and_reads_pixels_as_on_imagenet_from_then_on(project, monkeypatch):
    seen = []
    read = networks.NetworkInputs.open

    def watched(self, image):
        seen.append(self.settings.normalisation.mean)
        return read(self, image)

    monkeypatch.setattr(networks.NetworkInputs, "open", watched)
    own, imagenet = project.settings.normalisation.mean, (0.485, 0.456, 0.406)
    paper = TrainConfig(steps=2, batch_size=2, recipe=Recipe.PAPER)
    jobs.train(project, paper, Silent())
    jobs.scan(project, ScanConfig(), Silent())
    jobs.predict(project, PredictConfig(window_px=64), Silent())
    assert set(seen) == {imagenet}
    seen.clear()
    told = jobs.train(project, QUICK, Silent())
    assert set(seen) == {own}
    assert any("Started cold" in note and "another normalisation" in note for note in told.notes)
