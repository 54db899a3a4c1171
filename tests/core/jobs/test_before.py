"""Scans that compare with the round before, and trainings that learn to rank."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from al_core import jobs
from al_core.config import QueryConfig, Recipe, RetrainConfig, ScanConfig, Start, TrainConfig
from al_core.errors import ConfigError
from al_core.models import LOCAL, checkpoint
from al_core.progress import Silent
from al_core.project import Project
from al_core.scoring import PoolStatistics

from .areas import PREDICT, QUICK, label, make, pool_tiles

SMALL = TrainConfig(encoder=LOCAL, steps=3, batch_size=2)
CPU = torch.device("cpu")


@pytest.fixture
def begun(tmp_path, land):
    """A project with labels and no round yet."""
    make(tmp_path / "p", land)
    with Project.open(tmp_path / "p") as project:
        label(project, land, validation=True)
        label(project, land, tiles=pool_tiles(project, 0, 4, 5, 6, 9, 12, 18))
        yield project


def retrain(project, strategy, train=SMALL, count=3):
    query = QueryConfig(strategy, count=count)
    config = RetrainConfig(train=train, query=query, predict=PREDICT)
    return jobs.retrain(project, config, Silent())


def statistics(project):
    return PoolStatistics.load(project.rounds.current().folder / "statistics.npz")


def network(project):
    return checkpoint.load(project.rounds.current().folder, CPU).network


def said(told):
    return " ".join(told.query.picks[0].reason["text"].split())


def test_the_first_round_draws_by_lot_and_the_second_compares(begun):
    first = retrain(begun, "tpd")
    assert "no network of a round before" in said(first)
    assert statistics(begun).before_hash == ""
    before = begun.rounds.current()
    second = retrain(begun, "tpd")
    found = statistics(begun)
    assert said(second).startswith("Changed by")
    assert found.before_hash == before.model_hash
    assert (found.sum_discrepancy[found.n > 0] > 0).all()
    assert (found.sum_discrepancy <= np.sqrt(2) * found.n).all()
    assert not second.query.notes


def test_a_scan_of_a_round_compares_with_the_one_before_it(begun):
    for _ in range(2):
        retrain(begun, "entropy")
    first, second = begun.rounds.list()
    jobs.scan(begun, ScanConfig(strategy="tpd"), Silent())
    assert statistics(begun).before_hash == first.model_hash != second.model_hash


def test_a_cold_start_is_warned_of_where_it_matters(begun):
    cold = replace(SMALL, start=Start.COLD)
    assert not retrain(begun, "tpd", cold).query.notes, "there is nothing to compare with yet"
    (note,) = retrain(begun, "tpd", cold).query.notes
    assert "started cold" in note
    assert "“tpd”" in note
    assert not retrain(begun, "entropy", cold).query.notes


def test_the_network_before_may_be_of_another_encoder(project):
    told = retrain(project, "tpd", replace(SMALL, start=Start.COLD))
    assert network(project).spec.encoder == LOCAL
    assert said(told).startswith("Changed by")


def test_the_network_before_reads_the_pixels_as_when_it_was_trained(begun, monkeypatch):
    from al_core.jobs import networks

    retrain(begun, "entropy", replace(SMALL, recipe=Recipe.PAPER))
    retrain(begun, "entropy", SMALL)
    seen, opened = [], networks.NetworkInputs.open

    def watched(self, image):
        seen.append(self.settings.normalisation.mean)
        return opened(self, image)

    monkeypatch.setattr(networks.NetworkInputs, "open", watched)
    jobs.scan(begun, ScanConfig(strategy="tpd"), Silent())
    assert set(seen) == {begun.settings.normalisation.mean, (0.485, 0.456, 0.406)}


def rename(record, *names):
    path = record.folder / "model.json"
    about = json.loads(path.read_text(encoding="utf-8"))
    about["about"]["classes"] = list(names)
    path.write_text(json.dumps(about), encoding="utf-8")


def test_only_the_classes_of_both_rounds_are_compared(begun):
    for _ in range(2):
        retrain(begun, "tpd")
    whole = statistics(begun).sum_discrepancy
    rename(begun.rounds.list()[0], "Water", "Meadow", "Sand")
    jobs.scan(begun, ScanConfig(strategy="tpd"), Silent())
    part = statistics(begun).sum_discrepancy
    assert (part < whole)[whole > 0].all()
    rename(begun.rounds.list()[0], "A", "B", "C")
    told = jobs.scan(begun, ScanConfig(strategy="tpd"), Silent())
    assert told.notes[-1] == (
        "There is nothing to compare with: round 1 has other classes or bands."
    )
    assert statistics(begun).before_hash == ""


def test_a_damaged_round_before_does_not_cost_the_training(begun):
    retrain(begun, "tpd")
    (begun.rounds.current().folder / "model.safetensors").write_bytes(b"")
    told = retrain(begun, "tpd", replace(SMALL, start=Start.COLD))
    assert told.train.round == 2
    assert told.scan.notes[-1].startswith("There is nothing to compare with: The model in")
    assert len(told.query.picks) == 3
    assert "no network of a round before" in said(told)


def test_a_strategy_that_needs_ranks_has_them_learnt(begun):
    told = retrain(begun, "ll")
    assert begun.rounds.current().config["train"]["learn_loss"]
    assert network(begun).spec.learns_loss
    assert len(told.query.picks) == 3
    assert said(told).startswith("Expected to be harder than")
    assert np.isfinite(statistics(begun).predicted_loss).all()


def test_a_warm_start_keeps_the_loss_network_only_while_it_is_needed(begun):
    still = replace(SMALL, steps=1, decoder_learning_rate=1e-12, ema_decay=0.0)
    retrain(begun, "ll")
    first = network(begun).state_dict()
    retrain(begun, "ll", still)
    second = network(begun).state_dict()
    weights = [name for name in first if name.endswith("weight")]
    assert all(torch.allclose(first[name], second[name], atol=1e-6) for name in weights)
    retrain(begun, "entropy", still)
    third = network(begun)
    assert third.loss_network is None
    kept = {name for name in weights if not name.startswith("loss_network")}
    assert all(torch.allclose(first[name], third.state_dict()[name], atol=1e-6) for name in kept)
    retrain(begun, "ll", replace(SMALL, start=Start.SHRINK_PERTURB))
    assert network(begun).spec.learns_loss


def test_a_network_of_before_there_were_loss_networks_goes_on_with_one(project):
    """The round of the fixture was trained without."""
    told = retrain(project, "ll", QUICK)
    assert not any("Started cold" in note for note in told.train.notes)
    assert network(project).spec.learns_loss


@pytest.mark.parametrize("strategy", ["mcfps", "fps", "osal", "ll", "tpd", "mge"])
def test_the_strategies_of_the_papers_pick_round_after_round(begun, strategy):
    for number in range(2):
        told = retrain(begun, strategy)
        picked = {pick.tile_id for pick in told.query.picks}
        assert len(picked) == 3, told.query.notes
        assert told.train.round == number + 1
    weights = begun.rounds.current().folder / "model.safetensors"
    content = weights.read_bytes()
    for config in (QueryConfig(strategy, count=2, clustering=False), QueryConfig(strategy)):
        jobs.query(begun, config, Silent())
    assert weights.read_bytes() == content


def test_the_number_of_passes_has_to_make_sense(project):
    with pytest.raises(ConfigError, match="number of passes is 0"):
        jobs.scan(project, ScanConfig(strategy="mcfps", passes=0), Silent())
