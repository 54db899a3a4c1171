"""The predictions file of whole tiles: what is written is what is read."""

import dataclasses

import numpy as np
import pytest

from al_core.errors import ProjectError
from al_core.scoring import TagPredictions


@pytest.fixture
def predictions():
    rng = np.random.default_rng(0)
    return TagPredictions(
        tile_ids=np.array([7, 3, 5]),
        p=rng.random((3, 4)),
        uncertainty=rng.random(3),
        features=rng.random((3, 8)),
        model_hash="a1b2",
    )


def test_what_is_saved_is_what_is_loaded(predictions, tmp_path):
    predictions.save(tmp_path / "tags.npz")
    loaded = TagPredictions.load(tmp_path / "tags.npz")
    for field in dataclasses.fields(predictions):
        before, after = getattr(predictions, field.name), getattr(loaded, field.name)
        np.testing.assert_array_equal(before, after)
        assert np.asarray(before).dtype == np.asarray(after).dtype
    assert [path.name for path in tmp_path.iterdir()] == ["tags.npz"]


def test_a_tile_is_found_by_its_id(predictions):
    assert predictions.row_of(3) == 1
    assert predictions.row_of(4) is None
    assert (len(predictions), predictions.classes) == (3, 4)


@pytest.mark.parametrize(
    "wrong",
    [{"p": np.zeros(3)}, {"uncertainty": np.zeros(2)}, {"features": np.zeros((2, 8))}],
)
def test_arrays_that_do_not_belong_together_are_refused(predictions, wrong):
    with pytest.raises(ValueError, match="shape"):
        dataclasses.replace(predictions, **wrong)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04half", None])
def test_a_file_that_is_damaged_or_gone_is_one_sentence(tmp_path, content):
    path = tmp_path / "tags.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ProjectError, match="scan again"):
        TagPredictions.load(path)


def test_a_file_that_lacks_an_array_is_one_sentence(tmp_path):
    np.savez(tmp_path / "tags.npz", tile_ids=np.arange(3), model_hash=np.array("a"))
    with pytest.raises(ProjectError, match="scan again"):
        TagPredictions.load(tmp_path / "tags.npz")
