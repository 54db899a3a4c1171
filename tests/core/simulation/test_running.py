"""Whole simulations: their tables, their sameness, and what they refuse."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from al_core import cli
from al_core.config import Recipe, Start
from al_core.errors import Cancelled
from al_core.progress import Silent
from al_core.simulation.running import simulate

from ..lands import land_pixels, write_raster
from .patches import make_patchwork, patch_classes

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("Water", "Forest", "Sand")


def rows(folder, name="rounds.csv"):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def without_time(folder):
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows(folder)]


def facts(folder):
    return json.loads((folder / "simulation.json").read_text(encoding="utf-8"))["facts"]


def command(patchwork, folder, *more):
    """Return the words that ask for the simulation of `finished`."""
    return [
        *("simulate", "--image", patchwork.image, "--labels", patchwork.labels),
        *("--legend", patchwork.legend, "--tile", 64, "--strategies", "random,entropy,full"),
        *("--initial", 4, "--batch", 3, "--rounds", 2, "--seeds", "0,1", "--encoder", "local"),
        *("--steps", 2, "--device", "cpu", "--out", folder, *more),
    ]


def test_every_round_of_every_run_has_a_row(finished):
    found = rows(finished)
    assert [(row["strategy"], row["seed"], row["round"]) for row in found] == [
        *((name, str(seed), str(number)) for name in ("random", "entropy") for seed in (0, 1)
          for number in (0, 1, 2)),
        ("full", "0", "0"),
        ("full", "1", "0"),
    ]  # fmt: skip
    assert list(found[0]) == [
        *("strategy", "seed", "round", "labelled_tiles", "labelled_pixels"),
        *("miou", "macro_f1", "kl", "validation_miou"),
        *(f"{kind}_{name}" for kind in ("iou", "f1", "weight") for name in NAMES),
        "seconds",
    ]
    assert [row["labelled_tiles"] for row in found[:3]] == ["4", "7", "10"]
    assert all(len(row["miou"].split(".")[1]) == 6 for row in found)


def test_the_mean_is_that_of_the_classes_and_f1_follows_from_iou(finished):
    for row in rows(finished):
        ious = np.array([float(row[f"iou_{name}"]) for name in NAMES])
        assert float(row["miou"]) == pytest.approx(ious.mean(), abs=1e-6)
        f1 = [float(row[f"f1_{name}"]) for name in NAMES]
        assert f1 == pytest.approx(2 * ious / (1 + ious), abs=1e-5)


def test_all_strategies_of_a_seed_start_from_the_same_round(finished):
    by_seed = {}
    for row in without_time(finished):
        if row["strategy"] != "full" and row["round"] == "0":
            by_seed.setdefault(row["seed"], []).append({**row, "strategy": ""})
    assert [len(same) for same in by_seed.values()] == [2, 2]
    assert all(first == second for first, second in by_seed.values())


def test_full_supervision_has_the_whole_pool_and_no_weights(finished):
    full = [row for row in rows(finished) if row["strategy"] == "full"]
    assert {row["labelled_tiles"] for row in full} == {str(facts(finished)["pool_tiles"])}
    assert {row["weight_Water"] for row in full} == {""}
    others = [float(row["miou"]) for row in rows(finished) if row["strategy"] != "full"]
    assert min(float(row["miou"]) for row in full) > max(others)


def test_picks_are_new_pool_tiles_and_are_learnt_from_in_the_next_round(finished):
    picks = rows(finished, "picks.csv")
    assert len(picks) == 2 * 2 * 2 * 3
    assert list(picks[0])[:14] == [
        *("strategy", "seed", "round", "rank", "tile", "image", "row", "col", "score"),
        *("class", "term", "value", "share", "text"),
    ]
    chosen = {}
    for pick in picks:
        chosen.setdefault((pick["strategy"], pick["seed"]), []).append(pick["tile"])
        assert sum(int(pick[f"px_{name}"]) for name in NAMES) == 1024
    assert all(len(set(tiles)) == 6 for tiles in chosen.values())


def test_times_and_facts_and_maps_are_kept(finished):
    assert list(rows(finished, "timing.csv")[0]) == [
        *("strategy", "seed", "round", "fit_s", "scan_s", "query_s", "evaluate_s", "steps")
    ]
    known = facts(finished)
    assert (known["class_names"], known["finished"]) == (list(NAMES), True)
    assert sum(known[f"{use}_tiles"] for use in ("pool", "test", "validation", "buffer")) == 64
    maps = sorted(path.name for path in (finished / "maps").glob("*.npy"))
    assert maps == sorted(
        [
            *(f"{name}_s0_r{number}.npy" for name in ("random", "entropy") for number in (0, 1, 2)),
            *("full_s0_r0.npy", "start_s0_r0.npy", "image.npy", "truth.npy"),
        ]
    )
    truth, image = (np.load(finished / "maps" / f"{name}.npy") for name in ("truth", "image"))
    assert image.shape == (*truth.shape, 3)
    assert set(np.unique(truth)) <= {0, 1, 2, 255}
    assert (finished / "report.html").exists()


def test_a_killed_simulation_goes_on_with_other_lanes_and_ends_the_same(
    patchwork, finished, tmp_path
):
    folder = tmp_path / "out"
    words = [str(word) for word in command(patchwork, folder, "--jobs", "2")]
    process = subprocess.Popen([sys.executable, "-m", "al_core", *words], cwd=ROOT)
    try:
        wait_for(lambda: sum(1 for path in folder.glob("runs/*.jsonl") if path.stat().st_size) > 2)
        lanes = children(process.pid)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    wait_for(lambda: not any(is_alive(lane) for lane in lanes), 10)
    kept = {path.name: path.read_bytes() for path in folder.glob("runs/*.jsonl")}
    assert len(lanes) >= 2
    assert not (folder / "report.html").exists()
    assert cli.main([*words[:-1], "1"]) == 0
    assert without_time(folder) == without_time(finished)
    for name, content in kept.items():
        whole = content[: content.rfind(b"\n") + 1]
        assert (folder / "runs" / name).read_bytes().startswith(whole)


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def children(pid):
    """Return the processes that a process has started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(status.parent.name))
    return found


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def test_a_finished_simulation_has_nothing_left_to_do(patchwork, finished):
    before = without_time(finished)
    stamps = {path: path.stat().st_mtime_ns for path in finished.glob("runs/*")}
    assert simulate(finished, patchwork.config(jobs=2), {}, Silent()).rounds == 14
    assert without_time(finished) == before
    assert {path: path.stat().st_mtime_ns for path in finished.glob("runs/*")} == stamps


class Stopping:
    """Cancels after some rounds are on the disk."""

    def __init__(self, folder, rounds):
        self.folder, self.rounds = folder, rounds
        self.fractions = []

    def report(self, fraction, message):
        self.fractions.append(fraction)

    def is_cancelled(self):
        lines = sum(len(path.read_bytes().split(b"\n")) - 1 for path in self.folder.glob("runs/*"))
        return lines >= self.rounds


def test_a_cancel_keeps_the_finished_rounds_and_progress_only_grows(patchwork, finished, tmp_path):
    progress = Stopping(tmp_path / "out", 4)
    with pytest.raises(Cancelled):
        simulate(tmp_path / "out", patchwork.config(), {}, progress)
    assert progress.fractions == sorted(progress.fractions)
    assert 0.2 < progress.fractions[-1] < 0.8
    assert 0 < len(rows(tmp_path / "out")) < 14
    simulate(tmp_path / "out", patchwork.config(), {}, Silent())
    assert without_time(tmp_path / "out") == without_time(finished)


@pytest.mark.parametrize("start", [Start.WARM, Start.SHRINK_PERTURB])
def test_a_start_from_the_round_before_goes_on_the_same_after_a_stop(patchwork, tmp_path, start):
    config = patchwork.config(strategies=("random",), seeds=(0,), start=start)
    simulate(tmp_path / "whole", config, {}, Silent())
    with pytest.raises(Cancelled):
        simulate(tmp_path / "cut", config, {}, Stopping(tmp_path / "cut", 3))
    simulate(tmp_path / "cut", config, {}, Silent())
    assert without_time(tmp_path / "cut") == without_time(tmp_path / "whole")
    cold = patchwork.config(strategies=("random",), seeds=(0,))
    simulate(tmp_path / "cold", cold, {}, Silent())
    assert without_time(tmp_path / "cold")[0] == without_time(tmp_path / "whole")[0]
    assert without_time(tmp_path / "cold")[2] != without_time(tmp_path / "whole")[2]


def test_every_strategy_can_compete(patchwork, tmp_path):
    names = ("margin", "bald", "coreset", "badge", "clasp", "class_random", "dcau", "dcau_pool")
    config = patchwork.config(
        strategies=(*names, "dcau_plus:quotas=uniform"), rounds=1, seeds=(0,), steps=1
    )
    simulate(tmp_path / "out", config, {}, Silent())
    assert len(rows(tmp_path / "out")) == 18
    assert {row["strategy"] for row in rows(tmp_path / "out", "picks.csv")} == set(
        config.strategies
    )


def test_photographs_and_masks_in_folders_need_no_place_on_the_map(tmp_path):
    image = pytest.importorskip("PIL.Image")
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    for number in range(12):
        classes = patch_classes(64, 64)
        pixels = land_pixels(classes, number).transpose(1, 2, 0)
        image.fromarray(pixels).save(tmp_path / "images" / f"chip{number:02}.jpg")
        image.fromarray(classes + 1).save(tmp_path / "masks" / f"chip{number:02}.png")
    legend = make_patchwork(tmp_path / "other").legend
    words = [
        *("simulate", "--images", tmp_path / "images", "--masks", tmp_path / "masks"),
        *("--legend", legend, "--tile", 64, "--strategies", "random", "--initial", 2),
        *("--batch", 1, "--rounds", 1, "--seeds", 3, "--encoder", "local", "--steps", 1),
        *("--jobs", 1, "--device", "cpu", "--out", tmp_path / "out"),
    ]
    assert cli.main([str(word) for word in words]) == 0
    known = facts(tmp_path / "out")
    assert (known["tiles"], known["core_px"], known["buffer_tiles"]) == (12, 64, 0)


def test_openearthmap_is_resized_to_one_tile_an_image(tmp_path):
    root = tmp_path / "oem"
    for number in range(12):
        for kind in ("images", "labels"):
            (root / "lima" / kind).mkdir(parents=True, exist_ok=True)
        classes = patch_classes(128, 120)
        write_raster(root / "lima/images" / f"lima_{number}.tif", land_pixels(classes, number))
        write_raster(root / "lima/labels" / f"lima_{number}.tif", (classes + 3)[np.newaxis])
    words = [
        *("simulate", "--openearthmap", root, "--recipe", "paper", "--tile", 64),
        *("--strategies", "random,full", "--initial", 2, "--batch", 2, "--rounds", 1),
        *("--seeds", 0, "--encoder", "local", "--steps", 1, "--jobs", 1, "--device", "cpu"),
        *("--out", tmp_path / "out"),
    ]
    assert cli.main([str(word) for word in words]) == 0
    known = facts(tmp_path / "out")
    assert (known["tiles"], known["pool_tiles"], known["test_tiles"]) == (12, 10, 1)
    world = json.loads((tmp_path / "out" / "cache" / "world.json").read_text())
    assert world["normalisation"][2] == [0.485, 0.456, 0.406]
    assert known["absent_in_test"] == [
        *("Background", "Bareland", "Rangeland", "Water", "Agriculture land", "Building")
    ]
    row = rows(tmp_path / "out")[0]
    assert (row["iou_Water"], row["f1_Water"]) == ("", "")
    defined = [row[f"iou_{name}"] for name in ("Developed space", "Road", "Tree")]
    assert float(row["miou"]) == pytest.approx(np.mean([float(v) for v in defined]), abs=1e-6)


def test_openearthmap_follows_the_paper_unless_told_otherwise(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(cli.jobs, "simulate", lambda _out, config, *_: asked.append(config))
    words = ["simulate", "--openearthmap", "x", "--out", str(tmp_path), "--recipe", "paper"]
    cli.main(words)
    cli.main([*words, "--batch", "7"])
    found = [(item.initial, item.batch, item.rounds, item.tile_size_px) for item in asked]
    assert found == [(500, 50, 20, 512), (500, 7, 20, 512)]
    assert asked[0].recipe is Recipe.PAPER


def test_a_strategy_and_a_seed_can_be_added_later(patchwork, tmp_path):
    small = {"rounds": 1, "steps": 1}
    simulate(
        tmp_path / "a", patchwork.config(strategies=("random",), seeds=(0,), **small), {}, Silent()
    )
    both = patchwork.config(strategies=("random", "coreset"), seeds=(0, 1), **small)
    simulate(tmp_path / "a", both, {}, Silent())
    simulate(tmp_path / "b", both, {}, Silent())
    assert without_time(tmp_path / "a") == without_time(tmp_path / "b")
