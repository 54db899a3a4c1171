"""Tiles tagged by mouse and keys in the whole QGIS, on a screen of its own."""

import importlib
import json
import os
import signal
import subprocess
from types import SimpleNamespace

import desktop
import numpy as np
import pytest
from osgeo import gdal

TILE_PX = 64
SIDE = 5  # tiles of the small scene, in either direction
LIMIT_S = 120


@pytest.fixture
def tag_project(engine, demo_scene, tmp_path):
    """A project of scenes over the small scene; a made-up network is right about every tile."""
    folder = tmp_path / "scenes.landloop"
    engine(
        "init", folder, "--image", demo_scene / "scene.tif", "--legend",
        demo_scene / "legend.csv", "--tile", TILE_PX, "--task", "scene",
    )  # fmt: skip
    engine("query", folder, "--strategy", "random", "--count", 3)
    truth = most_common(demo_scene / "labels.tif")
    predict(folder, truth)
    return SimpleNamespace(folder=folder, truth=truth)


def most_common(labels):
    """Return the most common class value of each tile."""
    values = gdal.Open(str(labels)).ReadAsArray()
    tiles = values.reshape(SIDE, TILE_PX, SIDE, TILE_PX).swapaxes(1, 2).reshape(SIDE * SIDE, -1)
    return np.array([np.bincount(tile).argmax() for tile in tiles])


def predict(folder, truth):
    """Write a round that predicts these class values, nearly certain."""
    projects, scoring = (
        importlib.import_module(f"landloop.al_core.{name}") for name in ("project", "scoring")
    )
    with projects.Project.open(folder) as project:
        labels = project.legend.indices_of(truth)
        classes = len(project.legend)
        p = np.full((len(truth), classes), 0.05 / (classes - 1))
        p[np.arange(len(truth)), labels] = 0.95
        features = np.eye(classes)[labels] + np.random.default_rng(0).normal(
            size=(len(truth), classes)
        )
        found = scoring.TagPredictions(
            np.arange(len(truth)), p, np.full(len(truth), 0.1), features, "made-up"
        )
        counts = np.tile(np.array([[20, 1], [1, 3]]), (classes, 1, 1))
        flat = (0.8,) * classes
        metrics = projects.RoundMetrics(counts, flat, 0.8, flat, flat)
        new = projects.NewRound("cpu", 0, "made-up", 4, 4 * TILE_PX**2, metrics, {}, {}, {})
        round_folder = project.rounds.begin()
        found.save(round_folder / "tags.npz")
        project.rounds.commit(round_folder, new)


def run_qgis(project, out):
    """Let the scripted analyst tag in QGIS; return what it noted."""
    out.mkdir()
    desktop.write_profile(out / "profiles")
    with desktop.virtual_screen() as display:
        told = desktop.qgis_environment(
            project, LANDLOOP_TAGGER=json.dumps({"out": str(out)}), DISPLAY=display
        )
        told.pop("QT_QPA_PLATFORM", None)
        with (out / "qgis.log").open("wb") as log:
            process = subprocess.Popen(
                desktop.qgis_command(out), env=told, stderr=log, start_new_session=True
            )
            try:
                code = process.wait(LIMIT_S)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
    assert code == 0, (out / "qgis.log").read_text(errors="replace")
    return json.loads((out / "said.json").read_text())


def test_tiles_are_tagged_by_mouse_and_keys(tag_project, tmp_path):
    said = run_qgis(tag_project.folder, tmp_path / "out")
    projects = importlib.import_module("landloop.al_core.project")
    with projects.Project.open(tag_project.folder) as project:
        indices = project.legend.indices_of(tag_project.truth)
        classes = len(project.legend)
        ids, tags = project.tags.table()
        on_disk = dict(zip(map(str, ids.tolist()), tags.tolist(), strict=True))

    def row(label):
        return [int(k == label) for k in range(classes)]

    boxed = [12, 13, 17, 18]
    assert said["clicked"] == [7]
    assert said["tagged"] == {"7": row(1)}
    assert said["boxed"] == boxed
    assert said["tagged_box"] == {"7": row(1)} | {str(tile): row(0) for tile in boxed}
    assert said["undone"] == {"7": row(1)}
    assert said["unsure"] == {"7": row(1)} | {str(tile): [254] * classes for tile in boxed}
    assert said["taken_off"] == {"7": row(1)}
    confirmed = {str(tile): row(indices[tile]) for tile in boxed}
    assert said["confirmed"] == {"7": row(1)} | confirmed
    assert said["next"] is not None
    selected, first = said["clicked_in_gallery"]
    assert selected == [first]
    page = {str(tile): row(indices[tile]) for tile in said["page"]}
    assert len(page) >= 4
    assert said["page_confirmed"] == {"7": row(1)} | confirmed | page
    assert on_disk == said["page_confirmed"]
    assert said["points"] == SIDE * SIDE
