"""Errors whose text tells the user what is wrong and what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlCoreError(Exception):
    """Base of every expected error: one sentence, written for the user."""


class RasterError(AlCoreError):
    """A raster cannot be read, or does not fit the project."""


class LegendError(AlCoreError):
    """A legend is malformed or contradicts itself."""


class LabelError(AlCoreError):
    """Labels do not fit the legend or the image."""


class ConfigError(AlCoreError):
    """An option has a value that makes no sense."""


class ProjectError(AlCoreError):
    """A project folder is missing, damaged or of another version."""


class ProjectLockedError(ProjectError):
    """The project is open elsewhere."""


class StorageError(AlCoreError):
    """The disk is full, read-only or gone."""


class TrainingError(AlCoreError):
    """Training cannot start, or cannot go on."""


class QueryError(AlCoreError):
    """There is nothing to choose from, or nothing to choose by."""


class ExportError(AlCoreError):
    """There is no finished map to write, or nowhere to write it."""


class DeviceError(AlCoreError):
    """The compute device asked for is not usable."""


class EngineError(AlCoreError):
    """The engine process is missing, busy or gone."""


class Cancelled(Exception):  # noqa: N818 - an outcome, not an error
    """The user cancelled; nothing went wrong."""


_DISK_ADVICE = {
    errno.ENOSPC: "The disk that holds {path} is full. Free some space and try again.",
    errno.EDQUOT: "Your disk quota for {path} is used up. Free some space and try again.",
    errno.EROFS: "{path} is on a read-only disk. Choose a folder that can be written.",
    errno.EACCES: "{path} cannot be written. Choose another folder or change its rights.",
    errno.EPERM: "{path} cannot be written. Choose another folder or change its rights.",
}


@contextmanager
def explain_disk_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's disk errors into a StorageError about `path`.

    Args:
        path: The file or folder that is being written; named in the sentence.

    Raises:
        StorageError: The disk is full, read-only or protected.
    """
    try:
        yield
    except OSError as error:
        advice = _DISK_ADVICE.get(error.errno or 0)
        if advice is None:
            raise
        raise StorageError(advice.format(path=path)) from error
