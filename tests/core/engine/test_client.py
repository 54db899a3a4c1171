"""The client of an engine process: answers, events, and every way in which it can end."""

import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from landloop.al_core.errors import EngineError, ProjectLockedError
from landloop.plugin.engine.client import (
    CancelledEvent,
    Failed,
    ProcessClient,
    Progressed,
    Succeeded,
)

FAKE = Path(__file__).with_name("fake_engine.py")
PROJECT = Path("area.landloop")
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture
def client():
    client = ProcessClient([sys.executable, str(FAKE)], FAKE.parent)
    yield client
    client.close()
    assert not client.alive


def end_of(job):
    """Return the last event of a job and what came before it."""
    before = []
    while True:
        event = job.next_event(10)
        assert event is not None, "nothing happened for ten seconds"
        if not isinstance(event, Progressed):
            return event, before
        before.append(event)


def test_a_job_reports_progress_and_then_its_result(client):
    end, before = end_of(client.start("echo", PROJECT, {"steps": 3}))
    assert before == [Progressed(1.0, "working", None)]
    assert end == Succeeded(
        {"echo": {"verb": "echo", "project": "area.landloop", "config": {"steps": 3}}}
    )


def test_nothing_happens_within_the_timeout(client):
    job = client.start("work", PROJECT, {})
    assert isinstance(job.next_event(10), Progressed)
    assert job.next_event(0.05) is None


def test_starting_returns_at_once_even_if_the_answer_is_slow(client):
    started = time.monotonic()
    job = client.start("slow", PROJECT, {})
    assert time.monotonic() - started < 0.1
    assert isinstance(end_of(job)[0], Succeeded)


def test_events_that_overtake_the_answer_are_not_lost(client):
    end, before = end_of(client.start("overtaken", PROJECT, {}))
    assert (type(end), len(before)) == (Succeeded, 1)


def test_a_failure_arrives_with_its_kind_its_sentence_and_its_details(client):
    end, _ = end_of(client.start("fail", PROJECT, {}))
    assert end == Failed("TrainingError", "Label two classes.", "a trace")


def test_a_job_can_be_cancelled(client):
    job = client.start("work", PROJECT, {})
    assert isinstance(job.next_event(10), Progressed)
    job.cancel()
    assert end_of(job)[0] == CancelledEvent()


def test_a_job_can_be_cancelled_before_the_engine_has_answered(client):
    job = client.start("work", PROJECT, {})
    job.cancel()
    assert end_of(job)[0] == CancelledEvent()


def test_label_changes_are_answered_while_a_job_is_under_way(client):
    client.start("work", PROJECT, {})
    answer = client.labels_changed(PROJECT, [3, 4], revision=7).result(10)
    assert answer["revision"] == 7


def test_a_refusal_is_raised_as_the_error_that_it_is(client):
    with pytest.raises(ProjectLockedError, match="open elsewhere"):
        client.request("tile", {}).result(10)


def test_the_device_is_told_also_to_those_who_ask_late(client):
    told = threading.Event()
    client.on_device = lambda _text: told.set()
    assert told.wait(10)
    late = []
    client.on_device = late.append
    assert late == ["CPU, because this is a fake"]


def test_garbage_on_stdout_is_logged_and_otherwise_ignored(client, caplog):
    with caplog.at_level(logging.WARNING):
        end, before = end_of(client.start("garbage", PROJECT, {}))
    assert (type(end), len(before)) == (Succeeded, 1)
    assert "not JSON" in caplog.text
    assert "makes no sense" in caplog.text


def test_a_flood_on_stderr_blocks_nobody(client):
    assert isinstance(end_of(client.start("flood", PROJECT, {}))[0], Succeeded)


@needs_signals
def test_an_engine_that_is_killed_fails_its_job_with_advice(client):
    obituaries = []
    client.on_died = obituaries.append
    end, _ = end_of(client.start("die", PROJECT, {}))
    sentence = (
        "The engine stopped unexpectedly (exit code -9). Your labels are safe; press Retrain to "
        "start it again."
    )
    assert end == Failed("EngineError", sentence, "")
    assert not client.alive
    wait_until(lambda: obituaries == [sentence])


def test_an_engine_that_crashes_leaves_its_traceback(client, caplog):
    end, _ = end_of(client.start("crash", PROJECT, {}))
    assert "exit code 1" in end.message
    assert "MemoryError: nothing left" in end.details
    assert "last words" in caplog.text


@needs_signals
def test_a_dead_engine_answers_every_open_and_every_later_question(client):
    open_question = client.request("hang", {})
    os.kill(client.pid, signal.SIGKILL)
    with pytest.raises(EngineError, match="stopped unexpectedly"):
        open_question.result(10)
    with pytest.raises(EngineError, match="stopped unexpectedly"):
        client.labels_changed(PROJECT, [1], 1).result(10)
    assert isinstance(end_of(client.start("echo", PROJECT, {}))[0], Failed)


@needs_signals
def test_telling_labels_never_blocks_even_if_the_engine_does_not_read(client):
    client.on_device = lambda _text: None
    os.kill(client.pid, signal.SIGSTOP)
    started = time.monotonic()
    for revision in range(3000):
        client.labels_changed(PROJECT, list(range(20)), revision)
    assert time.monotonic() - started < 1.0
    client.close(timeout_s=0.1)


def test_an_engine_that_cannot_be_started_fails_every_job_with_a_sentence():
    client = ProcessClient(["/no/such/python", "-m", "al_core", "serve"], Path.cwd())
    assert not client.alive
    end, _ = end_of(client.start("train", PROJECT, {}))
    assert "cannot be started" in end.message
    assert "Install it again" in end.message
    client.close()


def test_closing_ends_the_process_and_cancels_what_is_open(client):
    died = []
    client.on_died = died.append
    job = client.start("work", PROJECT, {})
    assert isinstance(job.next_event(10), Progressed)
    client.close()
    assert end_of(job)[0] == CancelledEvent()
    assert died == []
    with pytest.raises(EngineError, match="closed"):
        client.request("hello", {}).result(10)


@needs_signals
def test_closing_an_engine_that_hangs_takes_no_longer_than_its_timeout(client):
    client.request("hang", {})
    started = time.monotonic()
    client.close(timeout_s=0.2)
    assert time.monotonic() - started < 2
    with pytest.raises(ProcessLookupError):
        os.kill(client.pid, 0)


def test_the_threads_end_with_the_process():
    before = threading.active_count()
    client = ProcessClient([sys.executable, str(FAKE)], FAKE.parent)
    assert isinstance(end_of(client.start("echo", PROJECT, {}))[0], Succeeded)
    client.close()
    wait_until(lambda: threading.active_count() == before)


def wait_until(condition):
    limit = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.01)
