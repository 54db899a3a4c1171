"""Arrays in one .npz file: written whole or not at all, and read without executing anything."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ProjectError, explain_disk_errors

Arrays = dict[str, NDArray[Any]]


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], texts: Mapping[str, str]) -> None:
    """Write arrays and some texts, such as the hash of the network that made them.

    Raises:
        StorageError: The disk is full or cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    content: dict[str, Any] = {**arrays, **{name: np.array(text) for name, text in texts.items()}}
    with explain_disk_errors(path):
        try:
            with temporary.open("wb") as file:
                np.savez(file, **content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def read_arrays(
    path: Path, names: Iterable[str], texts: Iterable[str], what: str
) -> tuple[Arrays, dict[str, str]]:
    """Return those arrays and texts of a file that are there.

    Args:
        path: Written by `write_arrays`.
        names: Of the arrays.
        texts: Their names.
        what: How the file is called in an error.

    Raises:
        ProjectError: The file is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in names if name in file}
            return arrays, {name: str(file[name]) for name in texts if name in file}
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise damaged(path, what, error) from error


def damaged(path: Path, what: str, error: Exception) -> ProjectError:
    """Return the error that says what to do about a file that does not hold what it should."""
    return ProjectError(
        f"The {what} {path} cannot be read ({error}); scan again, or press Retrain, to make "
        "them anew."
    )
