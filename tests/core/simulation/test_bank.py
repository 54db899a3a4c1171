"""Rows of all tiles on the disk: made once, gone on with after a stop."""

import numpy as np
import pytest

from al_core.errors import Cancelled
from al_core.progress import Silent
from al_core.simulation.bank import CHUNK, Bank

TILES = 2 * CHUNK + 5


def look(ids, _progress):
    """Return (n, 2, 3) rows that tell tile, view and column apart."""
    views, columns = np.arange(2)[None, :, None], np.arange(3)[None, None, :]
    return (ids[:, None, None] + 0.25 * views + 0.0625 * columns).astype(np.float16)


def test_rows_are_those_of_the_tiles(tmp_path):
    bank = Bank(tmp_path, TILES)
    assert not bank.is_full
    bank.fill(look, Silent())
    assert bank.is_full
    ids = np.array([CHUNK + 1, 3])
    np.testing.assert_array_equal(bank.rows(ids, 3), look(ids, None))
    np.testing.assert_array_equal(bank.rows(ids, 2), look(ids, None)[:, :, 1:])
    np.testing.assert_array_equal(bank.first(ids), look(ids, None)[:, 0])


def test_a_stop_keeps_what_was_looked_at(tmp_path):
    asked = []

    def interrupted(ids, progress):
        asked.append(ids[0])
        if len(asked) == 2:
            raise Cancelled
        return look(ids, progress)

    bank = Bank(tmp_path, TILES)
    with pytest.raises(Cancelled):
        bank.fill(interrupted, Silent())
    assert not bank.is_full
    bank.fill(interrupted, Silent())
    assert asked == [0, CHUNK, CHUNK, 2 * CHUNK]
    every = np.arange(TILES)
    np.testing.assert_array_equal(bank.first(every), look(every, None)[:, 0])


def test_a_full_bank_asks_for_nothing(tmp_path):
    bank = Bank(tmp_path, 7)
    bank.fill(look, Silent())
    bank.fill(None, Silent())
