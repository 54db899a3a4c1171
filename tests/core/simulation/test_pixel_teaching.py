"""The strategies of both papers on tiles whose pixels are labelled."""

import json

import numpy as np
import pytest

from al_core.config import Start
from al_core.errors import AlCoreError, Cancelled
from al_core.progress import Silent
from al_core.scoring import PoolStatistics
from al_core.simulation.journal import Journal
from al_core.simulation.running import simulate

from .test_running import Stopping, facts, rows, without_time

PAPERS = ("mcfps", "fps", "osal", "ll", "tpd", "mge")


def run(folder, patchwork, *strategies, **changes):
    config = patchwork.config(strategies=strategies, **{"seeds": (0,), **changes})
    simulate(folder, config, {}, Silent())
    return folder


@pytest.fixture(scope="module")
def papers(patchwork, tmp_path_factory):
    """A simulation of all of them, each of three rounds from cold starts."""
    folder = tmp_path_factory.mktemp("papers") / "out"
    return run(folder, patchwork, "random", *PAPERS, "mge:clustering=off")


def reasons(folder, strategy, number):
    return [
        row["text"]
        for row in rows(folder, "picks.csv")
        if (row["strategy"], row["round"]) == (strategy, str(number))
    ]


@pytest.mark.parametrize("strategy", [*PAPERS, "mge:clustering=off"])
def test_each_picks_new_tiles_in_every_round(papers, strategy):
    picks = [row["tile"] for row in rows(papers, "picks.csv") if row["strategy"] == strategy]
    assert len(set(picks)) == len(picks) == 2 * 3
    assert [row["labelled_tiles"] for row in rows(papers) if row["strategy"] == strategy] == [
        *("4", "7", "10")
    ]


def test_the_first_comparison_is_by_lot_and_the_next_with_the_round_before(papers):
    assert all("Drawn at random" in text for text in reasons(papers, "tpd", 0))
    assert all(text.startswith("Changed by") for text in reasons(papers, "tpd", 1))


def test_ranks_are_learnt_from_the_first_round_on_from_the_same_tiles(papers):
    assert all(text.startswith("Expected to be harder") for text in reasons(papers, "ll", 0))
    first = {
        name: Journal(papers / "runs" / f"{name}_s0.jsonl").read()[0].labelled
        for name in ("random", "ll")
    }
    assert first["ll"] == first["random"]


def test_a_strategy_that_learns_more_changes_nothing_for_the_others(papers, patchwork, tmp_path):
    alone = without_time(run(tmp_path / "out", patchwork, "random"))
    assert [row for row in without_time(papers) if row["strategy"] == "random"] == alone


def test_the_network_of_a_first_round_tells_all_but_ranks(papers):
    found = PoolStatistics.load(papers / "state" / "start_s0" / "statistics.npz")
    assert np.isfinite(found.sum_certainty).all()
    assert np.isfinite(found.sum_bald).all()
    assert np.isnan(found.predicted_loss).all()
    assert found.before_hash == ""


def test_only_who_looks_back_keeps_networks_where_all_start_cold(papers):
    assert {path.parent.parent.name for path in papers.glob("state/*/r*/model.json")} == {
        *("start_s0", "tpd_s0")
    }


def test_who_compares_networks_that_start_cold_is_told(papers, patchwork, tmp_path):
    told = [note for note in facts(papers)["notes"] if "starts cold" in note]
    assert [note.split()[0] for note in told] == ["tpd"]
    warm = run(tmp_path / "out", patchwork, "tpd", start=Start.WARM, rounds=1, steps=1)
    assert not [note for note in facts(warm)["notes"] if "starts cold" in note]


@pytest.mark.parametrize("start", list(Start))
@pytest.mark.parametrize("strategy", ["tpd", "ll"])
def test_a_stopped_simulation_goes_on_the_same(patchwork, tmp_path, strategy, start):
    config = patchwork.config(strategies=(strategy,), seeds=(0,), start=start)
    simulate(tmp_path / "whole", config, {}, Silent())
    with pytest.raises(Cancelled):
        simulate(tmp_path / "cut", config, {}, Stopping(tmp_path / "cut", 2))
    simulate(tmp_path / "cut", config, {}, Silent())
    assert without_time(tmp_path / "cut") == without_time(tmp_path / "whole")
    assert rows(tmp_path / "cut", "picks.csv") == rows(tmp_path / "whole", "picks.csv")


def test_a_first_round_of_an_older_version_does_not_serve_and_says_so(patchwork, tmp_path):
    folder = run(tmp_path / "out", patchwork, "random", rounds=1, steps=1)
    path = folder / "state" / "start_s0" / "statistics.npz"
    with np.load(path) as file:
        kept = {name: file[name] for name in file if name not in {"sum_certainty", "before_hash"}}
    np.savez(path, **kept)
    for strategy in ("mcfps", "tpd"):
        with pytest.raises(AlCoreError, match=f"older version.*“{strategy}” needs"):
            run(folder, patchwork, "random", strategy, rounds=1, steps=1)
    run(folder, patchwork, "random", "coreset", rounds=1, steps=1)
    assert json.loads((folder / "simulation.json").read_text())["facts"]["finished"]
