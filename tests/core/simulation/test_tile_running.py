"""Whole simulations of tiles that are labelled as a whole."""

import csv
import json

import numpy as np
import pytest

from al_core import cli
from al_core.config import Balance, Recipe, Start, Task
from al_core.errors import AlCoreError, Cancelled
from al_core.progress import Silent
from al_core.simulation import running
from al_core.simulation.running import simulate
from al_core.strategies import names

from .test_running import Stopping
from .tiles import SCENES, TAGS, make_class_folders, make_tiles

ASKS_A_PERSON = "similar"


@pytest.fixture(scope="module")
def tiles(tmp_path_factory):
    return make_tiles(tmp_path_factory.mktemp("tiles"))


@pytest.fixture(scope="module")
def scenes(tiles, tmp_path_factory):
    """A finished simulation of scenes."""
    folder = tmp_path_factory.mktemp("scenes") / "out"
    simulate(folder, tiles.config(), {"command": "simulate"}, Silent())
    return folder


@pytest.fixture(scope="module")
def tagged(tiles, tmp_path_factory):
    """A finished simulation of tags, with the strategies that need more than a scan."""
    folder = tmp_path_factory.mktemp("tagged") / "out"
    config = tiles.config(Task.MULTILABEL, strategies=("random", "ll", "tpd", "full"))
    simulate(folder, config, {"command": "simulate"}, Silent())
    return folder


def rows(folder, name="rounds.csv"):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def without_time(folder):
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows(folder)]


def facts(folder):
    return json.loads((folder / "simulation.json").read_text(encoding="utf-8"))["facts"]


def journal(folder, name):
    return [json.loads(line) for line in (folder / "runs" / f"{name}.jsonl").open()]


def of(found, strategy, seed=0):
    return [row for row in found if (row["strategy"], row["seed"]) == (strategy, str(seed))]


def test_the_tables_tell_f1_and_accuracy(scenes):
    found = rows(scenes)
    assert list(found[0]) == [
        *("strategy", "seed", "round", "labelled_tiles", "labelled_tags"),
        *("micro_f1", "macro_f1", "macro_f1_zero", "accuracy", "kl", "validation_macro_f1"),
        *(f"{kind}_{name}" for kind in ("f1", "weight") for name in sorted(SCENES)),
        "seconds",
    ]
    assert len(found) == 2 * (3 + 3 + 1)
    assert [row["labelled_tiles"] for row in of(found, "mge")] == ["6", "10", "14"]
    assert all(row["labelled_tags"] == row["labelled_tiles"] for row in found)
    for row in found:
        f1 = [float(row[f"f1_{name}"]) for name in SCENES]
        assert float(row["macro_f1"]) == pytest.approx(np.mean(f1), abs=1e-5)
        assert row["micro_f1"] == row["accuracy"]  # of tiles with one class


def test_scores_follow_from_the_counts_of_the_journal(tagged):
    for row, entry in zip(of(rows(tagged), "ll"), journal(tagged, "ll_s0"), strict=True):
        counts = np.array(entry["confusion"])
        assert counts.shape == (3, 2, 2)
        tests = facts(tagged)["test_tiles"]
        np.testing.assert_array_equal(counts.sum(axis=(1, 2)), [tests] * 3)
        hits, missed, false = counts[:, 1, 1], counts[:, 1, 0], counts[:, 0, 1]
        f1 = 2 * hits / (2 * hits + missed + false)
        assert float(row["micro_f1"]) == pytest.approx(
            2 * hits.sum() / (2 * hits + missed + false).sum(), abs=1e-6
        )
        assert [float(row[f"f1_{name}"]) for name in sorted(TAGS)] == pytest.approx(f1, abs=1e-6)
        assert 0 <= float(row["accuracy"]) <= 1


def test_more_labels_make_better_networks(scenes):
    full = [float(row["accuracy"]) for row in rows(scenes) if row["strategy"] == "full"]
    first = float(of(rows(scenes), "random")[0]["accuracy"])
    assert min(full) > 0.6
    assert min(full) >= first


def test_all_strategies_of_a_seed_start_from_the_same_tiles(tagged):
    for seed in (0, 1):
        starts = {
            name: journal(tagged, f"{name}_s{seed}")[0]["labelled"]
            for name in ("random", "ll", "tpd", "start")
        }
        assert len({tuple(ids) for ids in starts.values()}) == 1
        shared = [of(without_time(tagged), name, seed)[0] for name in ("random", "tpd")]
        assert shared[0] | {"strategy": ""} == shared[1] | {"strategy": ""} | {
            key: value for key, value in shared[0].items() if key.startswith("weight")
        }


def test_a_network_that_ranks_losses_is_there_from_the_first_round_on(tagged):
    picks = [row for row in rows(tagged, "picks.csv") if row["strategy"] == "ll"]
    assert {row["round"] for row in picks} == {"0", "1"}
    assert len({row["score"] for row in picks}) > 4


def test_the_change_of_mind_is_chance_first_and_then_compared(tagged):
    picks = [row for row in rows(tagged, "picks.csv") if row["strategy"] == "tpd"]
    assert {row["score"] for row in picks if row["round"] == "0"} == {"0.000000"}
    assert all(float(row["score"]) > 0 for row in picks if row["round"] == "1")


def test_picks_are_told_with_their_tags(tagged):
    picks = rows(tagged, "picks.csv")
    assert list(picks[0])[-3:] == [f"tag_{name}" for name in sorted(TAGS)]
    assert {int(row["tag_water"]) for row in picks} == {0, 1}
    assert len({(row["strategy"], row["seed"], row["tile"]) for row in picks}) == len(picks)


def test_facts_and_pictures_and_a_report_are_kept(scenes):
    known = facts(scenes)
    assert (known["task"], known["finished"], known["images"]) == ("scene", True, [])
    assert known["class_names"] == sorted(SCENES)
    assert [known[f"{use}_tiles"] for use in ("pool", "validation", "test")] == [26, 10, 12]
    resized, looked = known["notes"]
    assert resized.startswith("48 of 48 tiles were resized to 64 × 64 px")
    assert looked.startswith("The encoder is not trained")
    maps = sorted(path.name for path in (scenes / "maps").glob("*.npy"))
    assert maps == [f"{n}_s0_r{r}.npy" for n in ("mge", "random") for r in (0, 1)]
    assert np.load(scenes / "maps" / maps[0]).shape[2] == 3
    text = (scenes / "report.html").read_text(encoding="utf-8")
    assert "Picked tiles" in text
    assert "mIoU" not in text


def test_a_stopped_simulation_goes_on_and_ends_the_same(tiles, scenes, tmp_path):
    with pytest.raises(Cancelled):
        simulate(tmp_path / "out", tiles.config(), {}, Stopping(tmp_path / "out", 5))
    assert 0 < len(rows(tmp_path / "out")) < len(rows(scenes))
    simulate(tmp_path / "out", tiles.config(), {}, Silent())
    assert without_time(tmp_path / "out") == without_time(scenes)
    assert facts(tmp_path / "out")["notes"] == facts(scenes)["notes"]


def test_strategies_can_be_added_later(tiles, tagged, tmp_path):
    config = tiles.config(Task.MULTILABEL, strategies=("random",), seeds=(0,))
    simulate(tmp_path / "out", config, {}, Silent())
    every = tiles.config(Task.MULTILABEL, strategies=("random", "ll", "tpd", "full"))
    simulate(tmp_path / "out", every, {}, Silent())
    assert without_time(tmp_path / "out") == without_time(tagged)


@pytest.mark.parametrize("start", [Start.WARM, Start.SHRINK_PERTURB])
def test_a_start_from_the_round_before_goes_on_the_same_after_a_stop(tiles, tmp_path, start):
    config = tiles.config(strategies=("ll",), seeds=(0,), start=start)
    simulate(tmp_path / "whole", config, {}, Silent())
    with pytest.raises(Cancelled):
        simulate(tmp_path / "cut", config, {}, Stopping(tmp_path / "cut", 2))
    simulate(tmp_path / "cut", config, {}, Silent())
    assert without_time(tmp_path / "cut") == without_time(tmp_path / "whole")


@pytest.mark.parametrize("task", [Task.SCENE, Task.MULTILABEL])
def test_every_strategy_can_compete(tiles, tmp_path, task):
    strategies = tuple(name for name in names() if name != ASKS_A_PERSON)
    config = tiles.config(task, strategies=strategies, rounds=2, batch=3, seeds=(0,), steps=5)
    simulate(tmp_path / "out", config, {}, Silent())
    assert len(rows(tmp_path / "out")) == 3 * len(strategies)
    assert {row["strategy"] for row in rows(tmp_path / "out", "picks.csv")} == set(strategies)


def test_a_network_whose_encoder_is_trained_needs_no_bank(tiles, tmp_path):
    config = tiles.config(
        encoder="mobilenet_v2",
        strategies=("tpd",),
        rounds=1,
        initial=4,
        batch=2,
        seeds=(0,),
        steps=1,
    )
    simulate(tmp_path / "out", config, {}, Silent())
    assert len(rows(tmp_path / "out")) == 2
    assert not (tmp_path / "out" / "cache" / "pooled.npy").exists()


def test_each_seed_of_an_unbalanced_simulation_has_another_pool(tiles, tmp_path):
    config = tiles.config(
        balance=Balance.UNBALANCED, strategies=("full",), seeds=(0, 1, 2), initial=4, rounds=0
    )
    simulate(tmp_path / "out", config, {}, Silent())
    found = rows(tmp_path / "out")
    assert len({row["labelled_tiles"] for row in found}) > 1
    assert all(int(row["labelled_tiles"]) < 26 for row in found)
    assert facts(tmp_path / "out")["test_tiles"] == 12
    text = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Unbalanced: of each class of the pool 0 to 80 %" in text


def test_folders_of_classes_are_read_from_the_command_line(tmp_path):
    folder = make_class_folders(tmp_path / "EuroSAT", suffix=".tif", bands=13, side=64)
    words = [
        *("simulate", "--task", "scene", "--images", folder, "--encoder", "local"),
        *("--strategies", "random,fps", "--initial", 6, "--batch", 3, "--rounds", 1),
        *("--seeds", 0, "--steps", 5, "--jobs", 1, "--device", "cpu", "--out", tmp_path / "out"),
    ]
    assert cli.main([str(word) for word in words]) == 0
    known = facts(tmp_path / "out")
    assert (known["tiles"], known["core_px"], len(known["bands"])) == (36, 64, 13)


def test_lanes_share_what_the_encoder_saw(tiles, scenes, tmp_path):
    simulate(tmp_path / "out", tiles.config(jobs=2), {}, Silent())
    assert without_time(tmp_path / "out") == without_time(scenes)


def test_the_recipes_of_papers_bring_their_protocols(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(cli.jobs, "simulate", lambda _out, config, *_: asked.append(config))
    words = ["simulate", "--images", "x", "--out", str(tmp_path)]
    cli.main([*words, "--recipe", "mcfps"])
    cli.main([*words, "--recipe", "multilabel", "--table", "t.csv", "--rounds", "3"])
    cli.main([*words, "--recipe", "mcfps", "--task", "multilabel", "--tile", "224"])
    mcfps, multilabel, other = asked
    assert (mcfps.task, mcfps.initial, mcfps.batch, mcfps.rounds) == (Task.SCENE, 64, 64, 8)
    assert (mcfps.recipe, mcfps.test_share, mcfps.start) == (Recipe.MCFPS, 0.2, Start.COLD)
    assert mcfps.strategies == ("random", "fps", "osal", "mcfps", "full")
    assert (multilabel.task, multilabel.initial, multilabel.batch) == (Task.MULTILABEL, 40, 20)
    assert (multilabel.rounds, multilabel.start) == (3, Start.WARM)
    assert (multilabel.test_share, multilabel.validation_share) == (0.25, 0.25)
    assert [item.tile_size_px for item in asked] == [0, 0, 224]
    assert other.task is Task.MULTILABEL


def test_a_clustered_batch_of_few_tiles_is_noted(tiles, tmp_path):
    config = tiles.config(strategies=("mge", "mge:clustering=off"), initial=6, batch=9, seeds=(0,))
    simulate(tmp_path / "out", config, {}, Silent())
    said = [note for note in facts(tmp_path / "out")["notes"] if "clusters" in note]
    assert len(said) == 1
    assert "11 tiles are left, fewer than the 3 × 9 that mge clusters" in said[0]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"rounds": 6},
            "6 tiles and 6 rounds of 4 are 30, but the pool has 26; take fewer rounds, a",
        ),
        ({"table": "/nowhere.csv"}, "/nowhere.csv cannot be read"),
        ({"table": "", "images_folder": "/nowhere"}, "no folder /nowhere"),
        ({"encoder": "abacus"}, "abacus"),
        ({"dropout": 1.0}, "--dropout is 1"),
        ({"dropout": 0.0, "strategies": ("mcfps",)}, "“mcfps” needs dropout before the last layer"),
        ({"recipe": Recipe.MULTILABEL, "strategies": ("bald",)}, "“bald” needs dropout"),
        ({"task": Task.SEGMENTATION}, "--table is for whole tiles"),
    ],
)
def test_bad_input_is_a_sentence_and_nothing_is_written(tiles, tmp_path, changes, says):
    with pytest.raises(AlCoreError, match=says) as caught:
        simulate(tmp_path / "out", tiles.config(**changes), {}, Silent())
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"recipe": Recipe.MCFPS}, "recipe mcfps is for whole tiles"),
        ({"table": "t.csv"}, "--table is for whole tiles"),
        ({"balance": Balance.UNBALANCED}, "--balance is for whole tiles"),
        ({"dropout": 0.5}, "--dropout is for whole tiles"),
    ],
)
def test_options_of_tiles_are_refused_where_pixels_are_labelled(patchwork, tmp_path, changes, says):
    with pytest.raises(AlCoreError, match=says):
        simulate(tmp_path / "out", patchwork.config(**changes), {}, Silent())


def test_options_that_an_older_version_did_not_know_had_their_defaults(patchwork, finished):
    path = finished / "simulation.json"
    kept = path.read_text(encoding="utf-8")
    content = json.loads(kept)
    for name in ("task", "table", "balance", "dropout"):
        del content["config"][name]
    try:
        path.write_text(json.dumps(content), encoding="utf-8")
        assert simulate(finished, patchwork.config(), {}, Silent()).rounds == 14
        path.write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(AlCoreError, match="another test share"):
            simulate(finished, patchwork.config(test_share=0.3), {}, Silent())
    finally:
        path.write_text(kept, encoding="utf-8")


def test_all_tiles_alike_cannot_be_told_apart(tiles, tmp_path):
    table = tmp_path / "t.csv"
    lines = tiles.table.read_text().splitlines()
    table.write_text("\n".join(["image,tags", *(f"{x.split(',')[0]},a;b" for x in lines[1:])]))
    with pytest.raises(AlCoreError, match="Every tile shows the same classes"):
        simulate(tmp_path / "out", tiles.config(Task.MULTILABEL, table=str(table)), {}, Silent())


def test_weights_keep_their_bands_when_their_path_becomes_whole(tmp_path, monkeypatch):
    (tmp_path / "w.safetensors").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    found = [running._whole_weights(text) for text in ("w.safetensors#B4,B3", "imagenet", "")]
    assert found == [f"{tmp_path}/w.safetensors#B4,B3", "imagenet", ""]
