import math
import shutil
import threading
from dataclasses import replace

import numpy as np
import pytest

from al_core.config import Task
from al_core.coords import RowCol
from al_core.errors import LabelError, ProjectError, ProjectLockedError, StorageError
from al_core.project import Access, Project, Role
from al_core.project import project as project_module


def test_a_new_project_holds_what_it_was_made_from(project, new_project, legend):
    assert project.legend == legend
    assert project.settings == new_project.settings
    assert project.images == new_project.images
    np.testing.assert_array_equal(project.tiles.valid_px, np.arange(24))
    assert np.flatnonzero(project.tiles.role == Role.VALIDATION).tolist() == [3, 21]


def test_a_project_comes_back_as_it_was_closed(project, new_project):
    project.close()
    with Project.open(project.folder) as again:
        assert again.legend == new_project.legend
        assert again.settings == new_project.settings
        assert again.images == new_project.images
        for name, column in vars(project.tiles).items():
            np.testing.assert_array_equal(getattr(again.tiles, name), column)


@pytest.mark.parametrize("task", list(Task))
def test_a_project_remembers_its_task(tmp_path, new_project, task):
    new = replace(new_project, settings=replace(new_project.settings, task=task))
    Project.create(tmp_path / "p", new).close()
    with Project.open(tmp_path / "p") as again:
        assert again.settings == new.settings
        assert again.settings.task is task


@pytest.mark.parametrize("nodata", [None, 0.0, -3.4028234663852886e38, math.inf])
def test_every_nodata_value_survives(tmp_path, new_project, nodata):
    images = tuple(replace(image, nodata=nodata) for image in new_project.images)
    with Project.create(tmp_path / "p", replace(new_project, images=images)) as project:
        assert [image.nodata for image in project.images] == [nodata, nodata]


def test_nodata_that_is_not_a_number_survives(tmp_path, new_project):
    images = tuple(replace(image, nodata=math.nan) for image in new_project.images)
    with Project.create(tmp_path / "p", replace(new_project, images=images)) as project:
        assert math.isnan(project.images[0].nodata)


def test_a_project_folder_holds_a_database_and_a_lock_and_no_leftovers(project, tmp_path):
    project.close()
    assert {path.name for path in project.folder.iterdir()} == {"project.db", "project.lock"}
    assert [path.name for path in tmp_path.iterdir()] == [project.folder.name]


def test_missing_folders_above_are_made(tmp_path, new_project):
    folder = tmp_path / "maps" / "2026" / "area.landloop"
    with Project.create(folder, new_project) as project:
        assert project.folder == folder


def test_an_empty_folder_becomes_the_project(tmp_path, new_project):
    (tmp_path / "area").mkdir()
    Project.create(tmp_path / "area", new_project).close()
    assert (tmp_path / "area" / "project.db").is_file()


def test_a_folder_that_holds_something_is_refused_and_untouched(tmp_path, new_project):
    (tmp_path / "area").mkdir()
    (tmp_path / "area" / "notes.txt").write_text("mine")
    with pytest.raises(ProjectError, match="already holds something else"):
        Project.create(tmp_path / "area", new_project)
    assert [path.name for path in (tmp_path / "area").iterdir()] == ["notes.txt"]


def test_a_project_is_not_made_over_another(project, new_project):
    with pytest.raises(ProjectError, match="already holds a LandLoop project"):
        Project.create(project.folder, new_project)


@pytest.mark.parametrize("below", ["", "area.landloop", "more/area.landloop"])
def test_a_file_in_the_way_is_named(tmp_path, new_project, below):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ProjectError, match="file"):
        Project.create(tmp_path / "file" / below, new_project)
    assert (tmp_path / "file").read_text() == "mine"


def test_parts_that_do_not_fit_leave_nothing_behind(tmp_path, new_project):
    crooked = replace(new_project, valid_px=np.zeros(3, np.int32))
    with pytest.raises(ValueError, match="24 tiles, but 3 counts"):
        Project.create(tmp_path / "deep" / "area", crooked)
    shifted = replace(new_project, images=new_project.images[::-1])
    with pytest.raises(ValueError, match="image 2 starts at tile 20"):
        Project.create(tmp_path / "deep" / "area", shifted)
    assert list(tmp_path.iterdir()) == []


def test_creation_on_a_full_disk_leaves_nothing_behind(small_disk, fill_up, new_project):
    fill_up(small_disk / "filler")
    with pytest.raises(StorageError, match="Free some space"):
        Project.create(small_disk / "maps" / "area", new_project)
    assert [path.name for path in small_disk.iterdir()] == ["filler"]


def test_creation_that_fails_at_the_last_step_leaves_nothing_behind(
    tmp_path, new_project, monkeypatch
):
    def fail(temporary, folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(project_module, "_rename", fail)
    (tmp_path / "area").mkdir()
    with pytest.raises(StorageError, match="is full"):
        Project.create(tmp_path / "area", new_project)
    assert [path.name for path in tmp_path.iterdir()] == ["area"]
    assert list((tmp_path / "area").iterdir()) == []


def test_creation_in_a_read_only_folder_is_explained(open_folder, as_guest, new_project):
    open_folder.chmod(0o555)
    with as_guest(), pytest.raises(StorageError, match="cannot be written"):
        Project.create(open_folder / "maps" / "area", new_project)
    with as_guest(), pytest.raises(StorageError, match="cannot be written"):
        Project.create(open_folder / "area", new_project)
    assert list(open_folder.iterdir()) == []


def test_a_new_project_can_be_filled_before_anybody_sees_it(tmp_path, new_project):
    def fill(project):
        assert not (tmp_path / "area").exists()
        project.labels.write({5: np.ones((32, 32), np.uint8)})

    with Project.create(tmp_path / "area", new_project, fill) as project:
        assert (project.labels.read(5) == 1).all()


def test_a_filling_that_fails_leaves_nothing_behind(tmp_path, new_project):
    def fill(project):
        project.labels.write({99: np.ones((32, 32), np.uint8)})

    with pytest.raises(LabelError, match="no tile 99"):
        Project.create(tmp_path / "deep" / "area", new_project, fill)
    assert list(tmp_path.iterdir()) == []


def test_a_project_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ProjectError, match=r"no project .*nowhere"):
        Project.open(tmp_path / "nowhere")


def test_a_folder_without_a_project_is_refused_and_untouched(tmp_path):
    with pytest.raises(ProjectError, match="is not a LandLoop project"):
        Project.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_newer_project_is_refused_and_unlocked_again(project):
    with project._database.transaction() as connection:
        connection.execute("PRAGMA user_version = 7")
    project.close()
    for _ in range(2):
        with pytest.raises(ProjectError, match="newer LandLoop") as refusal:
            Project.open(project.folder)
        assert not isinstance(refusal.value, ProjectLockedError)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM setting WHERE name = 'bands'",
        "UPDATE setting SET value = '{' WHERE name = 'normalisation'",
        "INSERT INTO setting VALUES ('unheard', '1')",
        "UPDATE setting SET value = '\"guess\"' WHERE name = 'task'",
        "DELETE FROM tile WHERE id = 4",
        "UPDATE image SET height = 'tall' WHERE id = 1",
        "UPDATE image SET tile_count = 3 WHERE id = 1",
        "DELETE FROM class",
        "DROP TABLE class",
    ],
)
def test_a_damaged_project_is_a_sentence_and_stays_unlocked(project, damage):
    connection = project._database._connection
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(damage)
    project.close()
    for _ in range(2):
        with pytest.raises(ProjectError, match=r"damaged|lacks a part") as refusal:
            Project.open(project.folder)
        assert "Restore" in str(refusal.value)


def test_images_beside_the_project_move_along_with_it(tmp_path, new_project):
    here, there = tmp_path / "here", tmp_path / "there"
    images = []
    for image in new_project.images:
        path = here / "images" / f"{image.name}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"pixels")
        images.append(replace(image, path=str(path)))
    new = replace(new_project, images=tuple(images))
    Project.create(here / "area.landloop", new).close()
    here.rename(there)
    with Project.open(there / "area.landloop") as moved:
        assert [image.path for image in moved.images] == [
            str(there / "images" / "first.tif"),
            str(there / "images" / "second.tif"),
        ]


def test_a_project_that_moves_alone_still_finds_its_images(tmp_path, new_project):
    path = tmp_path / "here" / "first.tif"
    path.parent.mkdir()
    path.write_bytes(b"pixels")
    first, second = new_project.images
    new = replace(new_project, images=(replace(first, path=str(path)), second))
    project = Project.create(tmp_path / "here" / "area", new)
    project.close()
    (tmp_path / "there").mkdir()
    shutil.move(project.folder, tmp_path / "there" / "area")
    with Project.open(tmp_path / "there" / "area") as moved:
        assert moved.images[0].path == str(path)


def test_images_elsewhere_keep_their_absolute_path(tmp_path, new_project):
    project = Project.create(tmp_path / "maps" / "area", new_project)
    assert project.images == new_project.images
    assert project._database.rows("SELECT DISTINCT relative_path FROM image") == [(None,)]
    project.close()


def test_a_path_relative_to_the_working_folder_becomes_absolute(tmp_path, new_project, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "first.tif").write_bytes(b"pixels")
    first, second = new_project.images
    archive = replace(second, path="/vsizip/a.zip/second.tif")
    new = replace(new_project, images=(replace(first, path="first.tif"), archive))
    with Project.create(tmp_path / "area", new) as project:
        assert project.images[0].path == str(tmp_path / "first.tif")
        assert project.images[1].path == "/vsizip/a.zip/second.tif"


def test_a_pixel_position_finds_its_tile(project):
    assert project.tile_at(1, RowCol(0, 0)) == 0
    assert project.tile_at(1, RowCol(31.99, 32.0)) == 1
    assert project.tile_at(1, RowCol(99.9, 149.9)) == 19
    assert project.tile_at(2, RowCol(32, 32)) == 23


@pytest.mark.parametrize("at", [RowCol(-0.1, 5), RowCol(5, 150), RowCol(100, 5)])
def test_outside_the_image_there_is_no_tile(project, at):
    assert project.tile_at(1, at) is None


def test_a_tile_knows_its_image_and_an_image_its_grid(project):
    assert project.image_of(19).id == 1
    assert project.image_of(np.int64(20)).id == 2
    assert len(project.grid(2)) == 4


def test_an_image_that_does_not_exist_is_named(project):
    with pytest.raises(ProjectError, match="no image 9; choose one of 1, 2"):
        project.grid(9)


def test_a_project_closes_twice_without_complaint(project):
    project.close()
    project.close()


def test_each_thread_opens_its_own(project):
    seen = []

    def work():
        with Project.open(project.folder, Access.SHARED) as mine:
            seen.append(mine.labels.revision())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [0]
