"""The engine's promises, with jobs made for the test in place of the verbs."""

import queue
import threading
import time

import pytest

from al_core.errors import AlCoreError, Cancelled, ConfigError, EngineError, TrainingError
from al_core.jobs import DeviceResult
from al_core.progress import checkpoint
from al_core.service import engine as engine_module
from al_core.service.engine import Engine
from al_core.service.verbs import Work, names, prepare


class Events(queue.Queue):
    """The events of an engine."""

    def until(self, *kinds, timeout_s=5.0):
        while True:
            event = self.get(timeout=timeout_s)
            if event["event"] in kinds:
                return event


@pytest.fixture
def jobs_made(monkeypatch):
    """Verbs of the test: name -> what the job does with its progress."""
    made = {}
    monkeypatch.setattr(engine_module, "_HEAVY", ())
    monkeypatch.setattr(
        engine_module.jobs, "find_device", lambda: DeviceResult("CPU, because", "cpu", None)
    )
    monkeypatch.setattr(
        engine_module, "prepare", lambda verb, _folder, _config: Work(made[verb], learns=True)
    )
    return made


@pytest.fixture
def events():
    return Events()


@pytest.fixture
def engine(jobs_made, events):
    engine = Engine(events.put)
    yield engine
    assert engine.close()


def start(engine, verb="work"):
    return engine.handle("start", {"verb": verb, "project": "/nowhere", "config": {}})["job"]


def wait_for_cancel(progress):
    while True:
        checkpoint(progress, 0.5, "Waiting")
        time.sleep(0.01)


def test_the_device_is_told_once_the_engine_is_warm(engine, events):
    assert events.until("device") == {
        "event": "device",
        "text": "CPU, because",
        "kind": "cpu",
        "memory_gb": None,
    }


def test_a_job_reports_and_ends_with_its_result(engine, events, jobs_made):
    def work(progress):
        progress.report(0.25, "A quarter")
        return DeviceResult("x", "cpu", float("nan"))

    jobs_made["work"] = work
    job = start(engine)
    assert events.until("progress", "succeeded") == {
        "event": "progress",
        "job": job,
        "fraction": 0.25,
        "message": "A quarter",
        "time_left_s": None,
    }
    assert events.until("succeeded") == {
        "event": "succeeded",
        "job": job,
        "result": {"text": "x", "kind": "cpu", "memory_gb": None},
    }


def test_progress_is_not_told_more_than_ten_times_a_second(engine, events, jobs_made):
    jobs_made["work"] = lambda progress: [progress.report(i / 9999, "") for i in range(9999)] and {}
    start(engine)
    seen = []
    while (event := events.get(timeout=5))["event"] != "succeeded":
        seen.append(event)
    assert len(seen) < 10


def test_a_second_job_is_refused_while_one_is_under_way(engine, events, jobs_made):
    jobs_made["work"] = wait_for_cancel
    start(engine)
    with pytest.raises(EngineError, match="busy"):
        start(engine)


def test_the_next_job_may_start_as_soon_as_the_end_is_told(jobs_made):
    ended, refused = Events(), []

    def emit(event):
        if event["event"] == "succeeded" and event["job"] < 5:
            try:
                start(engine)
            except EngineError as error:
                refused.append(error)
        ended.put(event)

    jobs_made["work"] = lambda _progress: {}
    engine = Engine(emit)
    start(engine)
    while ended.until("succeeded")["job"] < 5:
        pass
    assert not refused


def test_a_cancelled_job_ends_as_cancelled(engine, events, jobs_made):
    jobs_made["work"] = wait_for_cancel
    job = start(engine)
    began = time.monotonic()
    assert engine.handle("cancel", {"job": job}) == {}
    assert events.until("cancelled", "failed", "succeeded") == {"event": "cancelled", "job": job}
    assert time.monotonic() - began < 1.0


def test_cancelling_another_job_does_nothing(engine, events, jobs_made):
    release = threading.Event()

    def work(progress):
        release.wait(5)
        checkpoint(progress, 1.0)
        return {}

    jobs_made["work"] = work
    job = start(engine)
    engine.handle("cancel", {"job": job + 1})
    release.set()
    assert events.until("cancelled", "succeeded")["event"] == "succeeded"


def test_an_expected_error_fails_the_job_with_its_sentence(engine, events, jobs_made):
    def work(_progress):
        raise TrainingError("There are no labels; paint some.")

    jobs_made["work"] = work
    start(engine)
    assert events.until("failed")["error"] == {
        "type": "TrainingError",
        "message": "There are no labels; paint some.",
        "details": "",
    }


def test_an_unexpected_error_fails_the_job_with_its_traceback(engine, events, jobs_made):
    jobs_made["work"] = lambda _progress: 1 / 0
    start(engine)
    error = events.until("failed")["error"]
    assert error["type"] == "ZeroDivisionError"
    assert error["message"].startswith("Unexpected problem")
    assert "Traceback" in error["details"]


def test_labels_are_acknowledged_at_once_while_a_job_runs(engine, events, jobs_made):
    jobs_made["work"] = wait_for_cancel
    start(engine)
    began = time.monotonic()
    reply = engine.handle("labels_changed", {"project": "/p", "tiles": [3], "revision": 17})
    assert reply["revision"] == 17
    assert time.monotonic() - began < 0.1


def test_closing_cancels_the_job_under_way(engine, events, jobs_made):
    jobs_made["work"] = wait_for_cancel
    start(engine)
    assert engine.close(timeout_s=2)
    assert events.until("cancelled")


def test_a_job_waits_for_the_warm_up_and_can_be_cancelled_meanwhile(monkeypatch, jobs_made, events):
    imported = threading.Event()
    monkeypatch.setattr(engine_module, "_HEAVY", ("slow",))
    monkeypatch.setattr(engine_module.importlib, "import_module", lambda *_: imported.wait(5))
    jobs_made["work"] = lambda _progress: {}
    engine = Engine(events.put)
    job = start(engine)
    engine.handle("cancel", {"job": job})
    assert events.until("cancelled", timeout_s=2)["job"] == job
    imported.set()


def test_a_damaged_environment_is_told_and_fails_the_jobs_that_learn(
    monkeypatch, jobs_made, events
):
    def broken(*_):
        raise ImportError("No module named 'torch'")

    monkeypatch.setattr(engine_module, "_HEAVY", ("models",))
    monkeypatch.setattr(engine_module.importlib, "import_module", broken)
    jobs_made["work"] = lambda _progress: {}
    engine = Engine(events.put)
    assert events.until("device")["kind"] == "none"
    start(engine)
    assert "torch" in events.until("failed")["error"]["message"]


def test_an_unknown_method_or_a_missing_parameter_is_a_sentence(engine):
    with pytest.raises(EngineError, match="no method “sing”"):
        engine.handle("sing", {})
    with pytest.raises(EngineError, match="lacks the parameter 'verb'"):
        engine.handle("start", {})


def test_an_unknown_verb_or_option_is_refused_before_the_job_begins(tmp_path):
    with pytest.raises(EngineError, match="no job “sing”"):
        prepare("sing", tmp_path, {})
    with pytest.raises(ConfigError, match="no option “stepz”"):
        prepare("train", tmp_path, {"stepz": 3})
    with pytest.raises(AlCoreError, match="needs a value"):
        prepare("init", tmp_path, {"images": ["a.tif"], "legend": [{"value": 1}]})


def test_every_verb_of_the_wire_is_known():
    assert set(names()) == {
        "init", "label", "train", "scan", "query", "predict", "export", "retrain", "demo",
        "tag", "paint_next", "pretrain",
    }  # fmt: skip


def test_hello_tells_the_protocol(engine):
    assert engine.handle("hello", {})["protocol"] == 1


def test_cancelled_is_not_an_error():
    assert not issubclass(Cancelled, AlCoreError)
