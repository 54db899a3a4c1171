"""Work side by side: threads for a GPU, processes for a CPU."""

import os
import signal
import time

import pytest

from al_core.errors import AlCoreError, Cancelled
from al_core.progress import Silent
from al_core.simulation.board import lane_count
from al_core.simulation.lanes import ProcessLane, ThreadLane, end, process_lanes
from al_core.simulation.running import simulate
from al_core.simulation.setting import Setting


@pytest.fixture
def setting(patchwork, tmp_path):
    """A world with nothing done yet but the first rounds' folder."""
    config = patchwork.config(strategies=("random",), rounds=0, steps=1)
    simulate(tmp_path / "out", config, {}, Silent())
    for path in (tmp_path / "out" / "runs").iterdir():
        path.unlink()
    return Setting.load(tmp_path / "out", config)


def news_of(lane, until, seconds=60):
    end, heard = time.monotonic() + seconds, []
    while time.monotonic() < end:
        heard += lane.receive()
        if any(until(item) for item in heard):
            return heard
        time.sleep(0.01)
    raise AssertionError(heard)


def test_a_thread_does_its_units_one_after_the_other(setting):
    lane = ThreadLane(setting)
    try:
        for unit in (0, 1):
            lane.give(unit)
            heard = news_of(lane, lambda item: item.done)
            assert [item.round_kept for item in heard].count(True) == 1
            assert setting.is_done(setting.units[unit])
    finally:
        end([lane])
    assert not lane._thread.is_alive()


def test_a_thread_that_is_told_to_stop_is_cancelled(setting):
    lane = ThreadLane(setting)
    lane._stop.set()
    lane.give(0)
    heard = news_of(lane, lambda item: item.error is not None)
    assert isinstance(heard[-1].error, Cancelled)
    end([lane])


def test_a_thread_tells_what_went_wrong(setting):
    lane = ThreadLane(setting)
    lane.give(99)
    heard = news_of(lane, lambda item: item.error is not None)
    assert "IndexError" in str(heard[-1].error)
    end([lane])


def test_a_process_that_dies_is_a_sentence_and_the_others_end(setting):
    first, second = lanes = process_lanes(setting, 2)
    try:
        second.give(0)
        first.give(1)
        os.kill(first._process.pid, signal.SIGKILL)
        heard = news_of(first, lambda item: item.error is not None)
        assert isinstance(heard[-1].error, AlCoreError)
        assert "fewer --jobs" in str(heard[-1].error)
        assert any(item.done for item in news_of(second, lambda item: item.done))
    finally:
        end(lanes)
    assert all(isinstance(lane, ProcessLane) and not lane._process.is_alive() for lane in lanes)


def test_there_are_never_more_lanes_than_work(setting):
    assert lane_count(setting, 1) == 1
    assert lane_count(setting, 50) == 1
