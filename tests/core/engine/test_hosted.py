"""The client of an engine inside this process: the same behaviour, without a wire."""

import sys
import threading
import types
from pathlib import Path

import pytest
from landloop.al_core.errors import ConfigError, EngineError
from landloop.plugin.engine.client import CancelledEvent, Failed, Progressed, Succeeded
from landloop.plugin.engine.hosted import HostedClient

PROJECT = Path("area.landloop")


class FakeEngine:
    """Does what the verb says, in a thread of its own."""

    def __init__(self, emit):
        self.emit = emit
        self.cancelled = threading.Event()
        self.closed_after = None
        emit({"event": "device", "text": "CPU, because this is a fake", "kind": "cpu"})

    def handle(self, method, params):
        if method == "start" and params["verb"] == "refuse":
            raise ConfigError("Choose another option.")
        if method == "start":
            threading.Thread(target=self.work, args=(params,)).start()
            return {"job": 1}
        if method == "cancel":
            self.cancelled.set()
        if method == "break":
            raise ZeroDivisionError("a mistake")
        return {"echo": params, "nan": float("nan")}

    def work(self, params):
        news = {"fraction": 0.5, "message": "working", "time_left_s": 2.0}
        self.emit({"event": "progress", "job": 1, **news})
        if params["verb"] == "work" and self.cancelled.wait(10):
            self.emit({"event": "cancelled", "job": 1})
        else:
            self.emit({"event": "succeeded", "job": 1, "result": params["config"]})

    def close(self, timeout_s):
        self.closed_after = timeout_s
        self.cancelled.set()
        return True


@pytest.fixture
def client(monkeypatch):
    module = types.SimpleNamespace(Engine=FakeEngine)
    monkeypatch.setitem(sys.modules, "landloop.al_core.service.engine", module)
    client = HostedClient()
    yield client
    client.close()


def test_a_job_reports_progress_and_its_result_as_plain_values(client):
    job = client.start("echo", PROJECT, {"bands": (1, 2)})
    assert job.next_event(10) == Progressed(0.5, "working", 2.0)
    assert job.next_event(10) == Succeeded({"bands": [1, 2]})


def test_a_job_can_be_cancelled(client):
    job = client.start("work", PROJECT, {})
    assert job.next_event(10) == Progressed(0.5, "working", 2.0)
    job.cancel()
    assert job.next_event(10) == CancelledEvent()


def test_a_refused_job_fails_with_the_kind_of_the_error(client):
    job = client.start("refuse", PROJECT, {})
    assert job.next_event(10) == Failed("ConfigError", "Choose another option.")


def test_answers_are_those_of_a_wire(client):
    answer = client.labels_changed(PROJECT, [3], 7).result(10)
    assert answer == {
        "echo": {"project": "area.landloop", "tiles": [3], "revision": 7},
        "nan": None,
    }


def test_a_mistake_of_the_engine_is_an_error_of_the_question(client):
    with pytest.raises(EngineError, match="a mistake"):
        client.request("break", {}).result(10)
    assert client.alive


def test_the_device_is_told(client):
    client.request("hello", {}).result(10)
    told = []
    client.on_device = told.append
    assert told == ["CPU, because this is a fake"]


def test_closing_cancels_what_is_open_and_refuses_what_comes_later(client):
    job = client.start("work", PROJECT, {})
    assert isinstance(job.next_event(10), Progressed)
    client.close(timeout_s=0.5)
    assert job.next_event(10) == CancelledEvent()
    assert not client.alive
    with pytest.raises(EngineError, match="closed"):
        client.request("hello", {}).result(10)


def test_without_an_engine_to_import_every_job_fails(monkeypatch):
    monkeypatch.setitem(sys.modules, "landloop.al_core.service.engine", None)
    client = HostedClient()
    event = client.start("train", PROJECT, {}).next_event(10)
    assert isinstance(event, Failed)
    assert "import" in event.message
    client.close()
