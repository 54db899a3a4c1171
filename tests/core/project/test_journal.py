import statistics
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from al_core.coords import RowCol, Window
from al_core.errors import LabelError, StorageError
from al_core.legend import UNLABELLED, UNSURE
from al_core.project import Access, PaintSurface, Patch, Project, Stroke

CRASH = """
import os, signal, sys
from pathlib import Path
import numpy as np
from al_core.coords import Window
from al_core.project import Patch, Project, Stroke
project = Project.open(Path(sys.argv[1]))
for tile in range(4):
    before = np.full((32, 32), 255, np.uint8)
    after = np.full((32, 32), tile % 3, np.uint8)
    patch = Patch(tile, Window(0, 0, 32, 32), before, after)
    project.journal.commit(Stroke("brush", tile % 3, (patch,), "anna"))
os.kill(os.getpid(), signal.SIGKILL)
"""


def patch(tile, window, before, after):
    shape = (window.height, window.width)
    return Patch(tile, window, np.full(shape, before, np.uint8), np.full(shape, after, np.uint8))


def dab(tile=5, label=1, before=UNLABELLED):
    return Stroke("brush", label, (patch(tile, Window(2, 3, 4, 5), before, label),), "anna")


def all_masks(project):
    return {tile: project.labels.read(tile).tobytes() for tile in range(len(project.tiles))}


def empty_mask(project, tile):
    return np.full(project.tiles.shape(tile), UNLABELLED, np.uint8)


class Painter:
    """Paints on a surface as the map tool does, and commits each stroke."""

    def __init__(self, project, image=0):
        self.project = project
        self.image = project.images[image]
        first = self.image.first_tile
        self.grid = project.grid(self.image.id)
        self.surface = PaintSurface(self.grid, lambda index: project.labels.read(first + index))

    def paint(self, label, *segments):
        self.surface.begin(label, "brush")
        for segment in segments:
            self.surface.extend(*segment)
        changes = self.surface.finish()
        if changes:
            first = self.image.first_tile
            patches = tuple(Patch(first + index, *rest) for index, *rest in changes)
            self.project.journal.commit(Stroke("brush", label, patches))
        return bool(changes)

    def show(self, patches):
        for change in patches:
            tile = self.surface.tile(change.tile_id - self.image.first_tile)
            pixels = tile[change.window.rows, change.window.cols]
            np.testing.assert_array_equal(pixels, change.before)
            pixels[...] = change.after

    def agrees_with_the_project(self):
        return all(
            self.surface.tile(index).tobytes()
            == self.project.labels.read(self.image.first_tile + index).tobytes()
            for index in range(len(self.grid))
        )


def test_a_stroke_changes_its_pixels_and_no_others(project):
    project.journal.commit(dab())
    mask = project.labels.read(5)
    assert (mask[2:6, 3:8] == 1).all()
    assert (mask == UNLABELLED).sum() == mask.size - 20
    assert project.labels.counts()[0].tolist() == [5]


def test_undo_and_redo_return_the_pixels_in_force(project):
    project.journal.commit(dab())
    (undone,) = project.journal.undo()
    assert (undone.tile_id, undone.window) == (5, Window(2, 3, 4, 5))
    assert (undone.before == 1).all()
    assert (undone.after == UNLABELLED).all()
    assert (project.labels.read(5) == UNLABELLED).all()
    (redone,) = project.journal.redo()
    assert (redone.after == 1).all()
    assert (project.labels.read(5)[2:6, 3:8] == 1).all()


def test_with_nothing_to_undo_or_redo_nothing_happens(project):
    assert not project.journal.can_undo
    assert not project.journal.can_redo
    assert project.journal.undo() == ()
    assert project.journal.redo() == ()
    assert project.labels.revision() == 0


def test_the_buttons_know_what_can_be_done(project):
    journal = project.journal
    journal.commit(dab())
    assert (journal.can_undo, journal.can_redo) == (True, False)
    journal.undo()
    assert (journal.can_undo, journal.can_redo) == (False, True)
    journal.redo()
    assert (journal.can_undo, journal.can_redo) == (True, False)


def test_a_new_stroke_cuts_what_could_be_redone(project):
    project.journal.commit(dab(label=0))
    project.journal.undo()
    project.journal.commit(dab(tile=6, label=2))
    assert not project.journal.can_redo
    assert project.journal.redo() == ()
    assert (project.labels.read(5) == UNLABELLED).all()


def test_undo_reaches_behind_a_restart(project):
    project.journal.commit(dab())
    project.close()
    with Project.open(project.folder) as again:
        again.journal.undo()
        assert (again.labels.read(5) == UNLABELLED).all()
        assert again.journal.can_redo


def test_stroke_numbers_grow(project):
    first = project.journal.commit(dab())
    second = project.journal.commit(dab(tile=6))
    project.journal.undo()
    third = project.journal.commit(dab(tile=7))
    assert first < second < third


def test_the_journal_knows_who_painted_what_when_and_where(project):
    number = project.journal.commit(dab(label=UNSURE))
    ((found, created, user, tool, label),) = project._database.rows(
        "SELECT id, created, user, tool, label FROM stroke"
    )
    assert (found, user, tool, label) == (number, "anna", "brush", UNSURE)
    assert created.startswith("20")
    assert project._database.rows("SELECT tile, top, left, height, width FROM patch") == [
        (5, 2, 3, 4, 5)
    ]


def test_two_patches_on_one_tile_are_one_step_of_undo(project):
    parts = (
        patch(5, Window(0, 0, 1, 1), UNLABELLED, 1),
        patch(5, Window(9, 9, 2, 2), UNLABELLED, 2),
    )
    project.journal.commit(Stroke("polygon", 1, parts))
    assert project.labels.class_pixels().tolist() == [0, 1, 4]
    (undone,) = project.journal.undo()
    assert undone.window == Window(0, 0, 11, 11)
    assert (project.labels.read(5) == UNLABELLED).all()


def test_a_stroke_leaves_alone_what_it_did_not_change(project):
    """The surface may be older than the project: only changed pixels are written."""
    imported = np.full((32, 32), 2, np.uint8)
    project.labels.write({5: imported})
    before = np.full((2, 2), UNLABELLED, np.uint8)
    after = before.copy()
    after[0, 0] = 1
    project.journal.commit(Stroke("brush", 1, (Patch(5, Window(0, 0, 2, 2), before, after),)))
    mask = project.labels.read(5)
    assert mask[0, 0] == 1
    assert (mask == 2).sum() == mask.size - 1
    project.journal.undo()
    np.testing.assert_array_equal(project.labels.read(5), imported)


def test_labels_that_were_imported_over_a_stroke_are_not_undone(project):
    both = (
        patch(5, Window(0, 0, 2, 2), UNLABELLED, 1),
        patch(6, Window(0, 0, 2, 2), UNLABELLED, 1),
    )
    project.journal.commit(Stroke("brush", 1, both))
    project.journal.commit(dab(tile=5, label=0))
    imported = np.full((32, 32), 2, np.uint8)
    project.labels.write({5: imported})
    (undone,) = project.journal.undo()
    assert undone.tile_id == 6
    np.testing.assert_array_equal(project.labels.read(5), imported)
    assert not project.journal.can_undo
    project.journal.redo()
    np.testing.assert_array_equal(project.labels.read(5), imported)
    assert (project.labels.read(6)[:2, :2] == 1).all()


def test_a_class_outside_the_legend_is_refused_and_nothing_is_written(project):
    project.journal.commit(dab())
    project.journal.undo()
    with pytest.raises(LabelError, match="class index 3"):
        project.journal.commit(dab(label=3))
    assert (project.labels.read(5) == UNLABELLED).all()
    assert project.journal.can_redo


@pytest.mark.parametrize("window", [Window(30, 0, 3, 1), Window(-1, 0, 2, 2)])
def test_a_patch_that_leaves_its_tile_is_refused(project, window):
    with pytest.raises(ValueError, match="leaves tile 5"):
        project.journal.commit(Stroke("brush", 1, (patch(5, window, UNLABELLED, 1),)))


def test_a_stroke_without_patches_is_refused(project):
    with pytest.raises(ValueError, match="without patches"):
        project.journal.commit(Stroke("brush", 1, ()))


def test_a_patch_on_a_tile_that_does_not_exist_is_refused(project):
    with pytest.raises(LabelError, match="no tile 24"):
        project.journal.commit(dab(tile=24))


def test_tile_ids_of_numpy_are_welcome(project):
    project.journal.commit(dab(tile=np.int64(5)))
    assert project.journal.undo()[0].tile_id == 5


def test_kill_9_right_after_commit_loses_nothing(project, run_python):
    folder = project.folder
    project.close()
    outcome = run_python(CRASH, folder)
    assert outcome.returncode == -9, outcome.stderr
    with Project.open(folder) as again:
        for tile in range(4):
            assert (again.labels.read(tile) == tile % 3).all()
        assert again.journal.can_undo
        assert again._database.rows("SELECT count(*) FROM stroke") == [(4,)]
        assert again._database.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_stroke_is_visible_to_the_engine_when_commit_returns(project):
    with Project.open(project.folder, Access.SHARED) as engine:
        project.journal.commit(dab())
        assert (engine.labels.read(5)[2:6, 3:8] == 1).all()


POSITION = st.floats(-20, 160, width=32)
SEGMENT = st.tuples(
    st.builds(RowCol, POSITION, POSITION),
    st.builds(RowCol, POSITION, POSITION),
    st.floats(0.5, 45, width=32),
)
STROKE = st.tuples(
    st.sampled_from([0, 1, 2, UNSURE, UNLABELLED]), st.lists(SEGMENT, min_size=1, max_size=3)
)


@settings(
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(strokes=st.lists(STROKE, min_size=1, max_size=6))
def test_undoing_everything_restores_every_byte_and_redo_the_final_state(project, strokes):
    noise = np.random.default_rng(3).choice([0, 1, 2, UNSURE, UNLABELLED], (32, 32))
    blank = {tile: empty_mask(project, tile) for tile in range(24)}
    project.labels.write({**blank, 7: noise.astype(np.uint8), 8: noise.T.astype(np.uint8)})
    initial = all_masks(project)
    painter = Painter(project)
    count = sum(painter.paint(label, *segments) for label, segments in strokes)
    final = all_masks(project)
    for _ in range(count):
        painter.show(project.journal.undo())
    assert project.journal.undo() == ()
    assert all_masks(project) == initial
    assert painter.agrees_with_the_project()
    for _ in range(count):
        painter.show(project.journal.redo())
    assert project.journal.redo() == ()
    assert all_masks(project) == final
    assert painter.agrees_with_the_project()


ACTION = st.one_of(STROKE, st.just("undo"), st.just("redo"))


@settings(
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(actions=st.lists(ACTION, min_size=1, max_size=12))
def test_any_mix_of_strokes_undo_and_redo_follows_a_plain_list_of_states(project, actions):
    project.labels.write({tile: empty_mask(project, tile) for tile in range(24)})
    painter = Painter(project)
    states, now = [all_masks(project)], 0
    for action in actions:
        if action == "undo":
            painter.show(project.journal.undo())
            now = max(now - 1, 0)
        elif action == "redo":
            painter.show(project.journal.redo() if now < len(states) - 1 else ())
            now = min(now + 1, len(states) - 1)
        elif painter.paint(action[0], *action[1]):
            states[now + 1 :] = [all_masks(project)]
            now += 1
        assert all_masks(project) == states[now]
        assert project.journal.can_undo == (now > 0)
    assert painter.agrees_with_the_project()


def noisy_stroke(seed):
    """A stroke whose pixels need room: they hardly compress."""
    generator = np.random.default_rng(seed)
    shape = (32, 32)
    parts = tuple(
        Patch(
            tile,
            Window(0, 0, *shape),
            np.full(shape, UNLABELLED, np.uint8),
            generator.integers(0, 3, shape).astype(np.uint8),
        )
        for tile in (0, 1, 2, 3, 5, 6, 7, 8)
    )
    return Stroke("brush", 1, parts)


def test_a_full_disk_keeps_every_earlier_stroke_and_its_undo(project):
    project.journal.commit(dab())
    project.journal.commit(dab(tile=6))
    project.journal.undo()
    before = all_masks(project)
    (pages,) = project._database.rows("PRAGMA page_count")[0]
    project._database.rows(f"PRAGMA max_page_count = {pages}")
    large = replace(noisy_stroke(0), user="a name of many pages " * 1000)
    with pytest.raises(StorageError, match=r"is full\. Free some space and try again\."):
        project.journal.commit(large)
    assert all_masks(project) == before
    assert project.journal.can_redo  # the redo tail is cut only by a stroke that counts
    project._database.rows("PRAGMA max_page_count = 100000")
    project.journal.commit(large)
    assert not project.journal.can_redo
    project.journal.undo()
    project.journal.undo()
    assert (project.labels.read(5) == UNLABELLED).all()


def commit_until_it_fails(project):
    for seed in range(1000):
        project.journal.commit(noisy_stroke(seed))


def test_on_a_disk_that_is_really_full_nothing_painted_is_lost(small_disk, fill_up, new_project):
    with Project.create(small_disk / "area.landloop", new_project) as project:
        project.journal.commit(dab())
        fill_up(small_disk / "filler")
        with pytest.raises(StorageError, match="Free some space"):
            commit_until_it_fails(project)
        after = all_masks(project)
        (small_disk / "filler").unlink()
        assert all_masks(project) == after
        project.journal.commit(noisy_stroke(2000))
        assert project._database.rows("PRAGMA integrity_check") == [("ok",)]
    with Project.open(small_disk / "area.landloop") as again:
        again.journal.undo()
        assert all_masks(again) == after


def test_a_stroke_that_could_not_be_written_can_be_taken_back_on_the_surface(project):
    painter = Painter(project)
    painter.paint(1, (RowCol(10, 10), RowCol(60, 90), 8))
    project._database.rows("PRAGMA query_only = ON")
    with pytest.raises(StorageError, match="cannot be written"):
        painter.paint(2, (RowCol(10, 10), RowCol(60, 90), 15))
    project._database.rows("PRAGMA query_only = OFF")
    assert not painter.surface.is_painting
    for index in range(len(painter.grid)):
        painter.surface.put(index, project.labels.read(index))
    assert painter.agrees_with_the_project()
    assert painter.paint(2, (RowCol(10, 10), RowCol(60, 90), 15))
    assert painter.agrees_with_the_project()


def test_an_ordinary_stroke_is_committed_and_undone_within_its_budget(project):
    project._database.rows("PRAGMA synchronous = OFF")  # the budget leaves the disk out
    painter = Painter(project)
    committing, undoing = [], []
    for _ in range(15):
        begun = time.perf_counter()
        painter.paint(1, (RowCol(20, 20), RowCol(40, 60), 12))
        committing.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        patches = project.journal.undo()
        undoing.append(time.perf_counter() - begun)
        painter.show(patches)
    assert statistics.median(committing) < 0.01
    assert statistics.median(undoing) < 0.01
