"""Reading ahead and writing behind leave nothing behind."""

import threading
import time

import pytest

from al_core.errors import Cancelled, StorageError
from al_core.geo.pipeline import BackgroundWriter, Prefetcher, prefetch


@pytest.fixture(autouse=True)
def no_thread_survives():
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def test_items_come_in_order_and_from_another_thread():
    items = list(prefetch(((number, threading.get_ident()) for number in range(50)), depth=3))
    assert [number for number, _ in items] == list(range(50))
    assert {ident for _, ident in items} != {threading.get_ident()}


def test_at_most_depth_items_are_read_ahead():
    started = []

    def source():
        for number in range(20):
            started.append(number)
            yield number

    with Prefetcher(source(), depth=2) as ahead:
        first = next(iter(ahead))
        time.sleep(0.05)
        assert first == 0
        assert len(started) <= 4  # one taken, two waiting, one in the hand


def test_what_the_source_raises_arrives_after_what_it_gave():
    def source():
        yield 1
        raise StorageError("gone")

    taken = []
    with pytest.raises(StorageError, match="gone"):
        taken.extend(prefetch(source()))
    assert taken == [1]


def test_a_source_that_cannot_even_start_is_an_error_not_a_silence():
    with pytest.raises(TypeError), Prefetcher(5) as ahead:
        list(ahead)


def test_leaving_early_stops_and_closes_the_source():
    made, closed = [], []

    def source():
        try:
            for number in range(100_000):
                made.append(number)
                yield number
        finally:
            closed.append(threading.get_ident())

    def read_a_few():
        with Prefetcher(source(), depth=1) as ahead:
            for item in ahead:
                if item == 3:
                    raise Cancelled

    with pytest.raises(Cancelled):
        read_a_few()
    assert len(closed) == 1
    assert len(made) < 100


def test_a_dropped_generator_ends_its_thread():
    items = prefetch(range(1_000), depth=1)
    assert next(items) == 0
    del items


def test_a_closed_prefetcher_ends_every_loop():
    ahead = Prefetcher(range(10), depth=1)
    loop = iter(ahead)
    next(loop)
    ahead.close()
    assert list(loop) == []


def test_work_is_done_in_order_and_finished_at_the_end():
    done = []
    with BackgroundWriter(lambda item: (time.sleep(0.001), done.append(item)), depth=2) as behind:
        for number in range(30):
            behind.put(number)
    assert done == list(range(30))


def test_an_error_of_the_work_is_raised_at_a_later_put_and_nothing_more_is_done():
    done = []

    def work(item):
        if item == 2:
            raise StorageError("full")
        done.append(item)

    def write_a_lot():
        with BackgroundWriter(work, depth=1) as behind:
            for number in range(1_000):
                behind.put(number)

    with pytest.raises(StorageError, match="full"):
        write_a_lot()
    assert done == [0, 1]


def test_an_error_of_the_last_item_is_raised_at_the_end():
    def work(item):
        raise StorageError("full")

    with pytest.raises(StorageError, match="full"), BackgroundWriter(work) as behind:
        behind.put(1)


def test_what_waits_is_dropped_when_the_block_fails():
    hold = threading.Event()
    done = []

    def work(item):
        hold.wait(5)
        done.append(item)

    release = threading.Timer(0.05, hold.set)

    def write_and_fail():
        with BackgroundWriter(work, depth=3) as behind:
            for number in range(4):
                behind.put(number)
            release.start()
            raise Cancelled

    with pytest.raises(Cancelled):
        write_and_fail()
    assert done == [0]
    release.join()
