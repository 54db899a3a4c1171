"""Errors: the operating system's disk errors become sentences."""

import errno
from pathlib import Path

import pytest

from al_core import errors
from al_core.errors import AlCoreError, Cancelled, StorageError, explain_disk_errors

PATH = Path("maps") / "project.db"


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "cannot be written"),
        (errno.EPERM, "cannot be written"),
    ],
)
def test_a_disk_error_names_the_path_and_what_to_do(code, advice):
    with pytest.raises(StorageError, match=advice) as caught, explain_disk_errors(PATH):
        raise OSError(code, "as the system puts it")
    assert str(PATH) in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)


def test_a_real_write_below_a_file_is_passed_on_unchanged(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError), explain_disk_errors(tmp_path):
        (tmp_path / "file" / "below").write_text("y")


def test_other_errors_are_none_of_its_business():
    with pytest.raises(ValueError, match="other"), explain_disk_errors(PATH):
        raise ValueError("other")


def test_every_expected_error_shares_one_base_and_cancelling_does_not():
    kinds = [item for item in vars(errors).values() if isinstance(item, type)]
    own = {kind for kind in kinds if kind.__module__ == errors.__name__}
    assert {kind for kind in own if not issubclass(kind, AlCoreError)} == {Cancelled}
