"""Finished rounds survive a sudden end."""

import dataclasses

import pytest

from al_core.simulation.journal import Choice, Entry, Journal


def entry(number):
    pick = Choice(1, 17, 0.5, "Water", "w*s", 0.25, 0.5, "Water: 50 %", (3, 4))
    return Entry(
        round=number,
        labelled=(1, 2),
        labelled_px=(10, 20),
        confusion=((1, 2), (3, 4)),
        validation=((5, 6), (7, 8)),
        weight=(0.5, float("nan")),
        temperature=1.5,
        ece=0.1,
        picks=(pick, dataclasses.replace(pick, rank=2, class_name=None)),
        steps=9,
        fit_s=1.0,
        scan_s=2.0,
        query_s=3.0,
        evaluate_s=4.0,
        seconds=10.0,
        notes=("Stopped.",),
    )


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "runs" / "random_s0.jsonl")


def test_what_was_appended_is_read_back(journal):
    assert journal.read() == ()
    journal.append(entry(0))
    journal.append(entry(1))
    assert repr(journal.read()) == repr((entry(0), entry(1)))


@pytest.mark.parametrize("torn", [b'{"round": 1, "labelled"', b'{"round": 1}\n', b"\x00\x00\n"])
def test_a_torn_line_is_no_round_and_is_cut_off(journal, torn):
    journal.append(entry(0))
    with journal.path.open("ab") as file:
        file.write(torn)
    assert [item.round for item in journal.read()] == [0]
    journal.mend()
    journal.append(entry(1))
    assert [item.round for item in journal.read()] == [0, 1]


def test_nothing_is_mended_where_nothing_is(journal):
    journal.mend()
    assert not journal.path.exists()
