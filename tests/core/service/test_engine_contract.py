"""What every host of the engine promises, and what survives when its process is killed.

Only the package as QGIS loads it is used here: its classes are not those of `al_core`.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from landloop.al_core import jobs
from landloop.al_core.config import (
    InitConfig,
    LabelConfig,
    PredictConfig,
    RetrainConfig,
    TrainConfig,
    to_json,
)
from landloop.al_core.legend import Legend
from landloop.al_core.progress import Silent
from landloop.al_core.project import Access, Project, Role
from landloop.plugin.engine.client import (
    CancelledEvent,
    Failed,
    ProcessClient,
    Progressed,
    Succeeded,
)
from landloop.plugin.engine.hosted import HostedClient

from ..lands import TILE_PX, make_land

pytest.importorskip("torch")

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 60  # the first job waits for the slow imports; machines are busy
QUICK = TrainConfig(steps=3, batch_size=2)
ENDLESS = TrainConfig(steps=100_000, batch_size=2)
LOST = (
    "The engine stopped unexpectedly (exit code -9). Your labels are safe; press Retrain to start "
    "it again."
)


def process_client():
    return ProcessClient([sys.executable, "-m", "al_core", "serve"], ROOT, dict(os.environ))


HOSTS = {"process": process_client, "hosted": HostedClient}


def ending(job, patience_s=PATIENCE_S):
    """Return the last event of a job."""
    give_up = time.monotonic() + patience_s
    while time.monotonic() < give_up:
        event = job.next_event(0.1)
        if event is not None and not isinstance(event, Progressed):
            return event
    pytest.fail("the job has not ended in time")


def wait_until(job, words):
    """Wait until a job says something."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        event = job.next_event(0.1)
        if isinstance(event, Progressed):
            if words in event.message:
                return event
        elif event is not None:
            pytest.fail(f"the job ended early: {event}")
    pytest.fail(f"the job never said “{words}”")


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """A project with labels and no round; copied for each test."""
    folder = tmp_path_factory.mktemp("labelled")
    land = make_land(folder / "land")
    config = InitConfig((str(land.image),), tile_size_px=TILE_PX, validation_share=0.2)
    jobs.create_project(folder / "p", Legend.from_csv(land.legend), config, Silent())
    with Project.open(folder / "p") as project:
        for choice in ({"validation": True}, {"tiles": (0, 4, 6, 12, 18)}):
            jobs.import_labels(project, LabelConfig(str(land.labels), **choice), Silent())
    return folder


@pytest.fixture
def folder(labelled, tmp_path):
    """The folder of a labelled project of one's own."""
    shutil.copytree(labelled, tmp_path / "area")
    return tmp_path / "area" / "p"


@pytest.fixture(scope="module", params=HOSTS)
def client(request):
    """One engine for all tests of a host: its slow imports are the price of a start."""
    client = HOSTS[request.param]()
    yield client
    client.close(10)


def rounds(folder):
    with Project.open(folder, Access.SHARED) as project:
        return [record.number for record in project.rounds.list()]


def rounds_on_disk(folder):
    return sorted(path.name for path in (folder / "rounds").iterdir())


def class_pixels(folder):
    with Project.open(folder, Access.SHARED) as project:
        return project.labels.class_pixels().tolist()


class TestEngineContract:
    """Holds for the engine in its own process and for the one hosted in QGIS."""

    def test_the_device_is_told(self, client):
        told = []
        client.on_device = told.append
        give_up = time.monotonic() + PATIENCE_S
        while not told and time.monotonic() < give_up:
            time.sleep(0.05)
        assert told[0].startswith(("CPU, because", "NVIDIA"))

    def test_a_job_reports_progress_and_succeeds(self, client, folder):
        job = client.start("retrain", folder, to_json(RetrainConfig(train=QUICK)))
        assert 0 <= wait_until(job, "Training").fraction < 1
        result = ending(job)
        assert isinstance(result, Succeeded)
        assert result.result["train"]["round"] == 1
        assert result.result["train"]["device"]
        assert Path(result.result["predict"]["prediction"][0]).is_file()
        assert rounds(folder) == [1]

    def test_a_failure_is_told_in_a_sentence(self, client, folder):
        with Project.open(folder) as project:
            nothing = {
                int(tile): np.full((32, 32), 255, np.uint8)
                for tile in np.flatnonzero(project.tiles.role == Role.POOL)
            }
            project.labels.write(nothing)
        job = client.start("train", folder, to_json(QUICK))
        assert ending(job) == Failed(
            "TrainingError",
            "There are no labels to learn from. Paint pixels of at least two classes in tiles "
            "that are not kept for validation, then train again.",
        )

    def test_a_cancelled_training_stops_within_2_s_and_keeps_the_previous_round(
        self, client, folder
    ):
        assert isinstance(ending(client.start("train", folder, to_json(QUICK))), Succeeded)
        job = client.start("train", folder, to_json(ENDLESS))
        wait_until(job, "step")
        began = time.monotonic()
        job.cancel()
        assert ending(job) == CancelledEvent()
        assert time.monotonic() - began < 2
        assert rounds(folder) == [1]
        assert rounds_on_disk(folder) == ["0001"]

    def test_a_busy_engine_acknowledges_labels_at_once_and_refuses_a_second_job(
        self, client, folder
    ):
        job = client.start("train", folder, to_json(ENDLESS))
        wait_until(job, "step")
        second = client.start("train", folder, to_json(QUICK))
        refused = ending(second)
        assert isinstance(refused, Failed)
        assert "busy" in refused.message
        waits = []
        for revision in range(5):
            began = time.monotonic()
            answer = client.labels_changed(folder, [3], revision).result(5)
            waits.append(time.monotonic() - began)
            assert answer["revision"] == revision
        assert sorted(waits)[2] < 0.1
        job.cancel()
        assert ending(job) == CancelledEvent()

    def test_a_bad_option_is_refused_with_a_sentence(self, client, folder):
        refused = ending(client.start("train", folder, {"stepz": 3}))
        assert refused.error_type == "ConfigError"
        assert "stepz" in refused.message


@pytest.mark.parametrize("host", HOSTS)
def test_closing_with_a_job_under_way_cancels_it_and_frees_the_project(host, folder):
    client = HOSTS[host]()
    job = client.start("train", folder, to_json(ENDLESS))
    time.sleep(0.5)
    before = class_pixels(folder)
    client.close(5)
    assert ending(job, 5) == CancelledEvent()
    assert not client.alive
    assert class_pixels(folder) == before
    with Project.open(folder) as project:
        assert project.rounds.list() == ()


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL there")
def test_an_engine_killed_while_training_or_predicting_loses_nothing(folder):
    before = class_pixels(folder)

    client = process_client()
    deaths = []
    client.on_died = deaths.append
    job = client.start("train", folder, to_json(ENDLESS))
    wait_until(job, "step")
    os.kill(client.pid, signal.SIGKILL)
    assert ending(job) == Failed("EngineError", LOST)
    assert deaths == [LOST]
    assert not client.alive
    assert class_pixels(folder) == before
    with Project.open(folder) as project:
        assert project.rounds.list() == ()

    client = process_client()
    assert isinstance(ending(client.start("train", folder, to_json(QUICK))), Succeeded)
    assert rounds_on_disk(folder) == ["0001"]  # what the killed one left is gone
    job = client.start("predict", folder, to_json(PredictConfig(window_px=64, batch_size=1)))
    wait_until(job, "Predicting")
    os.kill(client.pid, signal.SIGKILL)
    assert ending(job) == Failed("EngineError", LOST)
    assert class_pixels(folder) == before
    with Project.open(folder) as project:
        told = jobs.predict(project, PredictConfig(window_px=64), Silent())
        assert Path(told.prediction[0]).is_file()
        names = {path.name for path in project.rounds.current().folder.iterdir()}
    assert not [name for name in names if name.startswith(".")]
    client.close()
