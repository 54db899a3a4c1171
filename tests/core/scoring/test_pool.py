"""The statistics file: whole or not at all, and nothing in it is executed."""

import dataclasses

import numpy as np
import pytest

from al_core.errors import ProjectError, StorageError
from al_core.scoring import PoolStatistics


@pytest.fixture
def pool():
    rng = np.random.default_rng(0)
    by_class = rng.random((3, 2))
    return PoolStatistics(
        tile_ids=np.array([4, 9, 2]),
        n=np.array([10, 20, 30]),
        sum_entropy=rng.random(3),
        sum_entropy_p=by_class,
        sum_p=by_class * 2,
        histogram=np.array([[5, 5], [20, 0], [1, 29]]),
        sum_margin=rng.random(3),
        sum_least_confidence=rng.random(3),
        top20_entropy=rng.random(3),
        features=rng.random((3, 8)),
        model_hash="a1b2",
        before_hash="",
    )


def test_what_is_saved_is_what_is_loaded(pool, tmp_path):
    pool.save(tmp_path / "statistics.npz")
    loaded = PoolStatistics.load(tmp_path / "statistics.npz")
    for field in dataclasses.fields(pool):
        before, after = getattr(pool, field.name), getattr(loaded, field.name)
        np.testing.assert_array_equal(before, after)
        assert np.asarray(before).dtype == np.asarray(after).dtype


def test_a_scan_tells_apart_that_no_comparison_was_asked_for_and_that_there_was_none(
    pool, tmp_path
):
    for before in (None, "", "c3"):
        dataclasses.replace(pool, before_hash=before).save(tmp_path / "statistics.npz")
        assert PoolStatistics.load(tmp_path / "statistics.npz").before_hash == before


def test_nothing_but_the_file_is_left_behind(pool, tmp_path):
    pool.save(tmp_path / "statistics.npz")
    pool.save(tmp_path / "statistics.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["statistics.npz"]


def test_a_failed_save_keeps_the_file_that_was_there(pool, tmp_path, monkeypatch):
    path = tmp_path / "statistics.npz"
    pool.save(path)
    before = path.read_bytes()

    def fill_the_disk(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fill_the_disk)
    with pytest.raises(StorageError, match="is full"):
        pool.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04half"])
def test_a_damaged_file_is_one_sentence(tmp_path, content):
    path = tmp_path / "statistics.npz"
    path.write_bytes(content)
    with pytest.raises(ProjectError, match="scan again"):
        PoolStatistics.load(path)


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(ProjectError, match="scan again"):
        PoolStatistics.load(tmp_path / "statistics.npz")


def test_objects_in_a_file_are_refused(pool, tmp_path):
    path = tmp_path / "statistics.npz"
    arrays = {field.name: getattr(pool, field.name) for field in dataclasses.fields(pool)}
    np.savez(path, **{**arrays, "n": np.array([object()] * 3, dtype=object)})
    with pytest.raises(ProjectError, match="cannot be read"):
        PoolStatistics.load(path)


@pytest.mark.parametrize(
    "wrong",
    [{"n": [1, 2]}, {"sum_p": [[1.0], [2.0], [3.0]]}, {"features": [1.0, 2.0, 3.0]}],
)
def test_arrays_that_do_not_belong_together_are_refused(pool, wrong):
    arrays = {name: np.array(value) for name, value in wrong.items()}
    with pytest.raises(ValueError, match=r"shape|classes"):
        dataclasses.replace(pool, **arrays)


def test_tiles_no_network_has_seen_have_empty_rows():
    pool = PoolStatistics.unscanned(np.array([3, 5]), classes=4)
    assert len(pool) == 2
    assert pool.classes == 4
    assert pool.n.tolist() == [0, 0]


def test_a_tile_is_found_by_its_id(pool):
    assert pool.row_of(9) == 1
    assert pool.row_of(1) is None
