import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from al_core.jobs import DeviceResult
from al_core.service import engine as engine_module
from al_core.service import protocol
from al_core.service.server import serve

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def light_engine(monkeypatch):
    monkeypatch.setattr(engine_module, "_HEAVY", ())
    monkeypatch.setattr(engine_module.jobs, "find_device", lambda: DeviceResult("CPU", "cpu", None))


def converse(*lines):
    """Return the messages that a served conversation of these lines consists of."""
    stdout = io.StringIO()
    assert serve(io.StringIO("".join(lines)), stdout)
    return [json.loads(line) for line in stdout.getvalue().splitlines()]


def answers(messages):
    return [message for message in messages if "event" not in message]


def test_requests_are_answered_in_order_until_the_input_ends(light_engine):
    requests = [protocol.encode(protocol.request(number, "hello", {})) for number in (1, 2)]
    assert [message["id"] for message in answers(converse(*requests))] == [1, 2]


def test_a_bad_line_is_refused_and_the_engine_goes_on(light_engine):
    hello = protocol.encode(protocol.request(1, "hello", {}))
    refused, answered = answers(converse("nonsense\n", hello))
    assert refused["id"] is None
    assert refused["error"]["type"] == "EngineError"
    assert answered["result"]["protocol"] == 1


def test_a_request_with_nonsense_inside_is_refused_and_the_engine_goes_on(light_engine):
    lines = [
        protocol.encode(protocol.request(1, "start", {"verb": "train", "project": 3})),
        protocol.encode(protocol.request(2, "hello", {})),
    ]
    refused, answered = answers(converse(*lines))
    assert refused["error"]["message"]
    assert answered["id"] == 2


def test_nothing_is_read_after_shutdown(light_engine):
    lines = [
        protocol.encode(protocol.request(number, method, {}))
        for number, method in enumerate(("shutdown", "hello"))
    ]
    assert [message["id"] for message in answers(converse(*lines))] == [0]


@pytest.fixture
def process():
    process = subprocess.Popen(
        [sys.executable, "-m", "al_core", "serve"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    yield process
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()


def ask(process, number, method, **params):
    process.stdin.write(protocol.encode(protocol.request(number, method, params)))
    process.stdin.flush()
    while True:
        message = json.loads(process.stdout.readline())
        if message.get("id") == number:
            return message


@pytest.mark.skipif(os.name == "nt", reason="no signals there")
def test_the_process_answers_before_the_slow_imports_are_done_and_ends_on_sigterm(process):
    began = time.monotonic()
    assert ask(process, 1, "hello")["result"]["pid"] == process.pid
    assert time.monotonic() - began < 3
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 0
    assert process.stderr.read() == ""


def test_the_process_ends_when_its_parent_is_gone(process):
    ask(process, 1, "hello")
    process.stdin.close()
    assert process.wait(timeout=5) == 0


STRAY = """
import os
from al_core.service import server

with server._protected_output() as stream:
    print("a library speaks")
    os.write(1, b"so does a C library\\n")
    stream.write("message\\n")
"""


def test_what_libraries_print_does_not_come_between_the_messages():
    told = subprocess.run(
        [sys.executable, "-c", STRAY], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert told.stdout == "message\n"
    assert "a library speaks" in told.stderr
    assert "so does a C library" in told.stderr
