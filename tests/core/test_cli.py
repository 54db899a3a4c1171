"""The command line: its options, its outputs, its exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from al_core import cli, jobs
from al_core.config import Averaging, ClusterShare, Device
from al_core.errors import Cancelled
from al_core.progress import checkpoint
from al_core.project import Access, Project, Role

from .lands import TILE_PX, land_classes, write_raster

ROOT = Path(__file__).resolve().parents[2]
INIT = ("init", "{project}/x", "--image", "{image}", "--legend", "{legend}")


def run(*arguments):
    return cli.main([str(argument) for argument in arguments])


def init(folder, land, *more):
    return run(
        "init", folder, "--image", land.image, "--legend", land.legend, "--tile", TILE_PX, *more
    )


@pytest.fixture
def project(tmp_path, land, capsys):
    folder = tmp_path / "area.landloop"
    assert init(folder, land) == 0
    capsys.readouterr()
    return folder


def one_sentence(capsys):
    """Return what stderr says, which must be one line, while stdout says nothing."""
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.endswith(".\n")
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err
    return said.err


def answer(capsys):
    return json.loads(capsys.readouterr().out)


def test_init_tells_the_tiles_as_json(tmp_path, land, capsys):
    assert init(tmp_path / "p", land, "--json", "--bands", "3,2,1", "--validation", "0.2") == 0
    told = answer(capsys)
    assert (told["tiles"], told["validation_tiles"], told["images"]) == (25, 5, 1)
    with Project.open(tmp_path / "p", Access.SHARED) as project:
        assert project.settings.bands == (3, 2, 1)


def test_typical_tiles_can_be_asked_for_before_the_first_training(project, capsys):
    assert run("scan", project, "--encoder", "mobilenet_v2", "--json") == 0
    assert answer(capsys)["tiles"] == 23
    options = ("--gamma-mode", "schedule", "--quotas", "uniform", "--gap-source", "validation")
    assert run("query", project, "--strategy", "herding", "--count", 3, *options, "--json") == 0
    picks = answer(capsys)
    assert len(picks) == 3
    like = ("--strategy", "similar", "--like", picks[0]["tile"], "--rounds", 5)
    assert run("query", project, *like, "--json") == 0
    assert answer(capsys)[0]["tile"] == picks[0]["tile"]


def test_labels_are_copied_into_validation_tiles_random_tiles_and_picks(project, land, capsys):
    options = ("--from", land.labels, "--json")
    assert run("label", project, *options, "--validation") == 0
    assert answer(capsys)["tiles"] == 2
    assert run("label", project, *options, "--random", 4) == 0
    assert answer(capsys)["tiles"] == 4
    assert run("query", project, "--strategy", "random", "--count", 3, "--json") == 0
    picks = answer(capsys)
    assert [sorted(pick) for pick in picks] == [["rank", "reason", "score", "tile"]] * 3
    assert run("label", project, *options, "--picks") == 0
    assert answer(capsys)["tiles"] == 3
    assert run("status", project, "--json") == 0
    told = answer(capsys)
    assert (told["tiles"], told["labelled_tiles"], told["rounds"]) == (25, 9, [])
    assert {"name", "value", "labelled_px", "iou", "gap", "weight"} <= set(told["classes"][0])


def test_people_get_lines_to_read(project, land, capsys):
    run("label", project, "--from", land.labels, "--tiles", "0,7")
    run("status", project)
    said = capsys.readouterr().out
    assert "2 tiles, 2048 pixels labelled." in said
    assert "25 tiles, 2 labelled, 2 for validation." in said


def test_a_project_is_screened_by_its_tiles_and_then_painted(tmp_path, land, capsys):
    folder = tmp_path / "screened"
    assert init(folder, land, "--task", "scene", "--json") == 0
    assert answer(capsys)["tiles"] == 9
    options = ("--from", land.labels, "--json")
    assert run("tag", folder, *options, "--tiles", "0,1,2,3,4,5") == 0
    assert answer(capsys)["class_tiles"] == [2, 4, 0]
    assert run("tag", folder, "--from", land.labels, "--random", 1) == 0
    assert capsys.readouterr().out == "1 tiles tagged, with 1 class in all.\n"
    assert run("status", folder, "--json") == 0
    told = answer(capsys)
    assert (told["task"], told["tagged_tiles"]) == ("scene", 7)
    paint = ("--out", tmp_path / "painted", "--count", 3)
    assert run("paint-next", folder, *paint, "--json") == 0
    picks = answer(capsys)["picks"]
    assert len(picks) == 3
    assert run("label", tmp_path / "painted", *options, "--picks") == 0
    assert answer(capsys)["tiles"] == 3


def test_the_options_of_the_papers_reach_the_verbs(project, monkeypatch):
    heard = []
    monkeypatch.setattr(jobs, "retrain", lambda _, config, __: heard.append(config) or "done")
    words = (
        "--learn-loss --loss-margin 2 --loss-weight 0.1 --loss-stop 0.5 --dropout 0.5 --epochs 7 "
        "--multiple 4 --neighbours 5 --skip 0.9 --no-clustering --no-normalise --unit-gradients "
        "--cluster-share proportional --passes 3 --average probabilities --device cpu"
    )
    assert run("retrain", project, *words.split()) == 0
    (config,) = heard
    train, query, scan = config.train, config.query, config.scan
    assert (train.learn_loss, train.dropout, train.epochs) == (True, 0.5, 7)
    assert (train.loss_margin, train.loss_weight, train.loss_stop) == (2.0, 0.1, 0.5)
    assert (query.multiple, query.neighbours, query.skip) == (4, 5, 0.9)
    assert (query.clustering, query.normalise, query.unit_gradients) == (False, False, True)
    assert query.cluster_share is ClusterShare.PROPORTIONAL
    assert (scan.passes, scan.average) == (3, Averaging.PROBABILITIES)
    assert scan.device is config.predict.device is train.device is Device.CPU


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("train", "{project}", "--dropout", "1"), "from 0 to below 1"),
        (("train", "{project}", "--epochs", "0"), "choose 1 or more"),
        (("train", "{project}", "--loss-margin", "-1"), "choose 0 or more"),
        (("init",), "following arguments are required"),
        (("sing",), "invalid choice"),
        (("query", "{project}", "--count", "many"), "invalid int value"),
        (("query", "{project}", "--count", "0"), "choose 1 or more"),
        (("query", "{project}", "--alpha", "nan"), "alpha is nan"),
        (("query", "{project}", "--gamma", "inf"), "gamma is inf"),
        (("query", "{project}", "--seed", "-1"), "seed is -1"),
        (("demo", "{project}/demo", "--seed", "-1"), "seed is -1"),
        (("query", "{project}", "--strategy", "astrology"), "choose one of dcau_plus"),
        (("query", "{project}"), "train and scan first"),
        (("query", "{project}", "--policy", "maybe"), "fill, strict"),
        (("train", "{project}", "--device", "abacus"), "auto, cpu, cuda"),
        (("train", "{project}"), "no labels"),
        (("query", "{project}", "--strategy", "herding"), "scan first"),
        (("scan", "{project}", "--strategy", "x"), "choose one of dcau_plus"),
        (("predict", "{project}"), "no trained network"),
        (("export", "{project}", "--out", "{project}/map.tif"), "no prediction"),
        (("label", "{project}", "--from", "{labels}"), "--tiles, --random"),
        (("label", "{project}", "--from", "{labels}", "--tiles", "1", "--picks"), "Say once"),
        (("label", "{project}", "--from", "{labels}", "--tiles", "3,25"), "0 to 24"),
        (("label", "{project}", "--from", "{labels}", "--tiles", "3;4"), "whole numbers"),
        (("label", "{project}", "--from", "{labels}", "--random", "24"), "23 unlabelled tiles"),
        (("label", "{project}", "--from", "{labels}", "--random", "-1"), "1 or more"),
        (("label", "{project}", "--from", "{labels}", "--picks"), "run a query first"),
        (("label", "{project}", "--from", "{project}/none.tif", "--validation"), "no file"),
        (("status", "{project}/nowhere"), "no project"),
        (("init", "{project}", "--image", "{image}", "--legend", "{legend}"), "something already"),
        (("init", "{project}/x", "--image", "{legend}", "--legend", "{legend}"), "not a raster"),
        (("init", "{project}/x", "--image", "{image}", "--legend", "{image}"), "legend"),
        ((*INIT, "--bands", "4"), "3 band"),
        ((*INIT, "--tile", "100"), "multiple"),
        ((*INIT, "--validation", "2"), "between"),
        ((*INIT, "--task", "guess"), "segmentation, scene, multilabel"),
        (("tag", "{project}"), "--tiles, --random"),
        (("tag", "{project}", "--everywhere"), "By what is painted"),
        (("tag", "{project}", "--from", "{project}/none.tif", "--everywhere"), "no file"),
        (("tag", "{project}", "--everywhere", "--coverage", "1"), "below 1"),
        (("tag", "{project}", "--everywhere", "--least-labelled", "2"), "from 0 to 1"),
        (("paint-next", "{project}", "--out", "{project}-2"), "painted already"),
        (("paint-next", "{project}"), "required: --out"),
    ],
)  # fmt: skip
def test_a_failure_is_exit_code_2_and_one_sentence(project, land, capsys, arguments, says):
    places = {"project": project, "labels": land.labels, "image": land.image, "legend": land.legend}
    before = sorted(path.name for path in project.iterdir())
    assert run(*(argument.format(**places) for argument in arguments)) == 2
    assert says in one_sentence(capsys)
    assert sorted(path.name for path in project.iterdir()) == before


def test_an_unexpected_problem_is_exit_code_1_and_one_sentence(project, capsys, monkeypatch):
    monkeypatch.setitem(cli._HANDLERS, "status", lambda *_: {}["surprise"])
    assert run("status", project) == 1
    said = capsys.readouterr().err
    assert said == "Unexpected problem: 'surprise'\n"
    assert run("status", project, "--debug") == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_cancelled_verb_is_exit_code_130(project, capsys, monkeypatch):
    def cancelled(*_):
        raise Cancelled

    monkeypatch.setitem(cli._HANDLERS, "status", cancelled)
    assert run("status", project) == 130
    assert "Cancelled" in one_sentence(capsys)


def test_a_project_that_is_open_elsewhere_is_refused_but_can_be_looked_at(project, land, capsys):
    with Project.open(project):
        assert run("label", project, "--from", land.labels, "--validation") == 2
        assert "already open" in one_sentence(capsys)
        assert run("status", project, "--json") == 0


def test_what_a_library_prints_does_not_spoil_the_answer(project, capsys, monkeypatch):
    status = cli._HANDLERS["status"]

    def chatty(*arguments):
        sys.stdout.write("a library speaks")
        return status(*arguments)

    monkeypatch.setitem(cli._HANDLERS, "status", chatty)
    assert run("status", project, "--json") == 0
    assert answer(capsys)["tiles"] == 25


def test_random_tiles_are_unlabelled_pool_tiles_and_depend_on_the_seed_alone(
    tmp_path, land, capsys
):
    drawn = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        init(tmp_path / name, land)
        run("label", tmp_path / name, "--from", land.labels, "--tiles", "0,1,2")
        run("label", tmp_path / name, "--from", land.labels, "--random", 6, "--seed", seed)
        with Project.open(tmp_path / name, Access.SHARED) as project:
            labelled, _ = project.labels.counts()
            assert (project.tiles.role[labelled[labelled > 2]] == Role.POOL).all()
            assert len(labelled) == 9
            drawn.append(labelled.tolist())
    assert drawn[0] == drawn[1] != drawn[2]


def test_values_outside_the_legend_are_named_with_their_counts_and_nothing_is_written(
    tmp_path, project, land, capsys
):
    classes = land_classes()
    classes[:10, :4] = 40
    strange = write_raster(tmp_path / "strange.tif", (classes + 1)[np.newaxis])
    assert run("label", project, "--from", strange, "--everywhere") == 2
    assert "41 (40 px)" in one_sentence(capsys)
    assert run("status", project, "--json") == 0
    assert answer(capsys)["labelled_tiles"] == 0
    options = ("--from", strange, "--everywhere", "--unlabelled", "41")
    assert run("label", project, *options) == 0


def test_labels_of_another_place_are_refused(tmp_path, project, capsys):
    from rasterio.transform import from_origin

    far = write_raster(
        tmp_path / "far.tif",
        (land_classes() + 1)[np.newaxis],
        transform=from_origin(600_000, 5_600_000, 10, 10),
    )
    assert run("label", project, "--from", far, "--validation") == 2
    assert "do not overlap" in one_sentence(capsys)


def test_where_the_reference_is_silent_a_tile_keeps_its_labels(tmp_path, project, land, capsys):
    half = land_classes() + 1
    half[:16] = 0
    source = write_raster(tmp_path / "half.tif", half[np.newaxis], nodata=0)
    run("label", project, "--from", land.labels, "--tiles", "0")
    with Project.open(project) as opened:
        mask = opened.labels.read(0)
        mask[:] = 2
        opened.labels.write({0: mask})
    assert run("label", project, "--from", source, "--tiles", "0") == 0
    with Project.open(project) as opened:
        mask = opened.labels.read(0)
        assert (mask[:16] == 2).all()
        assert (mask[16:] == 0).all()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C reaches every process of the console there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_cancels_at_the_next_checkpoint(project, capsys, monkeypatch, number):
    def endless(_options, progress):
        os.kill(os.getpid(), number)
        for _ in range(1000):
            checkpoint(progress, 0.5, "Working")
            time.sleep(0.01)

    before = signal.getsignal(number)
    monkeypatch.setitem(cli._HANDLERS, "status", endless)
    assert run("status", project) == 130
    assert one_sentence(capsys) == "Cancelled; everything is as it was before.\n"
    assert signal.getsignal(number) is before


def test_a_reader_that_has_seen_enough_is_no_problem(project):
    command = [sys.executable, "-m", "al_core", "status", str(project), "--json"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(10) == 0
    process.stderr.close()


def test_a_terminal_shows_progress_and_time_left_in_one_line(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with cli._Terminal() as terminal:
        terminal.clock.started -= 30
        terminal.report(0.25, "Training")
    said = capsys.readouterr().err
    assert " 25% · Training · 1 min 30 s left" in said
    assert said.endswith("\r")
    assert "\n" not in said
