import statistics
import time
from dataclasses import replace

import numpy as np
import pytest

from al_core.coords import TileGrid, Window
from al_core.errors import LabelError, ProjectError, StorageError
from al_core.legend import UNLABELLED, UNSURE
from al_core.project import Access, Patch, Project, Role, Stroke


def filled(project, tile_id, value):
    return np.full(project.tiles.shape(tile_id), value, np.uint8)


@pytest.fixture
def numbered(project):
    """Every tile of both images holds its id modulo 3, so that a mix-up shows."""
    project.labels.write({tile: filled(project, tile, tile % 3) for tile in range(24)})
    return project


def test_a_tile_without_labels_reads_as_unlabelled(project):
    mask = project.labels.read(19)
    assert mask.shape == (4, 22)
    assert mask.dtype == np.uint8
    assert (mask == UNLABELLED).all()


def test_labels_come_back_as_written_and_writable(project):
    mask = np.random.default_rng(0).integers(0, 3, (32, 32)).astype(np.uint8)
    mask[0, :2] = UNSURE, UNLABELLED
    project.labels.write({5: mask})
    read = project.labels.read(5)
    np.testing.assert_array_equal(read, mask)
    read[0, 0] = 1
    assert project.labels.read(5)[0, 0] == UNSURE


def test_a_second_connection_sees_the_labels_at_once(project):
    with Project.open(project.folder, Access.SHARED) as engine:
        project.labels.write({5: filled(project, 5, 2)})
        assert (engine.labels.read(5) == 2).all()
        assert engine.labels.revision() == project.labels.revision()


def test_a_window_is_assembled_from_its_tiles(numbered):
    window = Window(20, 25, 60, 50)
    expected = np.empty((60, 50), np.uint8)
    for row in range(60):
        for col in range(50):
            tile = (row + 20) // 32 * 5 + (col + 25) // 32
            expected[row, col] = tile % 3
    np.testing.assert_array_equal(numbered.labels.read_window(1, window), expected)


def test_a_window_reads_the_tiles_of_its_own_image(numbered):
    mask = numbered.labels.read_window(2, Window(0, 0, 64, 40))
    assert [mask[0, 0], mask[0, 39], mask[63, 0], mask[63, 39]] == [2, 0, 1, 2]


def test_a_window_is_unlabelled_outside_the_raster(numbered):
    mask = numbered.labels.read_window(1, Window(-5, -7, 10, 10))
    assert (mask[:5] == UNLABELLED).all()
    assert (mask[:, :7] == UNLABELLED).all()
    assert (mask[5:, 7:] == 0).all()
    far = numbered.labels.read_window(1, Window(1000, 1000, 4, 4))
    assert (far == UNLABELLED).all()


def test_hidden_roles_read_as_unlabelled(numbered):
    window = Window(0, 0, 32, 150)  # tiles 0…4; tile 3 is for validation
    hidden = numbered.labels.read_window(1, window, hide=(Role.VALIDATION,))
    seen = numbered.labels.read_window(1, window)
    assert (hidden[:, 96:128] == UNLABELLED).all()
    np.testing.assert_array_equal(hidden[:, :96], seen[:, :96])
    np.testing.assert_array_equal(hidden[:, 128:], seen[:, 128:])


def test_counts_list_the_tiles_with_class_labels(project):
    mask = filled(project, 5, UNLABELLED)
    mask[0, :10] = 0
    mask[1, :4] = 2
    mask[2, :3] = UNSURE
    project.labels.write(
        {5: mask, 6: filled(project, 6, UNSURE), 3: filled(project, 3, 1)},
    )
    ids, counts = project.labels.counts()
    assert ids.tolist() == [3, 5]
    assert counts.tolist() == [[0, 1024, 0], [10, 0, 4]]
    assert (ids.dtype, counts.dtype) == (np.int64, np.int64)


def test_counting_does_not_read_the_masks(project):
    plan = project._database.rows(
        "EXPLAIN QUERY PLAN SELECT tile, counts FROM label WHERE labelled_px > 0 ORDER BY tile"
    )
    assert "COVERING INDEX label_counts" in plan[0][3]


def test_unsure_pixels_do_not_count_as_labelled(project):
    mask = filled(project, 5, UNSURE)
    mask[0, 0] = 1
    project.labels.write({5: mask})
    labelled = project.labels.labelled_px()
    assert labelled.shape == (24,)
    assert labelled[5] == 1
    assert labelled.sum() == 1


def test_class_pixels_can_be_asked_by_role(project):
    project.labels.write({3: filled(project, 3, 1), 5: filled(project, 5, 2)})
    assert project.labels.class_pixels().tolist() == [0, 1024, 1024]
    assert project.labels.class_pixels(Role.VALIDATION).tolist() == [0, 1024, 0]
    assert project.labels.class_pixels(Role.POOL).tolist() == [0, 0, 1024]


def test_an_empty_project_counts_nothing(project):
    ids, counts = project.labels.counts()
    assert ids.shape == (0,)
    assert counts.shape == (0, 3)
    assert project.labels.class_pixels(Role.POOL).tolist() == [0, 0, 0]
    assert not project.labels.labelled_px().any()


def test_the_revision_grows_with_every_change(project):
    seen = [project.labels.revision()]
    project.labels.write({5: filled(project, 5, 1)})
    seen.append(project.labels.revision())
    before = project.labels.read(6)[:1, :1]
    patch = Patch(6, Window(0, 0, 1, 1), before, np.zeros((1, 1), np.uint8))
    project.journal.commit(Stroke("brush", 0, (patch,)))
    seen.append(project.labels.revision())
    project.journal.undo()
    seen.append(project.labels.revision())
    project.journal.redo()
    seen.append(project.labels.revision())
    assert seen == sorted(set(seen))


def test_erased_tiles_are_no_longer_counted(numbered):
    numbered.labels.write({5: filled(numbered, 5, UNLABELLED)})
    assert 5 not in numbered.labels.counts()[0]
    assert (numbered.labels.read(5) == UNLABELLED).all()


@pytest.mark.parametrize(
    ("tile_id", "mask", "sentence"),
    [
        (24, np.zeros((32, 32), np.uint8), "no tile 24"),
        (5, np.zeros((32, 31), np.uint8), "the size of the tile"),
        (5, np.full((32, 32), 3, np.uint8), "class index 3"),
    ],
)
def test_one_bad_mask_keeps_all_of_them_out(project, tile_id, mask, sentence):
    with pytest.raises(LabelError, match=sentence):
        project.labels.write({0: filled(project, 0, 1), tile_id: mask})
    assert not len(project.labels.counts()[0])
    assert project.labels.revision() == 0


def test_reading_a_tile_that_does_not_exist_is_refused(project):
    with pytest.raises(LabelError, match="no tile 99"):
        project.labels.read(99)


def test_damaged_labels_are_named(numbered):
    with numbered._database.transaction() as connection:
        connection.execute("UPDATE label SET mask = x'00' WHERE tile = 5")
    with pytest.raises(ProjectError, match="labels of tile 5 are damaged"):
        numbered.labels.read(5)


def test_a_full_disk_keeps_the_old_labels(numbered):
    pages = numbered._database.rows("PRAGMA page_count")[0][0]
    numbered._database.rows(f"PRAGMA max_page_count = {pages}")
    generator = np.random.default_rng(0)
    noise = {
        tile: generator.integers(0, 3, numbered.tiles.shape(tile)).astype(np.uint8)
        for tile in range(24)
    }
    with pytest.raises(StorageError, match="is full"):
        numbered.labels.write(noise)
    for tile in range(24):
        assert (numbered.labels.read(tile) == tile % 3).all()
    numbered._database.rows("PRAGMA max_page_count = 100000")
    numbered.labels.write(noise)
    np.testing.assert_array_equal(numbered.labels.read(23), noise[23])


@pytest.fixture
def many_tiles(tmp_path, new_project):
    """A project of 100 489 tiles."""

    side = 317 * 32
    grid = TileGrid(side, side, 64, 16)
    image = replace(
        new_project.images[0], height=side, width=side, first_tile=0, tile_count=len(grid)
    )
    new = replace(new_project, images=(image,), valid_px=np.full(len(grid), 1024, np.int32))
    with Project.create(tmp_path / "large.landloop", new) as opened:
        yield opened


def test_a_hundred_thousand_tiles_open_and_count_within_their_budgets(many_tiles):
    mask = np.random.default_rng(0).integers(0, 3, (32, 32)).astype(np.uint8)
    many_tiles.labels.write(dict.fromkeys(range(0, 100_000, 10), mask))
    opening, counting = [], []
    for _ in range(5):
        begun = time.perf_counter()
        with Project.open(many_tiles.folder, Access.SHARED) as again:
            opening.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            ids, _ = again.labels.counts()
            counting.append(time.perf_counter() - begun)
            assert len(ids) == 10_000
    assert statistics.median(opening) < 0.3
    assert statistics.median(counting) < 0.05
