import errno
import json
import math
import sqlite3

import numpy as np
import pytest

from al_core.errors import ProjectError, StorageError
from al_core.project import Access, NewRound, Project, RoundMetrics
from al_core.project import rounds as rounds_module

NAN = math.nan


@pytest.fixture
def new_round():
    metrics = RoundMetrics(
        confusion=np.array([[5, 1, 0], [0, 7, 2], [0, 0, 0]]),
        iou=(5 / 6, 0.7, NAN),
        miou=0.77,
        gap=(1 / 6, 0.3, 1.0),
        weight=(0.2, 0.3, 0.5),
    )
    return NewRound(
        device="CPU, because this torch sees no CUDA device",
        seed=4,
        model_hash="abc123",
        labelled_tiles=6,
        labelled_pixels=1234,
        metrics=metrics,
        config={"encoder": "mobilenet_v2", "steps": 10},
        versions={"torch": "2.9"},
    )


@pytest.fixture
def finish(project, new_round):
    def build(name="model.safetensors"):
        temp = project.rounds.begin()
        (temp / name).write_bytes(b"weights")
        return project.rounds.commit(temp, new_round)

    return build


def test_a_project_starts_without_rounds(project):
    assert project.rounds.list() == ()
    assert project.rounds.current() is None


def test_a_finished_round_has_a_numbered_folder_with_its_files(project, finish):
    record = finish()
    assert record.number == 1
    assert record.folder == project.folder / "rounds" / "0001"
    assert (record.folder / "model.safetensors").read_bytes() == b"weights"
    assert [path.name for path in (project.folder / "rounds").iterdir()] == ["0001"]


def test_a_round_comes_back_as_it_was_recorded(project, finish, new_round):
    finish()
    project.close()
    with Project.open(project.folder) as again:
        record = again.rounds.current()
    for name in ("device", "seed", "model_hash", "labelled_tiles", "labelled_pixels"):
        assert getattr(record, name) == getattr(new_round, name)
    assert record.config == new_round.config
    assert record.versions == new_round.versions
    assert record.created.endswith("+00:00")
    metrics = record.metrics
    assert metrics.confusion.dtype == np.int64
    np.testing.assert_array_equal(metrics.confusion, new_round.metrics.confusion)
    np.testing.assert_array_equal(metrics.iou, new_round.metrics.iou)
    assert (metrics.miou, metrics.gap) == (0.77, new_round.metrics.gap)


def test_metrics_without_validation_labels_are_nan(project, new_round):
    nothing = RoundMetrics(np.zeros((3, 3), np.int64), (NAN,) * 3, NAN, (NAN,) * 3, (1.0,) * 3)
    object.__setattr__(new_round, "metrics", nothing)
    record = project.rounds.commit(project.rounds.begin(), new_round)
    assert math.isnan(record.metrics.miou)
    assert all(map(math.isnan, record.metrics.iou))


def test_round_json_tells_any_program_how_the_round_was_made(finish):
    record = finish()
    text = (record.folder / "round.json").read_text(encoding="utf-8")
    told = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert told["number"] == 1
    assert told["seed"] == 4
    assert told["iou"][2] is None
    assert told["config"]["encoder"] == "mobilenet_v2"
    assert told["confusion"][0] == [5, 1, 0]


def test_rounds_are_listed_in_order_and_the_newest_is_in_force(project, finish):
    for _ in range(3):
        finish()
    assert [record.number for record in project.rounds.list()] == [1, 2, 3]
    assert project.rounds.current().number == 3


def test_a_round_tells_whether_it_was_scanned_and_predicted(project, finish):
    folder = finish().folder
    record = project.rounds.current()
    assert (record.scanned, record.predicted) == (False, False)
    (folder / "statistics.npz").write_bytes(b"")
    (folder / "prediction_2.tif").write_bytes(b"")
    record = project.rounds.current()
    assert (record.scanned, record.predicted) == (True, True)


def test_a_folder_that_a_crash_left_behind_is_skipped_over(project, finish):
    finish()
    (project.folder / "rounds" / "0002").mkdir()
    assert finish().number == 3
    assert [record.number for record in project.rounds.list()] == [1, 3]


def test_deleting_the_newest_folder_is_rollback(project, finish):
    finish()
    record = finish()
    (record.folder / "model.safetensors").unlink()
    (record.folder / "round.json").unlink()
    record.folder.rmdir()
    assert project.rounds.current().number == 1
    assert finish().number == 3


def test_a_discarded_round_leaves_nothing(project):
    temp = project.rounds.begin()
    (temp / "model.safetensors").write_bytes(b"half")
    project.rounds.discard(temp)
    project.rounds.discard(temp)
    assert list((project.folder / "rounds").iterdir()) == []


def test_beginning_removes_what_an_interrupted_training_left(project):
    abandoned = project.rounds.begin()
    (abandoned / "model.safetensors").write_bytes(b"half")
    temp = project.rounds.begin()
    assert not abandoned.exists()
    assert temp.is_dir()


def test_a_temporary_folder_that_vanished_is_explained(project, new_round):
    temp = project.rounds.begin()
    project.rounds.discard(temp)
    with pytest.raises(StorageError, match="have vanished"):
        project.rounds.commit(temp, new_round)


def test_a_round_that_does_not_fit_on_the_disk_changes_nothing(project, finish, new_round):
    finish()
    temp = project.rounds.begin()
    (temp / "model.safetensors").write_bytes(b"weights")
    object.__setattr__(new_round, "config", {"long": "x" * 100_000})
    (pages,) = project._database.rows("PRAGMA page_count")[0]
    project._database.rows(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="is full"):
        project.rounds.commit(temp, new_round)
    assert [record.number for record in project.rounds.list()] == [1]
    assert not (project.folder / "rounds" / "0002").exists()
    project._database.rows("PRAGMA max_page_count = 100000")
    assert project.rounds.commit(temp, new_round).number == 2


def test_files_that_cannot_be_flushed_are_a_full_disk(project, new_round, monkeypatch):
    def fail(folder):
        raise OSError(errno.ENOSPC, "No space left on device")

    temp = project.rounds.begin()
    monkeypatch.setattr(rounds_module, "sync_tree", fail)
    with pytest.raises(StorageError, match="is full"):
        project.rounds.commit(temp, new_round)
    assert project.rounds.list() == ()
    assert temp.is_dir()


def test_a_round_whose_recording_fails_last_gets_no_number(project, new_round):
    """COMMIT itself can fail; the folder's final name is taken back then too."""
    temp = project.rounds.begin()
    database = project._database
    database._connection.execute(
        "CREATE TABLE late (id REFERENCES round DEFERRABLE INITIALLY DEFERRED)"
    )
    database._connection.execute(
        "CREATE TRIGGER spoil AFTER INSERT ON round BEGIN INSERT INTO late VALUES (77); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        project.rounds.commit(temp, new_round)
    assert temp.is_dir()
    assert [path.name for path in (project.folder / "rounds").iterdir()] == [temp.name]


def test_what_is_known_about_a_round_comes_back_and_can_be_kept_later(project, new_round):
    object.__setattr__(new_round, "insight", {"ece": 0.1, "change": NAN, "text": "für später"})
    record = project.rounds.commit(project.rounds.begin(), new_round)
    assert record.insight == {"ece": 0.1, "change": None, "text": "für später"}
    assert (
        json.loads((record.folder / "round.json").read_text("utf-8"))["insight"] == record.insight
    )
    project.rounds.set_insight(1, {"change": 0.5})
    assert project.rounds.current().insight == {"change": 0.5}
    with pytest.raises(ProjectError, match="no round 5"):
        project.rounds.set_insight(5, {})


def test_a_project_of_the_first_version_opens_and_its_rounds_have_no_insight(
    project, finish, make_older
):
    finish()
    project.close()
    make_older(project.folder, 1)
    with Project.open(project.folder) as again:
        assert again.rounds.current().insight == {}
        assert again.rounds.current().metrics.miou == 0.77
        temp = again.rounds.begin()
        assert again.rounds.commit(temp, again.rounds.current()).number == 2


def test_weights_can_be_kept_later(project, finish):
    finish()
    project.rounds.set_weights(1, (0.5, NAN, 1.0), (0.1, 0.0, 0.9))
    metrics = project.rounds.current().metrics
    np.testing.assert_array_equal(metrics.gap, (0.5, NAN, 1.0))
    assert metrics.weight == (0.1, 0.0, 0.9)


def test_weights_of_a_round_that_does_not_exist_are_refused(project):
    with pytest.raises(ProjectError, match="no round 5"):
        project.rounds.set_weights(5, (), ())


def test_the_plugin_sees_a_round_that_the_engine_committed(project, new_round):
    with Project.open(project.folder, Access.SHARED) as engine:
        engine.rounds.commit(engine.rounds.begin(), new_round)
    assert project.rounds.current().number == 1
