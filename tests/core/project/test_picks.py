import math

import numpy as np
import pytest

from al_core.errors import StorageError
from al_core.project import Access, PickRecord, Project


def pick(rank, tile_id, score=0.5, share=0.4):
    reason = {"class": "water", "term": "w*s", "value": 0.2, "share": share, "text": "water 40 %"}
    return PickRecord(rank, tile_id, score, reason, None, "dcau")


def test_a_project_starts_without_picks(project):
    assert project.picks.current() == ()


def test_picks_come_back_by_rank_with_how_they_were_made(project):
    project.picks.replace([pick(2, 9), pick(1, 4, 0.9)], "dcau", None, {"alpha": 0.5})
    first, second = project.picks.current()
    assert (first.rank, first.tile_id, first.score) == (1, 4, 0.9)
    assert (second.rank, second.tile_id) == (2, 9)
    assert first.reason == pick(1, 4).reason
    assert (first.strategy, first.round) == ("dcau", None)


def test_a_new_choice_replaces_the_old_one_but_history_is_kept(project):
    project.picks.replace([pick(1, 4), pick(2, 5)], "dcau", None, {"count": 2})
    project.picks.replace([pick(1, 8)], "random", None, {"count": 1})
    assert [found.tile_id for found in project.picks.current()] == [8]
    assert project._database.rows("SELECT strategy, config FROM query ORDER BY id") == [
        ("dcau", '{"count": 2}'),
        ("random", '{"count": 1}'),
    ]
    assert project._database.rows("SELECT count(*) FROM pick") == [(3,)]


def test_a_choice_of_nothing_is_a_choice(project):
    project.picks.replace([pick(1, 4)], "dcau", None, {})
    project.picks.replace([], "dcau", None, {})
    assert project.picks.current() == ()


def test_numbers_of_numpy_and_scores_without_a_value_are_kept(project):
    made = pick(np.int64(1), np.int64(4), np.float32(0.25), np.float64(0.5))
    project.picks.replace([made, pick(2, 5, math.nan)], "dcau", None, {"alpha": np.float32(0.5)})
    first, second = project.picks.current()
    assert (first.tile_id, first.score, first.reason["share"]) == (4, 0.25, 0.5)
    assert math.isnan(second.score)


def test_picks_outlive_the_program(project):
    project.picks.replace([pick(1, 4)], "dcau", None, {})
    project.close()
    with Project.open(project.folder, Access.SHARED) as again:
        assert [found.tile_id for found in again.picks.current()] == [4]


def test_a_full_disk_keeps_the_old_choice(project):
    project.picks.replace([pick(1, 4)], "dcau", None, {})
    (pages,) = project._database.rows("PRAGMA page_count")[0]
    project._database.rows(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="is full"):
        project.picks.replace([pick(1, 8)], "dcau", None, {"long": "x" * 100_000})
    assert [found.tile_id for found in project.picks.current()] == [4]
