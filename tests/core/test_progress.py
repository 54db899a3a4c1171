"""Progress: reporting, cancelling, time left."""

import time

import pytest

from al_core.errors import Cancelled
from al_core.progress import Clock, Part, Silent, checkpoint


class Watcher:
    def __init__(self, cancelled=False):
        self.cancelled = cancelled
        self.reports = []

    def report(self, fraction, message):
        self.reports.append((fraction, message))

    def is_cancelled(self):
        return self.cancelled


def test_a_checkpoint_reports():
    watcher = Watcher()
    checkpoint(watcher, 0.25, "Reading")
    assert watcher.reports == [(0.25, "Reading")]


def test_a_checkpoint_stops_a_cancelled_job_before_it_reports():
    watcher = Watcher(cancelled=True)
    with pytest.raises(Cancelled):
        checkpoint(watcher, 0.25)
    assert watcher.reports == []


def test_a_part_fills_its_stretch_of_the_whole():
    watcher = Watcher()
    part = Part(watcher, 0.5, 0.9)
    for fraction in (0.0, 0.5, 1.0):
        checkpoint(part, fraction, "Scanning")
    assert [fraction for fraction, _ in watcher.reports] == pytest.approx([0.5, 0.7, 0.9])


def test_a_part_of_a_part_nests():
    watcher = Watcher()
    Part(Part(watcher, 0.5, 1.0), 0.0, 0.5).report(1.0, "")
    assert watcher.reports == [(0.75, "")]


def test_cancelling_the_whole_cancels_its_parts():
    with pytest.raises(Cancelled):
        checkpoint(Part(Watcher(cancelled=True), 0.0, 0.5), 0.0)


def test_a_silent_watcher_never_cancels():
    checkpoint(Silent(), 1.0, "Done")
    assert not Silent().is_cancelled()


def test_the_time_left_follows_the_pace():
    clock = Clock(started=time.monotonic() - 30)
    assert clock.time_left_s(0.25) == pytest.approx(90, abs=1)
    assert clock.time_left_s(1.0) == 0
    assert clock.time_left_s(1.5) == 0


@pytest.mark.parametrize(("elapsed", "fraction"), [(30, 0.001), (0.1, 0.5)])
def test_it_is_too_early_to_tell_the_time_left(elapsed, fraction):
    assert Clock(started=time.monotonic() - elapsed).time_left_s(fraction) is None
