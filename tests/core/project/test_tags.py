"""What is said of whole tiles, how it is counted, and what is refused."""

import time
from dataclasses import replace

import numpy as np
import pytest

from al_core.config import Task
from al_core.errors import LabelError, ProjectError
from al_core.legend import UNSURE
from al_core.project import Access, Project, Role

from .tagging import DOUBT, FOREST, NONE, TOWN, WATER, everything, states


def test_a_tile_without_tags_is_not_judged(tagged):
    assert tagged.tags.read(3) is None
    assert not tagged.tags.judged().any()
    assert everything(tagged) == ([], [])
    assert tagged.tags.table()[1].shape == (0, 3)
    assert tagged.tags.counts()[1].shape == (0, 3)


def test_tags_come_back_as_they_were_set_and_writable(tagged):
    tagged.tags.set({5: states(1, UNSURE, 0), np.int64(1): FOREST})
    read = tagged.tags.read(5)
    assert read.tolist() == [1, UNSURE, 0]
    assert read.dtype == np.uint8
    read[0] = 0
    assert tagged.tags.read(5)[0] == 1
    ids, table = tagged.tags.table()
    assert ids.tolist() == [1, 5]
    assert table.tolist() == [[0, 1, 0], [1, UNSURE, 0]]
    assert (ids.dtype, table.dtype) == (np.int64, np.uint8)


def test_none_takes_the_tags_off(tagged):
    tagged.tags.set({1: WATER, 5: TOWN})
    tagged.tags.set({1: None, 2: None})
    assert tagged.tags.read(1) is None
    assert tagged.tags.judged().nonzero()[0].tolist() == [5]


def test_counts_leave_out_tiles_of_which_nothing_is_known(tagged):
    tagged.tags.set({0: DOUBT, 1: states(1, UNSURE, 1), 4: NONE, 2: WATER})
    ids, counts = tagged.tags.counts()
    assert ids.tolist() == [1, 2, 4]
    assert counts.tolist() == [[1, 0, 1], [1, 0, 0], [0, 0, 0]]
    assert (ids.dtype, counts.dtype) == (np.int64, np.int64)


def test_class_pixels_are_numbers_of_tiles_and_can_be_asked_by_role(tagged):
    tagged.tags.set({1: states(1, 0, 1), 2: WATER, 3: DOUBT})
    assert tagged.tags.class_pixels().tolist() == [2, 0, 1]
    assert tagged.tags.class_pixels(Role.VALIDATION).tolist() == [1, 0, 0]
    assert tagged.tags.class_pixels(Role.POOL).tolist() == [1, 0, 1]


def test_a_judged_tile_is_closed_as_a_whole_and_so_is_an_unsure_one(tagged):
    tagged.tags.set({1: WATER, 3: DOUBT})
    assert tagged.tags.judged_px().tolist() == [0, 101, 0, 103, 0, 0, 0]
    assert tagged.tags.judged_px().dtype == np.int64


def test_the_answers_of_a_project_are_what_its_task_asks_for(project, scenes, tagged):
    assert project.answers is project.labels
    assert scenes.answers is scenes.tags
    assert tagged.answers is tagged.tags


def test_a_project_of_painted_pixels_may_hold_tags_too(project):
    project.tags.set({5: states(1, 1, 0)})
    assert project.tags.read(5).tolist() == [1, 1, 0]
    assert not project.answers.judged_px().any()


def test_tags_and_masks_are_told_of_by_one_revision(tagged):
    seen = [tagged.tags.revision()]
    for change in (
        lambda: tagged.tags.set({1: WATER}),
        lambda: tagged.labels.write({1: np.zeros((64, 64), np.uint8)}),
        tagged.tags.undo,
        tagged.tags.redo,
        lambda: tagged.tags.write({1: TOWN}),
    ):
        change()
        seen.append(tagged.tags.revision())
    assert seen == sorted(set(seen))
    assert tagged.labels.revision() == tagged.tags.revision()


def test_a_scene_has_one_class_or_is_unsure_as_a_whole(scenes):
    scenes.tags.set({0: WATER, 1: DOUBT})
    assert everything(scenes) == ([0, 1], [[1, 0, 0], [UNSURE] * 3])


@pytest.mark.parametrize(
    ("wrong", "given"),
    [
        (states(1, 1, 0), r"water, forêt"),
        (NONE, "none"),
        (states(1, UNSURE, 0), "water"),
        (states(0, UNSURE, UNSURE), "none"),
    ],
)
def test_a_scene_of_other_than_one_class_is_refused(scenes, tagged, wrong, given):
    sentence = rf"exactly one class, but tile 4 is tagged with {given}; choose one, or mark"
    for change in (scenes.tags.set, scenes.tags.write):
        with pytest.raises(LabelError, match=sentence):
            change({3: WATER, 4: wrong})
    assert everything(scenes) == ([], [])
    tagged.tags.set({4: wrong})
    assert tagged.tags.read(4).tolist() == wrong.tolist()


@pytest.mark.parametrize(
    ("tile", "wrong", "sentence"),
    [
        (7, WATER, r"no tile 7; the project has the tiles 0 to 6\."),
        (-1, None, "no tile -1"),
        (4, states(1, 0), r"shape \(2,\), but the legend has 3 classes"),
        (4, states(1, 2, 0), "tile 4 hold 2 for “forêt”; use 0 for absent, 1 for present or 254"),
        (4, states(1, 0, 255), "hold 255 for “town”"),
        (4, np.array([1, 0, 0]), "no uint8 array"),
        (4, [1, 0, 0], "no uint8 array"),
    ],
)
def test_one_bad_tile_keeps_all_of_them_out(tagged, tile, wrong, sentence):
    tagged.tags.set({0: FOREST})
    tagged.tags.undo()
    for change in (tagged.tags.set, tagged.tags.write):
        with pytest.raises(LabelError, match=sentence):
            change({3: WATER, tile: wrong})
    assert everything(tagged) == ([], [])
    assert tagged.tags.can_redo


def test_reading_a_tile_that_does_not_exist_is_refused(tagged):
    with pytest.raises(LabelError, match="no tile 99"):
        tagged.tags.read(99)


def test_damaged_tags_are_named(tagged):
    tagged.tags.set({1: WATER})
    with tagged._database.transaction() as connection:
        connection.execute("UPDATE tag SET states = x'01'")
    for look in (tagged.tags.table, lambda: tagged.tags.read(1)):
        with pytest.raises(ProjectError, match=r"damaged\. Restore the project from a backup"):
            look()


def test_a_second_connection_sees_the_tags_at_once(tagged):
    with Project.open(tagged.folder, Access.SHARED) as engine:
        tagged.tags.set({1: WATER})
        assert engine.tags.read(1).tolist() == WATER.tolist()
        assert engine.answers.revision() == tagged.answers.revision()


def test_a_project_of_the_version_without_tags_opens_and_can_be_tagged(project, make_older):
    project.close()
    make_older(project.folder, 2)
    with Project.open(project.folder) as again:
        assert again.settings.task is Task.SEGMENTATION
        assert again.answers is again.labels
        again.tags.set({1: WATER})
        assert again.tags.undo() == (1,)


@pytest.fixture
def many_tiles(tmp_path, new_project):
    """A multi-label project of 100 489 tiles."""
    side = 317 * 64
    image = replace(
        new_project.images[0], height=side, width=side, first_tile=0, tile_count=317 * 317
    )
    settings = replace(new_project.settings, task=Task.MULTILABEL, halo_px=0)
    valid = np.full(317 * 317, 64 * 64, np.int32)
    new = replace(new_project, images=(image,), settings=settings, valid_px=valid)
    with Project.create(tmp_path / "large", new) as opened:
        opened._database.rows("PRAGMA synchronous = OFF")  # the budgets leave the disk out
        yield opened


def seconds(action, times=5):
    taken = []
    for number in range(times):
        begun = time.perf_counter()
        action(number)
        taken.append(time.perf_counter() - begun)
    return min(taken)  # the machine may be busy with something else


def test_tags_of_a_hundred_thousand_tiles_stay_within_their_budgets(many_tiles):
    tags = many_tiles.tags
    tags.write(dict.fromkeys(range(100_000), WATER))
    each = (states(1, 1, 0), FOREST, TOWN, NONE, DOUBT)
    assert seconds(lambda _: tags.table()) < 0.3
    assert seconds(lambda n: tags.set(dict.fromkeys(range(2000), each[n]))) < 0.05
    assert seconds(lambda n: tags.set({7000: each[n]})) < 0.01
    assert seconds(lambda _: tags.undo()) < 0.05
