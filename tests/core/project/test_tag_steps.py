"""Tags step by step: undo, redo, and the promise that nothing said is lost."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from al_core.errors import StorageError
from al_core.legend import UNSURE
from al_core.project import Project

from .tagging import DOUBT, FOREST, NONE, TOWN, WATER, everything

CRASH = """
import os, signal, sys
from pathlib import Path
import numpy as np
from al_core.project import Project
project = Project.open(Path(sys.argv[1]))
for tile in range(4):
    project.tags.set({tile: np.array([1, 0, 0], np.uint8)}, "anna")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_undo_and_redo_return_the_tiles_that_changed(tagged):
    tagged.tags.set({1: WATER, 0: TOWN})
    tagged.tags.set({1: FOREST, 6: DOUBT})
    assert tagged.tags.undo() == (1, 6)
    assert everything(tagged) == ([0, 1], [[0, 0, 1], [1, 0, 0]])
    assert tagged.tags.undo() == (0, 1)
    assert everything(tagged) == ([], [])
    assert tagged.tags.undo() == ()
    assert tagged.tags.redo() == (0, 1)
    assert tagged.tags.redo() == (1, 6)
    assert everything(tagged) == ([0, 1, 6], [[0, 0, 1], [0, 1, 0], [UNSURE] * 3])
    assert tagged.tags.redo() == ()


def test_the_buttons_know_what_can_be_done(tagged):
    tags = tagged.tags
    assert (tags.can_undo, tags.can_redo) == (False, False)
    tags.set({1: WATER})
    assert (tags.can_undo, tags.can_redo) == (True, False)
    tags.undo()
    assert (tags.can_undo, tags.can_redo) == (False, True)
    tags.redo()
    assert (tags.can_undo, tags.can_redo) == (True, False)


def test_a_new_step_cuts_what_could_be_redone(tagged):
    tagged.tags.set({1: WATER})
    tagged.tags.undo()
    tagged.tags.set({2: TOWN})
    assert not tagged.tags.can_redo
    assert tagged.tags.read(1) is None
    assert tagged._database.rows("SELECT count(*) FROM tag_change") == [(1,)]


def test_saying_the_same_again_is_no_step(tagged):
    tagged.tags.set({1: WATER})
    tagged.tags.undo()
    before = tagged.tags.revision()
    tagged.tags.set({2: None})
    tagged.tags.set({})
    assert tagged.tags.can_redo
    assert tagged.tags.revision() == before
    tagged.tags.redo()
    tagged.tags.set({1: WATER, 2: TOWN})
    assert tagged.tags.undo() == (2,)


def test_undo_and_redo_reach_behind_a_restart(tagged):
    tagged.tags.set({1: WATER}, "anna")
    tagged.tags.set({1: FOREST}, "ben")
    tagged.close()
    with Project.open(tagged.folder) as again:
        assert again.tags.undo() == (1,)
        assert again.tags.read(1).tolist() == WATER.tolist()
    with Project.open(tagged.folder) as again:
        assert again.tags.redo() == (1,)
        assert again.tags.read(1).tolist() == FOREST.tolist()
        users = again._database.rows("SELECT user FROM tag_step ORDER BY id")
        assert users == [("anna",), ("ben",)]


def test_strokes_and_tags_are_undone_apart(tagged):
    tagged.tags.set({1: WATER})
    assert not tagged.journal.can_undo
    assert tagged.journal.undo() == ()
    assert tagged.tags.read(1).tolist() == WATER.tolist()


def test_an_import_cannot_be_undone_and_settles_what_lies_under_it(tagged):
    tagged.tags.set({1: WATER, 2: WATER})
    tagged.tags.set({1: FOREST})
    tagged.tags.write({1: TOWN})
    assert tagged.tags.undo() == (2,)
    assert everything(tagged) == ([1], [[0, 0, 1]])
    assert not tagged.tags.can_undo
    assert tagged.tags.redo() == (2,)
    assert everything(tagged) == ([1, 2], [[0, 0, 1], [1, 0, 0]])


def test_an_import_settles_steps_that_were_undone_too(tagged):
    tagged.tags.set({1: WATER})
    tagged.tags.undo()
    tagged.tags.write({1: None})
    assert not tagged.tags.can_redo
    assert tagged.tags.redo() == ()
    assert tagged.tags.read(1) is None


def test_kill_9_right_after_a_step_loses_nothing(tagged, run_python):
    tagged.close()
    outcome = run_python(CRASH, tagged.folder)
    assert outcome.returncode == -9, outcome.stderr
    with Project.open(tagged.folder) as again:
        assert everything(again) == ([0, 1, 2, 3], [[1, 0, 0]] * 4)
        assert again.tags.undo() == (3,)
        assert again._database.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_full_disk_keeps_every_earlier_step_and_its_undo(tagged):
    tagged.tags.set({1: WATER})
    tagged.tags.set({2: TOWN})
    tagged.tags.undo()
    (pages,) = tagged._database.rows("PRAGMA page_count")[0]
    tagged._database.rows(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match=r"is full\. Free some space and try again\."):
        tagged.tags.set({3: FOREST}, "a name of many pages " * 1000)
    assert everything(tagged) == ([1], [[1, 0, 0]])
    assert tagged.tags.can_redo
    tagged._database.rows("PRAGMA max_page_count = 100000")
    assert tagged.tags.redo() == (2,)


CHANGE = st.dictionaries(
    st.integers(0, 6), st.sampled_from([None, WATER, FOREST, NONE, DOUBT]), min_size=1, max_size=4
)
ACTION = st.one_of(CHANGE, st.just("undo"), st.just("redo"))


@settings(
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(actions=st.lists(ACTION, min_size=1, max_size=15))
def test_any_mix_of_steps_undo_and_redo_follows_a_plain_list_of_states(tagged, actions):
    tagged.tags.write(dict.fromkeys(range(7)))
    past, now = [everything(tagged)], 0
    for action in actions:
        if action == "undo":
            tagged.tags.undo()
            now = max(now - 1, 0)
        elif action == "redo":
            tagged.tags.redo()
            now = min(now + 1, len(past) - 1)
        else:
            tagged.tags.set(action)
            if everything(tagged) != past[now]:
                past[now + 1 :] = [everything(tagged)]
                now += 1
        assert everything(tagged) == past[now]
        assert tagged.tags.can_undo == (now > 0)
        assert tagged.tags.can_redo == (now < len(past) - 1)
